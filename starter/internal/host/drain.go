package host

import (
	"fmt"

	"github.com/spf13/cobra"

	"novaflow/starter/internal/change"
	"novaflow/starter/internal/clouds"
	"novaflow/starter/internal/runs"
	"novaflow/starter/internal/term"
	"novaflow/workflows/host"
	"novaflow/workflows/spec"
)

func newDrainCommand(session *runs.Session, verb string, dead bool, short, long string) *cobra.Command {
	var flags change.Flags
	var width int
	cmd := &cobra.Command{
		Use: verb + " HOST", Short: short, Args: cobra.ExactArgs(1),
		Long: long + `

If the run is reverted, the host is in use again, and servers stay where they are then.
The cloud must be an entry for an administrator.`,
		Example: "  novaflow host " + verb + " compute-1 --cloud admin --width 4",
		RunE: func(cmd *cobra.Command, args []string) error {
			options, err := flags.Options()
			if err != nil {
				return err
			}
			return change.Run(cmd.Context(), session, &flags, change.Request{
				Resource: "host " + args[0], Done: map[bool]string{false: "drained", true: "evacuated"}[dead],
				ID:      spec.WorkflowID("host", options.Cloud, args[0]),
				Flow:    drainFlow,
				Summary: fmt.Sprintf("%s host %s in %s", verb, args[0], options.Cloud),
				Spec:    host.DrainSpec{RunOptions: options, Host: args[0], Dead: dead, Width: width},
			})
		},
	}
	if dead {
		cmd.Example = "  novaflow host evacuate compute-1 --cloud admin"
	}
	flags.Add(cmd)
	cmd.ValidArgsFunction = term.FirstWord(clouds.CompleteHosts(&flags.Cloud))
	cmd.Flags().IntVar(&width, "width", 0, "maximum concurrency: how many servers move at once (default 2)")
	return cmd
}

func aboutDrained(d host.Drained) (string, [][2]string) {
	fields := [][2]string{}
	for _, l := range d.Moved {
		fields = append(fields, [2]string{"server " + l.Name, "on " + l.Host})
	}
	for _, l := range d.Stayed {
		fields = append(fields, [2]string{"server " + l.Name, "could not leave: " + l.Why})
	}
	return fmt.Sprintf("host %s is out of use: servers moved: %d, not moved: %d", d.Host, len(d.Moved),
		len(d.Stayed)), fields
}
