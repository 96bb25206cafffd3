//go:build openstack

package openstack

import (
	"testing"
	"time"

	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/networks"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/ports"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"novaflow/activities"
	"novaflow/saga"
	"novaflow/workflows/ownership"
	"novaflow/workflows/spec"
)

// A late answer has left a port of a reverted run. The port is deleted. What only looks
// like it stays, and so does what is too young.
func TestResidueOfAFailedRunIsRemovedAndLookalikesStay(t *testing.T) {
	before, queue, req := inventory(t), worker(t), serverSpec()
	req.Flavor = "m1.impossible"
	failed := theStage.Create(t, queue, req)
	require.ErrorContains(t, theStage.Get(t, failed, nil), "No valid host was found")
	requireSame(t, before)

	_, neutron, _ := services(t)
	pages, err := networks.List(neutron, networks.ListOpts{Name: networkName}).AllPages(t.Context())
	require.NoError(t, err)
	all, err := networks.ExtractNetworks(pages)
	require.NoError(t, err)
	plant := func(description string) string {
		p, err := ports.Create(t.Context(), neutron,
			ports.CreateOpts{NetworkID: all[0].ID, Description: description}).Extract()
		require.NoError(t, err)
		return p.ID
	}
	mark := saga.Mark(saga.RunPrefix(failed.GetRunID()) + "port-0#1")
	residue, alike := plant(string(mark)), plant("see "+string(mark))
	defer func() {
		require.NoError(t, ports.Delete(t.Context(), neutron, alike).ExtractErr())
		requireSame(t, before)
	}()

	remove := func(made time.Time) (out spec.Deleted) {
		run, err := theStage.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{
			ID: spec.WorkflowID("residue", cloudName, "all"), TaskQueue: queue,
		}, ownership.DeleteResidue.Workflow, ownership.ResidueSpec{
			RunOptions: spec.RunOptions{Cloud: cloudName}, Before: made, Objects: []activities.OwnedObject{
				{Cloud: cloudName, Kind: activities.KindPort, ID: residue, Mark: mark},
				{Cloud: cloudName, Kind: activities.KindPort, ID: alike, Mark: mark},
			},
		})
		require.NoError(t, err)
		require.NoError(t, run.Get(t.Context(), &out))
		return out
	}
	require.Empty(t, remove(time.Now().Add(-time.Hour)).Removed, "too young")
	require.Equal(t, []string{"port " + residue}, remove(time.Now().Add(time.Minute)).Removed)
	require.Len(t, inventory(t), len(before)+1, "what only looks like it")
}
