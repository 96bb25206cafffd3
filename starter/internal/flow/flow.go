// Package flow is the noun flow of the command line: it lists and draws the flows of this
// version and prints the schemas of their requests, without an engine or a cloud.
//
// Of the starter it imports term and runs, and no other noun.
package flow

import (
	"io"

	"github.com/spf13/cobra"

	"novaflow/starter/internal/term"
)

// Command builds the noun flow.
func Command(out io.Writer) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "flow",
		Short: "Look at flows: what a run would do",
		Long: `Look at flows: the tasks that a run would do, in which order, and how each is undone.
Neither an engine nor a cloud is needed.`,
		Example: "  novaflow flow draw server-create",
		Args:    cobra.ArbitraryArgs,
		RunE:    term.Group,
	}
	cmd.AddCommand(newListCommand(out), newDrawCommand(out), newSchemaCommand(out))
	return cmd
}
