package server

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"novaflow/starter/internal/change"
	"novaflow/starter/internal/clouds"
	"novaflow/starter/internal/runs"
	"novaflow/starter/internal/term"
	"novaflow/workflows/server"
	"novaflow/workflows/spec"
)

func newResizeCommand(session *runs.Session) *cobra.Command {
	var flavors []string
	var ready readyFlags
	return newChangeCommand(session, changeCommand{
		use: "resize NAME|ID --flavor FLAVOR...", short: "Give a server another flavor",
		long: `Give a server another flavor, and confirm it. With several, they are tried in the order
given until nova can place one.

Until it is confirmed, a failure returns the server to its old flavor. With --ready it is
a failure if the server does not answer with the new flavor.`,
		example: "  novaflow server resize web-1 --flavor m1.large --flavor m1.medium --ready tcp:22",
		flags: func(cmd *cobra.Command) {
			cmd.Flags().StringArrayVar(&flavors, "flavor", nil,
				"name or id of the `FLAVOR`; may be given several times")
			ready.add(cmd.Flags())
		},
		change: func(o spec.RunOptions, s clouds.Existing) (change.Request, error) {
			var bad term.Problems
			probes := ready.readiness(&bad)
			return change.Request{
				Done: "resized", Flow: resizeFlow,
				Summary:  fmt.Sprintf("resize server %s in %s to %s", s.Name, o.Cloud, strings.Join(flavors, " or ")),
				Spec:     server.ResizeSpec{RunOptions: o, Server: s.Word, Flavors: flavors, Readiness: probes},
				Problems: bad,
			}, nil
		},
	})
}

func aboutResized(r server.Resized) (string, [][2]string) {
	return fmt.Sprintf("server %s is %s with flavor %s", r.Name, r.Status, r.Flavor), [][2]string{
		{"id", r.ID}, {"flavor before", r.Was}, {"host", r.Host}, {"host before", r.From},
	}
}
