package workflows_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"

	"novaflow/activities"
	"novaflow/activities/neutron"
	"novaflow/internal/devcloud"
	"novaflow/saga"
	"novaflow/workflows/server"
)

// The database of the cloud is away while the undo runs. The bug: the undo fails once,
// and what it should have reverted stays immutable for ever.
// https://bugs.launchpad.net/octavia/+bug/2036952
func TestLeakWhenTheCloudIsAwayDuringTheUndo(t *testing.T) {
	w := leakWorld(t, "nova POST /servers$ error 1 No valid host was found.", "* DELETE . 500 8", "cinder DELETE . 503 4")
	w.nothingLeft(t, w.create(wholeServer), "No valid host")
}

// A volume hangs in detaching. If a person sets its state by hand, it looks free while
// the host still has it. So the run waits for it instead.
// https://specs.openstack.org/openstack/cinder-specs/specs/liberty/implement-force-detach-for-safe-cleanup.html
func TestStuckVolumeLeakIsWaitedForAndNotReset(t *testing.T) {
	w := leakWorld(t)
	require.NoError(t, w.create(wholeServer))
	w.fault(t, "cinder DELETE /volumes/ own:400 3 Volume status must be available or error")
	require.NoError(t, w.begin(server.Delete.Workflow, deleteServer).end())
	w.asEmpty(t)
	require.Zero(t, w.Calls()["cinder POST /volumes/{id}/action"])
}

// The server is gone, so its ports and disks count as gone too.
// https://github.com/gardener/machine-controller-manager/issues/850
func TestLeakOfWhatAServerHadWhenOnlyTheServerGoes(t *testing.T) {
	w := leakWorld(t)
	require.NoError(t, w.create(wholeServer))
	w.fault(t, "neutron DELETE /ports/ own:409 2 Port is in use", "cinder DELETE /volumes/ after:500 2", "neutron DELETE /floatingips/ drop 1")
	require.NoError(t, w.begin(server.Delete.Workflow, deleteServer).end())
	w.asEmpty(t)
}

// A server in ERROR cannot be deleted, because the delete waits for what the
// create waited for.
// https://github.com/kubernetes-sigs/cluster-api-provider-openstack/issues/968
// https://github.com/kubernetes-sigs/cluster-api-provider-openstack/issues/1582
func TestStuckServerLeakInErrorCanBeDeleted(t *testing.T) {
	w := leakWorld(t, "nova POST /servers$ error 1 No valid host was found.")
	req := wholeServer
	req.OnFailure = saga.OnFailureKeep
	require.ErrorContains(t, w.create(req), "No valid host")
	w.reached(t, "server", "ERROR")
	require.NoError(t, w.begin(server.Delete.Workflow, deleteServer).end())
	w.asEmpty(t)
}

// One list is away. The bug: the resources on it count as gone, so resources are deleted,
// or forgotten, without the source of truth.
// https://github.com/gardener/machine-controller-manager/issues/657
func TestLeakWhenADeleteCannotSeeEverything(t *testing.T) {
	w := leakWorld(t)
	require.NoError(t, w.create(wholeServer))
	before := w.Inventory()
	for _, answer := range []string{"503", "404", "own:403"} {
		w.fault(t, "cinder GET /volumes/detail "+answer)
		require.Error(t, w.begin(server.Delete.Workflow, deleteServer).end())
		require.Equal(t, before, w.Inventory())
		w.ClearFaults()
	}
}

// The bug: a user who may not delete a floating IP waits for ever, and giving up does not
// say what it leaves.
// https://github.com/kubernetes-sigs/cluster-api-provider-openstack/issues/2073
// https://github.com/oxidecomputer/omicron/issues/10263
func TestLeakThatIsAbandonedIsListed(t *testing.T) {
	w := leakWorld(t, "nova POST /servers$ error 1 No valid host was found.", "neutron DELETE /floatingips/ own:403")
	var ledger saga.Ledger
	a := w.begin(server.Create.Workflow, wholeServer, func(env *testsuite.TestWorkflowEnvironment) {
		env.RegisterDelayedCallback(func() {
			if v, err := env.QueryWorkflow(saga.LedgerQuery); err == nil {
				_ = v.Get(&ledger)
			}
			env.SignalWorkflow(string(saga.VerbAbandon), saga.Request{Reason: "may not be deleted"})
		}, 2*saga.DefaultUndoDeadline)
	})
	r := reverted(t, a.end())
	require.Equal(t, saga.RunStuck, ledger.State)
	require.Len(t, r.LeftBehind, 1)
	require.Contains(t, r.LeftBehind[0], "floating-ip")
	var left []string
	for _, o := range w.Cloud.Inventory() {
		if aMark.MatchString(o.Mark) {
			left = append(left, o.Kind)
		}
	}
	require.Equal(t, []string{"floating-ip"}, left)
}

// The clean-up finds a port by its name. The bug: the port belongs to a live server, or
// holds an address that a user reserved.
// https://github.com/kubernetes-sigs/cluster-api-provider-openstack/issues/1612
// https://github.com/kubernetes-sigs/cluster-api-provider-openstack/pull/798
// https://github.com/kubernetes-sigs/cluster-api-provider-openstack/issues/668
func TestLeakCureDoesNotTakeThePortsOfOthers(t *testing.T) {
	w := leakWorld(t)
	w.othersPort(t, "web-1-port-0")
	held := w.Inventory()
	w.fault(t, "neutron POST /ports$ drop 1", "nova POST /servers$ error 1 No valid host was found.")
	require.ErrorContains(t, w.create(smallServer), "No valid host")
	require.Equal(t, held, w.Inventory())
	require.NoError(t, w.create(smallServer))
	require.NoError(t, w.begin(server.Delete.Workflow, deleteServer).end())
	require.Equal(t, held, w.Inventory())
}

// othersPort creates a port of that name for another run.
func (w *cloudWorld) othersPort(t testing.TB, name string) {
	t.Helper()
	at := slices.IndexFunc(w.Cloud.Inventory(), func(o devcloud.Object) bool {
		return o.Kind == "network" && o.Name == "private" && o.Project == "demo"
	})
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(quiet{})
	env := suite.NewTestActivityEnvironment()
	activities.Register(env, w.clouds)
	_, err := env.ExecuteActivity("CreatePort", saga.Intent[neutron.CreatePortInput]{
		Mark: saga.Mark(saga.RunPrefix("another-run") + "port-0#1"),
		In:   neutron.CreatePortInput{Cloud: "devcloud", Name: name, NetworkID: w.Cloud.Inventory()[at].ID},
	})
	require.NoError(t, err)
}
