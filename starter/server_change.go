package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"novaflow/starter/internal/change"
	"novaflow/starter/internal/clouds"
	"novaflow/starter/internal/runs"
	"novaflow/starter/internal/term"
	"novaflow/workflows"
)

// serverChange is a command that changes one server.
type serverChange struct {
	use, short, long, example string
	forward                   bool // it cannot be taken back
	flags                     func(*cobra.Command)
	// change is the run; the resource and the id are filled in.
	change func(workflows.RunOptions, clouds.Existing) (change.Request, error)
}

func serverChangeCommand(session *runs.Session, c serverChange) *cobra.Command {
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
			run.Resource, run.Id = "server "+found.Name, workflows.ServerWorkflowID(options.Cloud, found.Name)
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
	term.CompleteGiven(cmd, map[string]term.Completer{"flavor": clouds.CompleteFlavors(&flags.Cloud), "image": clouds.CompleteImageNames(&flags.Cloud), "host": clouds.CompleteHosts(&flags.Cloud)})
	return cmd
}

// powerVerbs are the verbs that change the power of a server.
var powerVerbs = []struct{ verb, done, short string }{
	{"stop", "stopped", "Shut a server down"},
	{"start", "started", "Start a server that is shut down"},
	{"pause", "paused", "Freeze a server in memory"},
	{"unpause", "unpaused", "Let a paused server run on"},
	{"suspend", "suspended", "Save a server's memory to disk and stop it"},
	{"resume", "resumed", "Let a suspended server run on"},
	{"shelve", "shelved", "Save a server as an image and free its host"},
	{"unshelve", "unshelved", "Bring a shelved server back to a host"},
}

func powerCommands(session *runs.Session) (all []*cobra.Command) {
	for _, p := range powerVerbs {
		all = append(all, serverChangeCommand(session, serverChange{
			use: p.verb + " NAME|ID", short: p.short, example: "  novaflow server " + p.verb + " web-1",
			long: p.short + `, whoever made it. A server in a state that forbids this is refused, with what
its state allows; one that is in the wanted state already is left as it is.

If it does not come off, the server is brought back to the state in which it was.`,
			change: func(o workflows.RunOptions, s clouds.Existing) (change.Request, error) {
				return powerChange(o, s, p.verb, p.done), nil
			},
		}))
	}
	var hard bool
	return append(all, serverChangeCommand(session, serverChange{
		use: "reboot NAME|ID", short: "Restart a server", example: "  novaflow server reboot web-1\n  novaflow server reboot web-1 --hard",
		long: `Restart a server, whoever made it: once, even if an answer of the cloud is lost.

--hard cuts its power; it also restarts a server that is in ERROR.`,
		flags: func(cmd *cobra.Command) {
			cmd.Flags().BoolVar(&hard, "hard", false, "cut its power rather than ask it to restart")
		},
		change: func(o workflows.RunOptions, s clouds.Existing) (change.Request, error) {
			if hard {
				return powerChange(o, s, "hard-reboot", "restarted"), nil
			}
			return powerChange(o, s, "reboot", "restarted"), nil
		},
	}))
}

func powerChange(o workflows.RunOptions, s clouds.Existing, verb, done string) change.Request {
	return change.Request{
		Done: done, Flow: serverPowerFlow,
		Summary: fmt.Sprintf("%s server %s in %s", verb, s.Name, o.Cloud),
		Spec:    workflows.PowerSpec{RunOptions: o, Server: s.Word, Verb: verb},
	}
}

func serverSnapshotCommand(session *runs.Session) *cobra.Command {
	var name string
	return serverChangeCommand(session, serverChange{
		use: "snapshot NAME|ID --name IMAGE", short: "Make an image of a server",
		long: `Make an image of a server, from which others can be made. Of a server that boots from
a volume it has snapshots of all the server's volumes.

Either the image is whole, or nothing of it is left.`,
		example: "  novaflow server snapshot web-1 --name web-1-monday",
		flags:   func(cmd *cobra.Command) { cmd.Flags().StringVar(&name, "name", "", "`NAME` of the image") },
		change: func(o workflows.RunOptions, s clouds.Existing) (change.Request, error) {
			return change.Request{
				Done: "saved", Flow: serverSnapshotFlow,
				Summary: fmt.Sprintf("snapshot of server %s in %s as %s", s.Name, o.Cloud, name),
				Spec:    workflows.SnapshotSpec{RunOptions: o, Server: s.Word, Name: name},
			}, nil
		},
	})
}

func serverSetCommand(session *runs.Session) *cobra.Command {
	var name string
	var properties []string
	return serverChangeCommand(session, serverChange{
		use: "set NAME|ID [--name NAME] [--property KEY=VALUE]...", short: "Rename a server or set its properties",
		long: `Give a server another name or other properties, whoever made it.

Either all of it is set, or each value is as it was.`,
		example: "  novaflow server set web-1 --name web-2 --property tier=front --property owner=ops",
		flags: func(cmd *cobra.Command) {
			cmd.Flags().StringVar(&name, "name", "", "the new `NAME`")
			cmd.Flags().StringArrayVar(&properties, "property", nil, "`KEY=VALUE` to set; may be given several times")
		},
		change: func(o workflows.RunOptions, s clouds.Existing) (change.Request, error) {
			request := workflows.SetSpec{RunOptions: o, Server: s.Word, Name: name, Properties: map[string]string{}}
			for _, p := range properties {
				key, value, ok := strings.Cut(p, "=")
				if _, twice := request.Properties[key]; !ok || twice {
					return change.Request{}, term.Usage("--property %s: want KEY=VALUE, and each key once", p)
				}
				request.Properties[key] = value
			}
			return setChange(request, s), nil
		},
	})
}

func serverUnsetCommand(session *runs.Session) *cobra.Command {
	var properties []string
	return serverChangeCommand(session, serverChange{
		use: "unset NAME|ID --property KEY...", short: "Take properties of a server away",
		long: `Take properties of a server away, whoever made it.

Either all of them go, or each has its value again.`,
		example: "  novaflow server unset web-1 --property owner",
		flags: func(cmd *cobra.Command) {
			cmd.Flags().StringArrayVar(&properties, "property", nil, "`KEY` to take away; may be given several times")
		},
		change: func(o workflows.RunOptions, s clouds.Existing) (change.Request, error) {
			return setChange(workflows.SetSpec{RunOptions: o, Server: s.Word, Unset: slices.Clone(properties)}, s), nil
		},
	})
}

func setChange(request workflows.SetSpec, s clouds.Existing) change.Request {
	return change.Request{
		Done: "changed", Flow: serverSetFlow,
		Summary: fmt.Sprintf("change name or properties of server %s in %s", s.Name, request.Cloud), Spec: request,
	}
}

func aboutPowered(p workflows.Powered) (string, [][2]string) {
	headline := fmt.Sprintf("server %s is %s", p.Name, p.Status)
	if p.Was == p.Status {
		return headline, [][2]string{{"id", p.ID}}
	}
	return headline, [][2]string{{"id", p.ID}, {"was", p.Was}}
}

func aboutSet(s workflows.Set) (string, [][2]string) {
	if s.Name != s.Was {
		return fmt.Sprintf("server %s is called %s now", s.Was, s.Name), [][2]string{{"id", s.ID}}
	}
	return fmt.Sprintf("server %s is changed", s.Name), [][2]string{{"id", s.ID}}
}

func aboutSnapshot(s workflows.Snapshot) (string, [][2]string) {
	return fmt.Sprintf("image %s is %s", s.Name, s.Status), [][2]string{
		{"id", s.ID}, {"server", s.Server}, {"snapshots", strings.Join(s.Snapshots, ", ")},
	}
}
