package server

import (
	"github.com/spf13/cobra"

	"novaflow/starter/internal/change"
	"novaflow/starter/internal/clouds"
	"novaflow/starter/internal/runs"
	"novaflow/starter/internal/term"
	"novaflow/workflows/spec"
)

// changeCommand is a command that changes one server.
type changeCommand struct {
	use, short, long, example string
	forward                   bool // it cannot be reverted
	flags                     func(*cobra.Command)
	// change returns the request. Its resource and its workflow id are filled in.
	change func(spec.RunOptions, clouds.Existing) (change.Request, error)
}

func newChangeCommand(session *runs.Session, c changeCommand) *cobra.Command {
	var flags change.Flags
	cmd := &cobra.Command{
		Use: c.use, Short: c.short, Long: c.long, Example: c.example, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			options, err := flags.Options()
			if err != nil {
				return err
			}
			found, err := clouds.Identify(cmd.Context(), session.ErrOut, &flags.Cloud, "server", args[0])
			if err != nil {
				return err
			}
			run, err := c.change(options, found)
			if err != nil {
				return err
			}
			run.Resource, run.ID = "server "+found.Name, spec.ServerWorkflowID(options.Cloud, found.Name)
			return change.Run(cmd.Context(), session, &flags, run)
		},
	}
	if c.forward {
		flags.AddForward(cmd)
	} else {
		flags.Add(cmd)
	}
	if c.flags != nil {
		c.flags(cmd)
	}
	cmd.ValidArgsFunction = clouds.CompleteServers(&flags.Cloud)
	term.CompleteGiven(cmd, map[string]term.Completer{"flavor": clouds.CompleteFlavors(&flags.Cloud),
		"image": clouds.CompleteImageNames(&flags.Cloud), "host": clouds.CompleteHosts(&flags.Cloud)})
	return cmd
}
