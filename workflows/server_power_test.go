package workflows_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"novaflow/activities/nova"
	"novaflow/internal/devcloud"
	"novaflow/saga/sagatest"
	"novaflow/workflows/server"
	"novaflow/workflows/spec"
)

var devcloudRun = spec.RunOptions{Cloud: "devcloud"}

// theServer is a server that something is done with.
var theServer = server.CreateSpec{
	RunOptions: devcloudRun, Name: "web-1", Image: "tiny", Flavor: "m1.nano", Ports: []server.PortSpec{{Network: "private"}},
}

// power asks for a verb of the small server.
func power(verb string) server.PowerSpec {
	return server.PowerSpec{RunOptions: devcloudRun, Server: theServer.Name, Verb: verb}
}

// withServer prepares a world that has the small server, in the state that the verbs lead
// to.
func withServer(verbs ...string) func(testing.TB, *cloudWorld) {
	return func(t testing.TB, w *cloudWorld) {
		w.run(t, server.Create.Workflow, theServer)
		for _, verb := range verbs {
			w.run(t, server.Power.Workflow, power(verb))
		}
	}
}

// powerCases are the verbs with what comes before and what takes them back.
var powerCases = []struct {
	verb, inverse string
	before        []string
	reaches       string
}{
	{"stop", "start", nil, "SHUTOFF"},
	{"start", "stop", []string{"stop"}, "ACTIVE"},
	{"pause", "unpause", nil, "PAUSED"},
	{"unpause", "pause", []string{"pause"}, "ACTIVE"},
	{"suspend", "resume", nil, "SUSPENDED"},
	{"resume", "suspend", []string{"suspend"}, "ACTIVE"},
	{"shelve", "unshelve", nil, "SHELVED_OFFLOADED"},
	{"unshelve", "", []string{"shelve"}, "ACTIVE"}, // a new shelving creates a new image
	{"reboot", "reboot", nil, "ACTIVE"},
	{"hard-reboot", "reboot", nil, "ACTIVE"},
}

// A verb is done or reverted, whatever happens to which task. The bugs: a run that failed
// leaves a server stopped, or a reboot happens twice.
func TestServerPowerIsDoneOrTakenBack(t *testing.T) {
	t.Parallel()
	for _, c := range powerCases {
		t.Run(c.verb, func(t *testing.T) {
			t.Parallel()
			tried := troubles
			if c.verb != "stop" {
				tried = nil
			}
			starts := worlds(tried, perTrouble, withServer(c.before...))
			starts[0].Sample = perVerb
			flow := sagatest.Flow{
				Workflow: server.Power.Workflow, Input: power(c.verb), Pairs: -1,
				Check: func(_ sagatest.World, result sagatest.Result) error { return powered(result, c.reaches) },
			}
			if c.verb == "unshelve" { // deletes the image: the revert creates another
				flow.Mishaps = []sagatest.Mishap{sagatest.LosesAnswer, sagatest.Repeated, sagatest.Paused}
			}
			if c.inverse != "" {
				flow.Inverse = func(sagatest.Result) (any, any) { return server.Power.Workflow, power(c.inverse) }
			}
			requireAll(t, sagatest.Prove(t, flow, starts...), 3)
		})
	}
}

func powered(result sagatest.Result, want string) error {
	var p server.Powered
	if err := result(&p); err != nil {
		return err
	}
	if p.Status != want {
		return fmt.Errorf("the server is %s and not %s", p.Status, want)
	}
	return nil
}

// A run that finds the server in the wanted state changes nothing, so it has nothing to
// revert when it is cancelled.
func TestServerPowerFindsItDone(t *testing.T) {
	w := openWorld(t, devcloud.Options{})
	withServer("stop")(t, w)
	before := w.Inventory()
	w.Cloud.ResetCalls()
	w.run(t, server.Power.Workflow, power("stop"))
	require.Equal(t, before, w.Inventory())
	require.Zero(t, w.Cloud.Calls()["nova POST /servers/{id}/action"])
}

// A verb that the matrix does not know would be proved by nothing.
func TestEveryPowerVerbIsProved(t *testing.T) {
	require.Len(t, powerCases, len(nova.PowerVerbs()), "a verb is not proved")
	for _, verb := range nova.PowerVerbs() {
		require.NoError(t, power(verb).Validate())
		require.True(t, slices.ContainsFunc(powerCases, func(c struct {
			verb, inverse string
			before        []string
			reaches       string
		}) bool {
			return c.verb == verb
		}), verb)
	}
}
