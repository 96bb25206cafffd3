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

func newMigrateCommand(session *runs.Session) *cobra.Command {
	var live bool
	var hostName string
	var ready readyFlags
	return newChangeCommand(session, changeCommand{
		use: "migrate NAME|ID [--live] [--host HOST]", short: "Move a server to another host, as an administrator",
		long: `Move a server to another host: shut down and started again there, or with --live while it
runs. It is found by its name in all projects, and the cloud must be an entry for an
administrator.

A cold migration can be reverted until it is confirmed, and is reverted if the server does
not answer to what --ready names. A live migration can be aborted while it is under way; a
server that has arrived stays where it is.`,
		example: "  novaflow server migrate web-1 --cloud admin --live",
		flags: func(cmd *cobra.Command) {
			cmd.Flags().BoolVar(&live, "live", false, "while it runs")
			cmd.Flags().StringVar(&hostName, "host", "", "`HOST` to move it to (default: nova chooses)")
			ready.add(cmd.Flags())
		},
		change: func(o spec.RunOptions, s clouds.Existing) (change.Request, error) {
			var bad term.Problems
			probes := ready.readiness(&bad)
			return change.Request{
				Done: "migrated", Flow: migrateFlow,
				Summary: strings.TrimSpace(fmt.Sprintf("migrate server %s in %s %s", s.Name, o.Cloud, hostName)),
				Spec: server.MigrateSpec{RunOptions: o, Server: s.Word, Live: live, Host: hostName,
					Readiness: probes},
				Problems: bad,
			}, nil
		},
	})
}

func aboutMigrated(r server.Resized) (string, [][2]string) {
	return fmt.Sprintf("server %s is %s on host %s", r.Name, r.Status, r.Host),
		[][2]string{{"id", r.ID}, {"host before", r.From}}
}
