// Package host is the noun host of the command line: administrators request with it that
// the servers of a host move to other hosts.
//
// Of the starter it imports term, clouds, runs and change, and no other noun.
package host

import (
	"github.com/spf13/cobra"

	"novaflow/starter/internal/runs"
	"novaflow/starter/internal/term"
)

// Command builds the noun host.
func Command(session *runs.Session) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "host",
		Short: "Empty hosts, as an administrator",
		Long: "Empty hosts, as an administrator. Each change to a host is a run, and only one run at a time may " +
			"change a host.",
		Example: "  novaflow host drain compute-1 --cloud admin",
		Args:    cobra.ArbitraryArgs,
		RunE:    term.Group,
	}
	cmd.AddCommand(
		newDrainCommand(session, "drain", false, "Take a host out of use and move its servers away",
			`Take a host out of use, and move every server on it to another host: while it runs or, if
it is shut down, as it is. The servers that could not be moved are named, with the reason.`),
		newDrainCommand(session, "evacuate", true, "Rebuild the servers of a dead host on others",
			`Rebuild the servers of a dead host on other hosts. The host's service must be down: if the
host still runs, fence it first, or its servers run twice. What was on local disks is lost;
volumes are not.`),
	)
	return cmd
}
