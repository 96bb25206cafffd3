package flow

import (
	"io"
	"strings"

	"github.com/spf13/cobra"

	"novaflow/starter/internal/term"
	"novaflow/workflows"
)

// row is a flow in the list.
type row struct {
	Name  string   `json:"name"`
	Tasks []string `json:"tasks"` // of the example, in the order of the flow
}

func newListCommand(out io.Writer) *cobra.Command {
	var form term.Format
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List the flows that this version knows",
		Long:    "List the flows that this version knows, with the tasks that they have for an example.",
		Example: "  novaflow flow list",
		Args:    cobra.NoArgs,
		RunE:    func(*cobra.Command, []string) error { return listFlows(out, form) },
	}
	term.AddFormat(cmd.Flags(), &form)
	return cmd
}

func listFlows(out io.Writer, form term.Format) error {
	var docs []row
	rows := [][]string{{"FLOW", "TASKS OF AN EXAMPLE"}}
	for _, e := range workflows.Flows() {
		f, err := e.Plan(nil)
		if err != nil {
			return err
		}
		docs = append(docs, row{Name: e.Name, Tasks: f.Tasks()})
		rows = append(rows, []string{e.Name, strings.Join(f.Tasks(), ", ")})
	}
	if form.IsDocument() {
		return term.PrintDocument(out, form, docs)
	}
	return term.PrintTable(out, rows)
}
