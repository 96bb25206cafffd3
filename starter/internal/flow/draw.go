package flow

import (
	"io"

	"github.com/spf13/cobra"

	"novaflow/starter/internal/runs"
	"novaflow/starter/internal/term"
)

func newDrawCommand(out io.Writer) *cobra.Command {
	var language runs.DrawingLanguage
	var input string
	cmd := &cobra.Command{
		Use:   "draw FLOW",
		Short: "Draw a flow in Mermaid or for Graphviz",
		Long: `Draw a flow: its tasks with their undo, the data that runs between them, its scopes
with their policies, and its point of no return. It is drawn for an example, or for
the input in a JSON file; what the file leaves out is as in the example.`,
		Example: `  novaflow flow draw server-create
  novaflow flow draw server-create --format dot | dot -Tsvg > server-create.svg
  echo '{"volumes": [{"size": 1}, {"size": 2}]}' | novaflow flow draw server-create --input -`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return drawFlow(out, cmd.InOrStdin(), args[0], input, language)
		},
		ValidArgsFunction: term.Fixed(runs.FlowNames()...),
	}
	cmd.Flags().StringVar(&input, "input", "",
		"`FILE` with input of the flow's workflow as JSON; - is the standard input")
	language.Add(cmd)
	return cmd
}

func drawFlow(out io.Writer, stdin io.Reader, name, input string, language runs.DrawingLanguage) error {
	e, err := runs.ResolveFlow(name)
	if err != nil {
		return err
	}
	text, err := readInput(stdin, input)
	if err != nil {
		return err
	}
	f, err := e.Plan(text)
	if err != nil {
		return term.Usage("%w", err)
	}
	_, err = io.WriteString(out, language.Draw(f))
	return err
}

// readInput reads the file, or nothing if no file is named.
func readInput(stdin io.Reader, file string) ([]byte, error) {
	if file == "" {
		return nil, nil
	}
	return term.ReadFile(stdin, "--input", file)
}
