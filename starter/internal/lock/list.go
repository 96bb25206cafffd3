package lock

import (
	"github.com/spf13/cobra"

	"novaflow/starter/internal/runs"
	"novaflow/starter/internal/term"
)

func newListCommand(session *runs.Session) *cobra.Command {
	var form term.Format
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List what runs hold, and since when",
		Long: `List what runs hold, and since when: the resource that each run is about, and what else
it has locked.`,
		Example: "  novaflow lock list -o json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			engine, err := session.Dial(cmd.Context())
			if err != nil {
				return err
			}
			defer engine.Close()
			rows, err := runs.ListLocks(cmd.Context(), engine)
			if err != nil {
				return runs.EngineError(err)
			}
			if form.IsDocument() {
				return term.PrintDocument(session.Out, form, rows)
			}
			table := [][]string{{"RESOURCE", "HOLDER", "KIND", "SINCE", "AGE"}}
			for _, r := range rows {
				table = append(table, []string{r.Resource, r.Holder, r.Kind, term.Clock(r.Since), term.Age(r.Since)})
			}
			return term.PrintTable(session.Out, table)
		},
	}
	term.AddFormat(cmd.Flags(), &form)
	return cmd
}
