package workflows_test

import (
	"slices"
	"testing"
	"time"

	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/servers"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"

	"novaflow/internal/devcloud"
	"novaflow/saga"
	"novaflow/workflows/server"
	"novaflow/workflows/spec"
	"novaflow/workflows/volume"
)

// soonSaved asks for an image, and does not ask for long.
var soonSaved = func() server.SnapshotSpec {
	req := snapshotServer
	req.Deadline = spec.Duration(time.Minute)
	return req
}()

// Each try to save a server, or a volume, fails and leaves its snapshots, until the
// quota is gone. Here there is room for one try and no more.
// https://github.com/harvester/vm-import-controller/issues/49
func TestLeakOfSnapshotsWithEachTry(t *testing.T) {
	for name, c := range map[string]struct {
		server        *server.CreateSpec
		workflow, req any
		fault, says   string
		quota         int
	}{
		"of a server with volumes": {&volumeServer, server.Snapshot.Workflow, soonSaved,
			"nova POST /action$ error 999 disk is broken", "deadline", 2},
		"of a server": {&theServer, server.Snapshot.Workflow, soonSaved,
			"nova POST /action$ error 1 disk is broken", "image", 0},
		"of a volume": {nil, volume.Snapshot.Workflow, aSnapshot,
			"cinder POST /snapshots$ error 1 no backend has room", "reached status error", 1},
	} {
		t.Run(name, func(t *testing.T) {
			w := leakWorld(t)
			if c.server != nil {
				w.run(t, server.Create.Workflow, *c.server)
			} else {
				withVolume(t, w)
			}
			w.empty = w.Inventory()
			require.NoError(t, w.Configure(func(s *devcloud.Settings) { s.Quotas["snapshots"] = c.quota }))
			for range 3 {
				w.fault(t, c.fault)
				err := w.begin(c.workflow, c.req).end()
				require.ErrorContains(t, err, c.says)
				require.Equal(t, w.empty, w.Inventory())
				for _, f := range w.Faults() {
					require.Less(t, f.Count, 999, "was never met: %s", f)
				}
				w.ClearFaults()
			}
			require.NoError(t, w.begin(c.workflow, c.req).end(), "the quota must be free")
		})
	}
}

// A volume hangs in attaching. If a person sets its state by hand, it looks free while
// the host may have it, and a second attachment corrupts its data. So the run waits for
// it and is then STUCK. A person who gives up is told what is left.
// https://bugs.launchpad.net/nova/+bug/2019078
func TestStuckVolumeLeakInAttachingIsNotReset(t *testing.T) {
	w := leakWorld(t)
	withServerAndVolume(t, w)
	w.ofAnotherRun(t, smallServer.Name) // as the undo of a run's own server frees the volume
	w.fault(t, "nova POST /os-volume_attachments$ stuck 1")
	a, stuck := w.beginStuck(server.AddVolume.Workflow, anAttachment, abandonSoon)
	w.reached(t, "volume", "attaching")
	a.env.CancelWorkflow()
	w.left(t, reverted(t, a.end()), stuck, "attach", "attaching")
}

// The same with one that hangs in detaching, which nothing ends.
// https://bugs.launchpad.net/nova/+bug/2019078
func TestStuckVolumeLeakInDetachingIsNotReset(t *testing.T) {
	w := leakWorld(t)
	withAttached(t, w)
	w.fault(t, "nova DELETE /os-volume_attachments/ stuck")
	a, stuck := w.beginStuck(server.RemoveVolume.Workflow, anAttachment, abandonSoon)
	w.reached(t, "volume", "detaching")
	a.env.CancelWorkflow()
	w.left(t, reverted(t, a.end()), stuck, "detach", "detaching")
}

// ofAnotherRun lets a server carry the mark of another run: in the test environment all
// runs have one id.
func (w *cloudWorld) ofAnotherRun(t testing.TB, name string) {
	t.Helper()
	_, _, compute := w.services(t)
	at := slices.IndexFunc(w.Cloud.Inventory(),
		func(o devcloud.Object) bool { return o.Kind == "server" && o.Name == name })
	_, err := servers.UpdateMetadata(t.Context(), compute, w.Cloud.Inventory()[at].ID,
		servers.MetadataOpts{"novaflow_mark": "novaflow:another-run/server#1"}).Extract()
	require.NoError(t, err)
}

// abandonSoon lets a person abandon the run.
func abandonSoon(env *testsuite.TestWorkflowEnvironment) {
	env.RegisterDelayedCallback(func() {
		env.SignalWorkflow(string(saga.VerbAbandon), saga.Request{Reason: "the host has it"})
	}, time.Minute)
}

// left fails unless the run was STUCK with the undo of the task, named it as left, and
// the volume is as the cloud left it.
func (w *cloudWorld) left(t testing.TB, r saga.Reverted, stuck *saga.Ledger, task, status string) {
	t.Helper()
	w.stuckWith(t, stuck, task)
	require.Len(t, r.LeftBehind, 1)
	require.Contains(t, r.LeftBehind[0], task)
	require.NoError(t, statusOf("volume", "data-1", status)(w, nil))
}

// stuckWith fails unless the run was STUCK with the undo of the task, and nobody has
// set the state of a volume.
func (w *cloudWorld) stuckWith(t testing.TB, l *saga.Ledger, task string) {
	t.Helper()
	require.Equal(t, saga.RunStuck, l.State)
	require.Contains(t, []saga.TaskState{saga.TaskReverting, saga.TaskRevertFailure}, taskOf(t, l, task).State)
	require.Zero(t, w.Calls()["cinder POST /volumes/{id}/action"])
}
