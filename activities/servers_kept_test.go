package activities

import (
	"context"
	"testing"
	"time"

	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/servers"
	"github.com/stretchr/testify/require"

	"novaflow/activities/cinder"
	"novaflow/activities/internal/resource"
	"novaflow/activities/inventory"
	"novaflow/activities/neutron"
	"novaflow/activities/nova"
	"novaflow/internal/devcloud"
	"novaflow/saga"
)

// keptWorld is a cloud that keeps deleted servers, with a machine whose server another
// user has deleted.
func keptWorld(t *testing.T) (*world, machine) {
	w := newDevcloud(t, devcloud.Options{ReclaimInterval: time.Hour}).fresh(t)
	m := w.machine(t)
	undo(t, w, "associate", (*neutron.Activities)(nil).DisassociateFloatingIP, m.point, nil)
	undo(t, w, "fip", (*neutron.Activities)(nil).DeleteFloatingIP, m.fip, nil)
	c, err := w.clouds.Open(context.Background(), w.cloud)
	require.NoError(t, err)
	require.NoError(t, servers.Delete(context.Background(), c.Compute, m.made.ID).ExtractErr())
	s, err := nova.Servers.Get(context.Background(), c, m.made.ID)
	require.NoError(t, err)
	require.Equal(t, nova.SoftDeleted, s.Status)
	return w, m
}

func (m machine) removeRest(t *testing.T, w *world) {
	undo(t, w, "data", (*cinder.Activities)(nil).DeleteVolume, m.data, nil)
	undo(t, w, "boot", (*cinder.Activities)(nil).DeleteVolume, m.boot, nil)
	undo(t, w, "port", (*neutron.Activities)(nil).DeletePort, m.port, nil)
}

// TestKeptServerIsFoundByItsMark: an undo that does not know the id finds nothing in
// the lists, and would call the server gone while it has its port and volumes.
// https://github.com/kubernetes-sigs/cluster-api-provider-openstack/issues/2618
func TestKeptServerIsFoundByItsMark(t *testing.T) {
	w, m := keptWorld(t)
	undo(t, w, "server", (*nova.Activities)(nil).DeleteServer, m.server, nil)
	require.Zero(t, w.count("server"))
	m.removeRest(t, w)
}

// TestKeptServerIsDeletedByName: it is not in the list, so a delete would say that
// there is none, or take its port from beneath it.
// https://github.com/kubernetes-sigs/cluster-api-provider-openstack/issues/2618
func TestKeptServerIsDeletedByName(t *testing.T) {
	w, m := keptWorld(t)
	for _, run := range []string{"", w.run} {
		owned, err := call(t, w, (*inventory.Activities)(nil).ResolveOwnedServer,
			inventory.OwnedServerQuery{Cloud: w.cloud, Server: w.run, Run: run})
		require.NoError(t, err)
		require.Equal(t, m.made.ID, owned.Server.ID)
		require.Len(t, owned.Objects, 3, "the port and the volumes")
	}
	marked, err := inventory.ListMarked(t.Context(), w.clouds, w.cloud)
	require.NoError(t, err)
	require.Equal(t, resource.KindServer, marked[0].Kind, "what is not listed is no residue's owner either")
	_, err = call(t, w, (*nova.Activities)(nil).RemoveServer, saga.Intent[resource.OwnedObject]{In: marked[0]})
	require.NoError(t, err)
	require.Zero(t, w.count("server"))
	m.removeRest(t, w)
}

// TestKeptServerThatMayNotBeForced: an operator can forbid it. Then the server is not
// gone until nova says so, and the error says what it waits for.
// https://github.com/kubernetes-sigs/cluster-api-provider-openstack/issues/2618
func TestKeptServerThatMayNotBeForced(t *testing.T) {
	w, m := keptWorld(t)
	w.dev.AddFault(devcloud.Fault{Service: "nova", Method: "POST", Path: "/action$", Action: "own:403", Count: 1,
		Text: "Policy doesn't allow os_compute_api:os-deferred-delete:force to be performed."})
	_, err := w.environment().ExecuteActivity((*nova.Activities)(nil).DeleteServer,
		saga.Undo[nova.CreateServerInput, nova.Server]{Task: "server", Mark: w.mark("server"), In: m.server,
			Out: &m.made})
	app := application(t, err)
	require.False(t, app.NonRetryable())
	require.Regexp(t, `^delete server "`+w.run+`" \(`+m.made.ID+
		`\), which the cloud keeps as SOFT_DELETED: nova: Policy doesn't allow .*; `+
		`its ports and volumes stay in use until nova reclaims it`, app.Message())
	require.Equal(t, 1, w.count("server"))
	undo(t, w, "server", (*nova.Activities)(nil).DeleteServer, m.server, &m.made)
	m.removeRest(t, w)
}

// count is how many resources of a kind the run has in devcloud, by name.
func (w *world) count(kind string) (n int) {
	for _, o := range w.dev.Inventory() {
		if o.Kind == kind && o.Name == w.run {
			n++
		}
	}
	return n
}
