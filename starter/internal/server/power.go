package server

import (
	"fmt"

	"github.com/spf13/cobra"

	"novaflow/starter/internal/change"
	"novaflow/starter/internal/clouds"
	"novaflow/starter/internal/runs"
	"novaflow/workflows/server"
	"novaflow/workflows/spec"
)

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

func newPowerCommands(session *runs.Session) (all []*cobra.Command) {
	for _, p := range powerVerbs {
		all = append(all, newChangeCommand(session, changeCommand{
			use: p.verb + " NAME|ID", short: p.short, example: "  novaflow server " + p.verb + " web-1",
			long: p.short + `, no matter who created it.

A server in a state that forbids this is refused, with what its state allows. A server
that is in the wanted state already is left as it is.

If this fails, the server is returned to its earlier state.`,
			change: func(o spec.RunOptions, s clouds.Existing) (change.Request, error) {
				return newPowerRequest(o, s, p.verb, p.done), nil
			},
		}))
	}
	var hard bool
	return append(all, newChangeCommand(session, changeCommand{
		use: "reboot NAME|ID", short: "Restart a server",
		example: "  novaflow server reboot web-1\n  novaflow server reboot web-1 --hard",
		long: `Restart a server, no matter who created it: once, even if an answer of the cloud is lost.

--hard cuts its power; it also restarts a server that is in ERROR.`,
		flags: func(cmd *cobra.Command) {
			cmd.Flags().BoolVar(&hard, "hard", false, "cut its power rather than ask it to restart")
		},
		change: func(o spec.RunOptions, s clouds.Existing) (change.Request, error) {
			if hard {
				return newPowerRequest(o, s, "hard-reboot", "restarted"), nil
			}
			return newPowerRequest(o, s, "reboot", "restarted"), nil
		},
	}))
}

func newPowerRequest(o spec.RunOptions, s clouds.Existing, verb, done string) change.Request {
	return change.Request{
		Done: done, Flow: powerFlow,
		Summary: fmt.Sprintf("%s server %s in %s", verb, s.Name, o.Cloud),
		Spec:    server.PowerSpec{RunOptions: o, Server: s.Word, Verb: verb},
	}
}

func aboutPowered(p server.Powered) (string, [][2]string) {
	headline := fmt.Sprintf("server %s is %s", p.Name, p.Status)
	if p.Was == p.Status {
		return headline, [][2]string{{"id", p.ID}}
	}
	return headline, [][2]string{{"id", p.ID}, {"was", p.Was}}
}
