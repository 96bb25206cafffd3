package runs

import (
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"novaflow/saga"
	"novaflow/starter/internal/term"
)

// DrawingLanguage is what a drawing is written in.
type DrawingLanguage string

const (
	inMermaid DrawingLanguage = "mermaid"
	inDOT     DrawingLanguage = "dot"
)

var _ pflag.Value = (*DrawingLanguage)(nil)

// Set implements [pflag.Value].
func (l *DrawingLanguage) Set(v string) error {
	switch DrawingLanguage(v) {
	case inMermaid, inDOT:
		*l = DrawingLanguage(v)
		return nil
	}
	return fmt.Errorf("want mermaid or dot")
}

// String implements [pflag.Value].
func (l *DrawingLanguage) String() string { return string(*l) }

// Type implements [pflag.Value].
func (l *DrawingLanguage) Type() string { return "LANGUAGE" }

// Add adds the flag for the language to a command.
func (l *DrawingLanguage) Add(cmd *cobra.Command) {
	*l = inMermaid
	cmd.Flags().Var(l, "format", "language of the drawing: mermaid, or dot for Graphviz")
	term.Complete(cmd, "format", term.Fixed(string(inMermaid), string(inDOT)))
}

// Draw draws a flow or a ledger.
func (l DrawingLanguage) Draw(what saga.Drawing) string {
	if l == inDOT {
		return what.DOT()
	}
	return what.Mermaid()
}
