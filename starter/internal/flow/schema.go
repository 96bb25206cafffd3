package flow

import (
	"io"
	"strings"

	"github.com/spf13/cobra"

	"novaflow/starter/internal/runs"
	"novaflow/starter/internal/term"
	"novaflow/workflows"
)

func newSchemaCommand(out io.Writer) *cobra.Command {
	return &cobra.Command{
		Use:   "schema FLOW",
		Short: "Print the JSON Schema of a request, for editors",
		Long: `Print the JSON Schema of the requests that --file reads. Editors check and complete a
file by it; those with the YAML language server find it in the file's first line:

  # yaml-language-server: $schema=server-create.json`,
		Example: "  novaflow flow schema server-create > server-create.json",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			text := workflows.Schema(args[0])
			if text == nil {
				return term.Usage("there is no schema for %q: want one of %s", args[0],
					strings.Join(listFlowsWithSchema(), ", "))
			}
			_, err := out.Write(text)
			return err
		},
		ValidArgsFunction: term.Fixed(listFlowsWithSchema()...),
	}
}

// listFlowsWithSchema lists the flows whose requests can be written in a file.
func listFlowsWithSchema() (names []string) {
	for _, name := range runs.FlowNames() {
		if workflows.Schema(name) != nil {
			names = append(names, name)
		}
	}
	return names
}
