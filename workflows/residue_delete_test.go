package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/workflow"

	"novaflow/activities"
	"novaflow/activities/inventory"
	"novaflow/internal/devcloud"
	"novaflow/saga"
	"novaflow/saga/sagatest"
	"novaflow/workflows/network"
	"novaflow/workflows/ownership"
	"novaflow/workflows/server"
	"novaflow/workflows/spec"
	"novaflow/workflows/spec/topology"
	"novaflow/workflows/volume"
)

// removeAsResidue deletes all that the run of the whole server has created, as if
// "novaflow verify" had judged it.
func removeAsResidue(ctx workflow.Context, before time.Time) (spec.Deleted, error) {
	owned, err := saga.ExecuteRead(ctx, "judge", inventory.ResolveOwnedServerAction,
		inventory.OwnedServerQuery{Cloud: "devcloud", Server: wholeServer.Name, Run: environmentRun})
	if err != nil {
		return spec.Deleted{}, err
	}
	objects := owned.Objects
	if owned.Server.ID != "" {
		objects = append(objects, owned.Server)
	}
	return ownership.DeleteResidue.Run(ctx,
		ownership.ResidueSpec{RunOptions: devcloudRun, Before: before, Objects: objects})
}

// Residue is removed and nothing else, whatever happens to which task.
func TestResidueDeleteRemovesWhatWasJudgedAndNothingElse(t *testing.T) {
	t.Parallel()
	starts := worlds(troubles, min(perTrouble, 1),
		func(t testing.TB, w *cloudWorld) { w.run(t, server.Create.Workflow, wholeServer) })
	starts[0].Sample = min(perClean, 15)
	r := sagatest.Prove(t, sagatest.Flow{
		Workflow: removeAsResidue, Input: time.Now().Add(24 * time.Hour), ForwardOnly: true,
		NothingLeft: thereIsNo("server"),
		Check:       asBefore,
	}, starts...)
	requireAll(t, r, 10)
}

// A resource created a moment ago may belong to a run that is just starting. A resource
// whose mark has changed since it was judged belongs to another owner by now.
func TestResidueThatIsYoungOrHasAnotherMarkStays(t *testing.T) {
	w := openWorld(t, devcloud.Options{})
	w.run(t, server.Create.Workflow, wholeServer)
	before := w.Inventory()
	w.run(t, removeAsResidue, time.Now().Add(-time.Hour))
	require.Equal(t, before, w.Inventory())

	marked, err := inventory.ListMarked(t.Context(), w.clouds, "devcloud")
	require.NoError(t, err)
	for i := range marked {
		marked[i].Mark = "novaflow:other/port-0#1"
	}
	req := ownership.ResidueSpec{RunOptions: devcloudRun, Before: time.Now().Add(time.Hour), Objects: marked}
	w.run(t, ownership.DeleteResidue.Workflow, req)
	require.Equal(t, before, w.Inventory())

	// a list that cannot be read to its end judges nothing
	w.AddFault(devcloud.Fault{Service: "neutron", Method: "GET", Path: "/ports", Action: "own:403"})
	env, _ := archivedRun(t, w, "off", removeAsResidue, time.Now().Add(time.Hour))
	require.Error(t, env.GetWorkflowError())
	require.Equal(t, before, w.Inventory())
}

// Networks and snapshots must go in an order that the cloud takes: a router with
// interfaces, a subnet with ports and a volume with snapshots are refused.
func TestResidueOfNetworksAndSnapshotsIsRemoved(t *testing.T) {
	w := openWorld(t, devcloud.Options{})
	before := w.Inventory()
	w.run(t, network.Create.Workflow, topology.Spec{
		RunOptions: devcloudRun, Name: "app", NewRouter: true, ExternalNetwork: "public",
		Ingress: []spec.Rule{{Protocol: "tcp", Port: 22}},
		Subnets: []topology.SubnetSpec{{CIDR: "192.168.7.0/24"}, {CIDR: "192.168.8.0/24"}},
	})
	w.run(t, volume.Create.Workflow, volume.CreateSpec{RunOptions: devcloudRun, Name: "data-1", Size: 1})
	w.run(t, volume.Snapshot.Workflow, volume.SnapshotSpec{RunOptions: devcloudRun, Volume: "data-1", Name: "monday"})
	marked, err := inventory.ListMarked(t.Context(), w.clouds, "devcloud")
	require.NoError(t, err)
	kinds := map[string]int{}
	for _, o := range marked {
		kinds[o.Kind]++
		require.Contains(t, inventory.ResidueKinds(), o.Kind)
		require.False(t, o.Created.IsZero(), "%s: without an age it is never removed", o.Kind)
	}
	require.Equal(t, map[string]int{
		activities.KindNetwork: 1, activities.KindSubnet: 2, activities.KindRouter: 1,
		activities.KindRouterInterface: 2,
		activities.KindSecurityGroup:   1, activities.KindVolume: 1, activities.KindSnapshot: 1,
	}, kinds)
	made := w.Inventory()
	w.run(t, ownership.DeleteResidue.Workflow,
		ownership.ResidueSpec{RunOptions: devcloudRun, Before: time.Now().Add(-time.Hour), Objects: marked})
	require.Equal(t, made, w.Inventory(), "all of it is young")
	w.run(t, ownership.DeleteResidue.Workflow,
		ownership.ResidueSpec{RunOptions: devcloudRun, Before: time.Now().Add(time.Hour), Objects: marked})
	require.Equal(t, before, w.Inventory())
}
