package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"

	"novaflow/internal/devcloud"
	"novaflow/saga"
	"novaflow/workflows"
)

// soonSaved asks for an image, and does not ask for long.
var soonSaved = func() workflows.SnapshotSpec {
	spec := snapshotServer
	spec.Deadline = workflows.Duration(time.Minute)
	return spec
}()

// Each try to save a server, or a volume, fails and leaves its snapshots, until the
// quota is gone. Here there is room for one try and no more.
// https://github.com/harvester/vm-import-controller/issues/49
func TestLeakOfSnapshotsWithEachTry(t *testing.T) {
	for name, c := range map[string]struct {
		server         *workflows.ServerSpec
		workflow, spec any
		fault, says    string
		quota          int
	}{
		"of a server with volumes": {&volumeServer, workflows.ServerSnapshot, soonSaved, "nova POST /action$ error 999 disk is broken", "deadline", 2},
		"of a server":              {&theServer, workflows.ServerSnapshot, soonSaved, "nova POST /action$ error 1 disk is broken", "image", 0},
		"of a volume":              {nil, workflows.VolumeSnapshot, aSnapshot, "cinder POST /snapshots$ error 1 no backend has room", "reached status error", 1},
	} {
		t.Run(name, func(t *testing.T) {
			w := leakWorld(t)
			if c.server != nil {
				w.run(t, workflows.ServerCreate, *c.server)
			} else {
				withVolume(t, w)
			}
			w.empty = w.Inventory()
			require.NoError(t, w.Configure(func(s *devcloud.Settings) { s.Quotas["snapshots"] = c.quota }))
			for range 3 {
				w.fault(t, c.fault)
				err := w.begin(c.workflow, c.spec).end()
				require.ErrorContains(t, err, c.says)
				require.Equal(t, w.empty, w.Inventory())
				for _, f := range w.Faults() {
					require.Less(t, f.Count, 999, "was never met: %s", f)
				}
				w.ClearFaults()
			}
			require.NoError(t, w.begin(c.workflow, c.spec).end(), "the quota must be free")
		})
	}
}

// A volume hangs in attaching. Whoever sets its state by hand makes it look free
// while the host may have it, and a second attachment corrupts its data: it is waited
// for, and then the run is STUCK.
// https://bugs.launchpad.net/nova/+bug/2019078
func TestStuckVolumeLeakInAttachingIsNotReset(t *testing.T) {
	w := leakWorld(t)
	withServerAndVolume(t, w)
	w.empty = w.Inventory()
	w.fault(t, "nova POST /os-volume_attachments$ stuck 1", "nova DELETE /os-volume_attachments/ stuck")
	a, stuck := w.beginStuck(workflows.ServerAddVolume, anAttachment)
	w.reached(t, "volume", "attaching")
	a.env.CancelWorkflow()
	require.ErrorContains(t, a.end(), "cancel")
	w.stuckWith(t, stuck, "attach")
	w.asEmpty(t)
}

// The same with one that hangs in detaching, which nothing ends: a person gives up,
// and is told what is left.
// https://bugs.launchpad.net/nova/+bug/2019078
func TestStuckVolumeLeakInDetachingIsNotReset(t *testing.T) {
	w := leakWorld(t)
	withAttached(t, w)
	w.fault(t, "nova DELETE /os-volume_attachments/ stuck")
	a, stuck := w.beginStuck(workflows.ServerRemoveVolume, anAttachment, func(env *testsuite.TestWorkflowEnvironment) {
		env.RegisterDelayedCallback(func() {
			env.SignalWorkflow(string(saga.VerbAbandon), saga.Request{Reason: "the host has it"})
		}, time.Minute)
	})
	w.reached(t, "volume", "detaching")
	a.env.CancelWorkflow()
	r := reverted(t, a.end())
	w.stuckWith(t, stuck, "detach")
	require.Len(t, r.LeftBehind, 1)
	require.Contains(t, r.LeftBehind[0], "detach")
	require.NoError(t, statusOf("volume", "data-1", "detaching")(w, nil))
}

// stuckWith fails unless the run was STUCK with the undo of the task, and nobody has
// set the state of a volume.
func (w *cloudWorld) stuckWith(t testing.TB, l *saga.Ledger, task string) {
	t.Helper()
	require.Equal(t, saga.RunStuck, l.State)
	require.Contains(t, []saga.TaskState{saga.TaskReverting, saga.TaskRevertFailure}, taskOf(t, l, task).State)
	require.Zero(t, w.Calls()["cinder POST /volumes/{id}/action"])
}
