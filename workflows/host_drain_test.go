package workflows_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"novaflow/activities"
	"novaflow/activities/nova"
	"novaflow/activities/nova/plan"
	"novaflow/internal/devcloud"
	"novaflow/saga"
	"novaflow/saga/sagatest"
	"novaflow/workflows/host"
	"novaflow/workflows/server"
)

// hostWorld is a cloud of which the state of hosts matters too.
type hostWorld struct{ *cloudWorld }

func (w hostWorld) Inventory() []sagatest.Resource {
	things := w.cloudWorld.Inventory()
	for name, state := range w.Cloud.Hosts() {
		things = append(things, sagatest.Resource{Kind: "host", ID: name, State: state})
	}
	return things
}

var drainHost = host.DrainSpec{RunOptions: devcloudAdmin, Host: "compute-1"}

// withServers prepares a host with two servers that run and one that does not.
func withServers(t testing.TB, w *cloudWorld) {
	for _, name := range []string{"web-1", "web-2", "web-3"} {
		addServer(t, w, name)
	}
	w.run(t, server.Power.Workflow, server.PowerSpec{RunOptions: devcloudRun, Server: "web-3", Verb: "stop"})
}

// addServer creates a server with a mark of its own. A run could not do so in the SDK's
// test environment: all its runs have the same id.
func addServer(t testing.TB, w *cloudWorld, name string) {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(quiet{})
	env := suite.NewTestActivityEnvironment()
	activities.Register(env, w.clouds)
	found, err := env.ExecuteActivity("CheckServer",
		plan.ServerQuery{Cloud: "devcloud", Name: name, Image: "tiny", Flavor: "m1.nano"})
	require.NoError(t, err)
	var plan plan.ServerPlan
	require.NoError(t, found.Get(&plan))
	_, err = env.ExecuteActivity("CreateServer", saga.Intent[nova.CreateServerInput]{
		Mark: saga.Mark("novaflow:" + name + "/server#1"),
		In:   nova.CreateServerInput{Cloud: "devcloud", Name: name, FlavorID: plan.FlavorID, ImageID: plan.ImageID},
	})
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		for _, o := range w.Cloud.Inventory() {
			if o.Kind == "server" && o.Name == name && o.Status == "ACTIVE" && o.Project == "demo" {
				return true
			}
		}
		return false
	}, time.Minute, 10*time.Millisecond)
}

// A host is disabled and empty but for what cannot move, or in use again with no
// server on its way, whatever happens to which task.
func TestHostDrainEmptiesOrEnables(t *testing.T) {
	t.Parallel()
	for name, dead := range map[string]bool{"drain": false, "evacuate": true} {
		t.Run(name, func(t *testing.T) {
			req := drainHost
			req.Dead = dead
			open := func(o devcloud.Options) func(testing.TB) sagatest.World {
				return func(t testing.TB) sagatest.World {
					w := openWorld(t, o)
					withServers(t, w)
					w.Cloud.KillHost("compute-1", dead)
					return hostWorld{w}
				}
			}
			r := sagatest.Prove(t, sagatest.Flow{
				Workflow: host.Drain.Workflow, Input: req, Pairs: -1,
				Check: func(_ sagatest.World, result sagatest.Result) error {
					var d host.Drained
					if err := result(&d); err != nil {
						return err
					}
					if len(d.Stayed) != 0 { // what had left before is not there to leave
						return fmt.Errorf("not what was asked for: %+v", d)
					}
					return nil
				},
			}, sagatest.Start{Name: "clean", Open: open(devcloud.Options{}), Sample: 4 * perVerb},
				sagatest.Start{Name: "slow builds", Open: open(troubles[0].options), Sample: perTrouble})
			requireAll(t, r, map[bool]int{false: 10, true: 9}[dead])
		})
	}
}

// drained runs a drain and returns its result.
func drained(t *testing.T, w *cloudWorld, req host.DrainSpec) (d host.Drained, err error) {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(quiet{})
	env := suite.NewTestWorkflowEnvironment()
	w.Register(env)
	env.ExecuteWorkflow(host.Drain.Workflow, req)
	if err = env.GetWorkflowError(); err == nil {
		require.NoError(t, env.GetWorkflowResult(&d))
	}
	return d, err
}

// One server that cannot be moved must not keep the others, and must be named.
func TestHostDrainNamesWhatCouldNotBeMoved(t *testing.T) {
	w := openWorld(t, devcloud.Options{})
	withServers(t, w)
	addServer(t, w, "web-4")
	w.run(t, server.Power.Workflow, server.PowerSpec{RunOptions: devcloudRun, Server: "web-4", Verb: "suspend"})
	w.AddFault(devcloud.Fault{Service: "nova", Method: "POST", Path: "/action$", Action: "own:409", Text: "not now",
		Count: 1})
	d, err := drained(t, w, drainHost)
	require.NoError(t, err)
	require.Len(t, d.Moved, 2)
	require.Len(t, d.Stayed, 2)
	text := fmt.Sprint(d.Stayed)
	require.Contains(t, text, "not now")
	require.Contains(t, text, "it is SUSPENDED")
	require.True(t, strings.HasPrefix(w.Cloud.Hosts()["compute-1"], "disabled novaflow:"), w.Cloud.Hosts())
}

// drainedWhile drains the host while something is done, after the look at it and before
// its locks are taken.
func drainedWhile(t *testing.T, w *cloudWorld, do func()) (d host.Drained) {
	t.Helper()
	a := w.begin(host.Drain.Workflow, drainHost, func(env *testsuite.TestWorkflowEnvironment) {
		var once sync.Once
		env.SetOnChildWorkflowStartedListener(func(*workflow.Info, workflow.Context,
			converter.EncodedValues) {
			once.Do(do)
		})
	})
	require.NoError(t, a.end())
	require.NoError(t, a.env.GetWorkflowResult(&d))
	return d
}

// A drain that waited for the run in which its owner started a server would have shut
// the server down: what was looked at before the lock says that it is shut down.
func TestHostDrainShutsNothingDownThatWasStartedMeanwhile(t *testing.T) {
	w := openWorld(t, devcloud.Options{})
	withServers(t, w)
	d := drainedWhile(t, w, func() {
		w.run(t, server.Power.Workflow, server.PowerSpec{RunOptions: devcloudRun, Server: "web-3", Verb: "start"})
	})
	require.Len(t, d.Stayed, 1)
	require.Contains(t, d.Stayed[0].Why,
		"was SHUTOFF when the host was looked at and is ACTIVE now: drain it once more")
	require.Equal(t, "ACTIVE", w.statusOf("server", "web-3"))
}

// A drain that waited for a lock said that the host was empty but for what it named, and
// nova had placed a server there meanwhile.
func TestHostDrainNamesWhatCameMeanwhile(t *testing.T) {
	w := openWorld(t, devcloud.Options{})
	withServers(t, w)
	d := drainedWhile(t, w, func() { addServer(t, w, "web-9") })
	require.Len(t, d.Moved, 3)
	require.Len(t, d.Stayed, 1)
	require.Equal(t, "web-9", d.Stayed[0].Name)
	require.Contains(t, d.Stayed[0].Why, "drain the host once more")
}

// A host that runs must not be evacuated, or its servers would run twice.
func TestHostDrainRefuses(t *testing.T) {
	w := openWorld(t, devcloud.Options{})
	for want, req := range map[string]host.DrainSpec{
		"its servers would run twice":  {RunOptions: devcloudAdmin, Host: "compute-1", Dead: true},
		`there is no host "compute-9"`: {RunOptions: devcloudAdmin, Host: "compute-9"},
		`hosts are for administrators, and the user of cloud "devcloud" is none: give the name of an administrator's entry in clouds.yaml (--cloud): list compute services: nova: Policy`: {RunOptions: devcloudRun, Host: "compute-1"},
		"host: missing":                  {RunOptions: devcloudAdmin},
		"width: 99 is not between 1 and": {RunOptions: devcloudAdmin, Host: "compute-1", Width: 99},
	} {
		_, err := drained(t, w, req)
		require.ErrorContains(t, err, want)
	}
	w.Cloud.KillHost("compute-2", true)
	_, err := drained(t, w, host.DrainSpec{RunOptions: devcloudAdmin, Host: "compute-2"})
	require.ErrorContains(t, err, "nothing can be moved off it")
}

// The owner of a server does not know the administrator's name for the cloud: a lock
// under that alone would let the owner's runs at a server that is on its way.
func TestHostDrainLocksUnderTheNamesThatTheOwnersHave(t *testing.T) {
	w := openWorld(t, devcloud.Options{})
	addServer(t, w, "web-1")
	require.Equal(t, []string{"server:devcloud-admin:web-1", "server:devcloud:web-1"},
		locksOf(t, w, host.Drain.Workflow, drainHost))
}
