package server

import (
	"github.com/spf13/cobra"

	"novaflow/starter/internal/change"
	"novaflow/starter/internal/clouds"
	"novaflow/starter/internal/runs"
	"novaflow/workflows/spec"
)

func newMarkCommand(session *runs.Session, m change.Marking) *cobra.Command {
	var yes bool
	return newChangeCommand(session, changeCommand{
		use: m.Verb + " NAME|ID --yes", short: m.Text(m.Short, "server"), long: m.Text(m.Long, "server"),
		example: "  novaflow server " + m.Verb + " web-1 --dry-run\n  novaflow server " + m.Verb +
			" web-1 --yes --reason \"" + m.Done + " by the platform team\"",
		flags: func(cmd *cobra.Command) {
			cmd.Flags().BoolVar(&yes, "yes", false, "you agree to the change of its mark")
		},
		change: func(o spec.RunOptions, s clouds.Existing) (change.Request, error) {
			return change.NewMarkRequest(o, "server", s, m), m.Agreed(yes, o.DryRun, "server", s.Name)
		},
	})
}
