package workflows_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"

	"novaflow/internal/devcloud"
	"novaflow/saga"
	"novaflow/workflows/server"
	"novaflow/workflows/spec"
)

// looks are the ways in which the check whether a resource is gone can fail.
var looks = []string{"503", "404", "own:403", "cut"}

// What is being deleted hangs, and the look whether it is gone fails too: a look that
// fails says neither "there" nor "gone", so the run waits, is STUCK when that takes
// too long, and forgets nothing.
// https://github.com/oxidecomputer/omicron/issues/4259
// https://github.com/oxidecomputer/omicron/issues/10224
func TestLeakWhenTheLookForGoneFails(t *testing.T) {
	for task, c := range map[string]struct{ service, list, hangs string }{
		"server-0":      {"nova", "/servers", "stuck"},
		"volume-0":      {"cinder", "/volumes", "error"}, // one that hangs is not asked to go again
		"port-0":        {"neutron", "/ports", "stuck"},
		"floating-ip-0": {"neutron", "/floatingips", "stuck"},
	} {
		for _, answer := range looks {
			t.Run(task+" "+answer, func(t *testing.T) {
				w := leakWorld(t)
				require.NoError(t, w.create(oneOfEach))
				w.fault(t, c.service+" DELETE "+c.list+"/[^/]*$ "+c.hangs)
				req := deleteServer
				req.Deadline = spec.Duration(time.Minute)
				a, stuck := w.beginStuck(server.Delete.Workflow, req)
				w.blind(t, c.service, c.list, answer)
				require.NoError(t, a.end())
				require.Equal(t, saga.RunStuck, stuck.State)
				require.NotEqual(t, saga.TaskSuccess, taskOf(t, stuck, task).State, "nobody knows whether it is gone")
				w.asEmpty(t)
			})
		}
	}
}

// The same on the way back.
// https://github.com/oxidecomputer/omicron/issues/4259
func TestLeakWhenTheLookForGoneFailsInAnUndo(t *testing.T) {
	for _, answer := range looks {
		t.Run(answer, func(t *testing.T) {
			w := leakWorld(t, "nova POST /servers$ error 1 No valid host was found.", "nova DELETE /servers/[^/]*$ stuck")
			a, stuck := w.beginStuck(server.Create.Workflow, smallServer)
			w.blind(t, "nova", "/servers", answer)
			r := w.nothingLeft(t, a.end(), "No valid host")
			require.Equal(t, saga.RunStuck, stuck.State)
			require.NotEqual(t, saga.TaskReverted, taskOf(t, stuck, "server").State)
			require.Equal(t, saga.TaskSuccess, taskOf(t, stuck, "port-0").State, "the server may still have it")
			require.Empty(t, r.LeftBehind)
		})
	}
}

// beginStuck begins a run, and long after its deadlines keeps its ledger and has the
// cloud recover.
func (w *cloudWorld) beginStuck(workflow, input any, before ...func(*testsuite.TestWorkflowEnvironment)) (*attempt, *saga.Ledger) {
	var stuck saga.Ledger
	w.clouds.SetPatience(20 * time.Millisecond) // conflicts would be waited out in real time
	return w.begin(workflow, input, func(env *testsuite.TestWorkflowEnvironment) {
		env.RegisterDelayedCallback(func() {
			if v, err := env.QueryWorkflow(saga.LedgerQuery); err == nil {
				_ = v.Get(&stuck) // an empty ledger is not STUCK
			}
			w.ClearFaults()
			for _, f := range before {
				f(env)
			}
		}, saga.DefaultUndoDeadline+time.Minute)
	}), &stuck
}

// blind waits for the request that deletes a resource. From then on all looks at
// resources of that kind fail.
func (w *cloudWorld) blind(t testing.TB, service, list, answer string) {
	t.Helper()
	require.Eventually(t, func() bool { return w.Calls()[service+" DELETE "+list+"/{id}"] > 0 }, time.Minute, time.Millisecond)
	w.fault(t, service+" GET "+list+" "+answer)
}

// taskOf is what a ledger has of a task.
func taskOf(t testing.TB, l *saga.Ledger, task string) saga.Entry {
	t.Helper()
	at := slices.IndexFunc(l.Tasks, func(e saga.Entry) bool { return e.Task == task })
	require.GreaterOrEqual(t, at, 0, "no task %s", task)
	return l.Tasks[at]
}

// A cloud keeps deleted servers for a while, with their ports and volumes. They are
// not gone, and nothing may be taken from beneath them.
// https://github.com/kubernetes-sigs/cluster-api-provider-openstack/issues/2618
func TestLeakBehindAServerThatIsDeletedButKept(t *testing.T) {
	w := leakWorld(t)
	require.NoError(t, w.Configure(func(s *devcloud.Settings) { s.ReclaimInterval = devcloud.Duration(time.Hour) }))
	w.fault(t, "neutron PUT /floatingips/ own:400 1 External network is not reachable from subnet") // the server runs by then
	w.nothingLeft(t, w.create(wholeServer), "is not reachable")
	require.NoError(t, w.create(wholeServer))
	require.NoError(t, w.begin(server.Delete.Workflow, deleteServer).end())
	w.asEmpty(t)
}

// The same where only an operator may force it: the run waits until nova reclaims the
// server, and says so.
// https://github.com/kubernetes-sigs/cluster-api-provider-openstack/issues/2618
func TestStuckBehindAServerThatIsDeletedButKept(t *testing.T) {
	w := leakWorld(t)
	require.NoError(t, w.Configure(func(s *devcloud.Settings) { s.ReclaimInterval = devcloud.Duration(time.Hour) }))
	require.NoError(t, w.create(oneOfEach))
	w.fault(t, "nova POST /action$ own:403")
	req := deleteServer
	req.Deadline = spec.Duration(time.Minute)
	var held []string
	a, stuck := w.beginStuck(server.Delete.Workflow, req, func(*testsuite.TestWorkflowEnvironment) {
		for _, o := range w.Cloud.Inventory() {
			if aMark.MatchString(o.Mark) && o.Kind != "security-group-rule" {
				held = append(held, o.Kind+" "+o.Status)
			}
		}
	})
	require.NoError(t, a.end())
	require.Equal(t, saga.RunStuck, stuck.State)
	require.Equal(t, []string{"port ACTIVE", "security-group ", "server SOFT_DELETED", "volume in-use"}, held)
	w.asEmpty(t)
}
