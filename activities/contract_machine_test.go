package activities

import (
	"context"
	"testing"

	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/servers"
	"github.com/stretchr/testify/require"

	"novaflow/activities/cinder"
	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/resource"
	"novaflow/activities/inventory"
	"novaflow/activities/neutron"
	"novaflow/activities/nova"
	"novaflow/activities/nova/attach"
	"novaflow/activities/nova/plan"
)

func serverFault(t *testing.T, w *world) {
	impossible, err := call(t, w, (*plan.Activities)(nil).CheckServer,
		plan.ServerQuery{Cloud: w.cloud, Name: w.run, Image: "tiny", Flavor: "m1.nano"})
	require.NoError(t, err)
	server := nova.CreateServerInput{Cloud: w.cloud, Name: w.run, FlavorID: w.flavor(t, "m1.impossible"),
		ImageID: impossible.ImageID}
	s := must(t, w, "server", (*nova.Activities)(nil).CreateServer, server)
	_, err = call(t, w, (*nova.Activities)(nil).WaitServer, nova.ServerWait{Cloud: w.cloud, ID: s.ID, Name: s.Name})
	app := application(t, err)
	require.Equal(t, cloud.ServerError, app.Type())
	require.True(t, app.NonRetryable())
	require.Contains(t, app.Message(), "No valid host was found")
	undo(t, w, "server", (*nova.Activities)(nil).DeleteServer, server, &s)
	_, err = call(t, w, (*nova.Activities)(nil).WaitServer, nova.ServerWait{Cloud: w.cloud, ID: s.ID, Name: s.Name})
	require.Equal(t, string(cloud.Gone), application(t, err).Type())
}

func (w *world) flavor(t *testing.T, name string) string {
	c, err := w.clouds.Open(context.Background(), w.cloud)
	require.NoError(t, err)
	all, err := nova.ListFlavors(context.Background(), c)
	require.NoError(t, err)
	for _, f := range all {
		if f.Name == name {
			return f.ID
		}
	}
	t.Fatalf("no flavor %s", name)
	return ""
}

// machine is a server with everything that a flow gives it.
type machine struct {
	port   neutron.CreatePortInput
	boot   cinder.CreateVolumeInput
	data   cinder.CreateVolumeInput
	server nova.CreateServerInput
	attach attach.AttachVolumeInput
	fip    neutron.CreateFloatingIPInput
	point  neutron.AssociateFloatingIPInput

	made   nova.Server
	active nova.Server
}

func (w *world) machine(t *testing.T) machine {
	plan := w.plan(t)
	m := machine{
		port: neutron.CreatePortInput{Cloud: w.cloud, Name: w.run, NetworkID: plan.Networks[0].ID},
		boot: cinder.CreateVolumeInput{Cloud: w.cloud, Name: w.run + "-boot", SizeGiB: 1, ImageID: plan.ImageID},
		data: cinder.CreateVolumeInput{Cloud: w.cloud, Name: w.run + "-data", SizeGiB: 1},
		fip:  neutron.CreateFloatingIPInput{Cloud: w.cloud, ExternalNetworkID: plan.ExternalNetwork.ID},
	}
	port := must(t, w, "port", (*neutron.Activities)(nil).CreatePort, m.port)
	boot := must(t, w, "boot", (*cinder.Activities)(nil).CreateVolume, m.boot)
	data := must(t, w, "data", (*cinder.Activities)(nil).CreateVolume, m.data)
	for _, id := range []string{boot.ID, data.ID} {
		v, err := call(t, w, (*cinder.Activities)(nil).WaitVolume,
			cinder.VolumeWait{Cloud: w.cloud, ID: id, Status: "available"})
		require.NoError(t, err)
		require.Equal(t, "available", v.Status)
	}
	m.server = nova.CreateServerInput{Cloud: w.cloud, Name: w.run, FlavorID: plan.FlavorID, BootVolumeID: boot.ID,
		PortIDs: []string{port.ID}}
	m.made = must(t, w, "server", (*nova.Activities)(nil).CreateServer, m.server)
	require.Equal(t, m.made.ID, must(t, w, "server", (*nova.Activities)(nil).CreateServer, m.server).ID)
	active, err := call(t, w, (*nova.Activities)(nil).WaitServer,
		nova.ServerWait{Cloud: w.cloud, ID: m.made.ID, Name: w.run})
	require.NoError(t, err)
	require.Equal(t, port.FixedIPs[0], active.Addresses[0].IP)
	m.active = active

	m.attach = attach.AttachVolumeInput{Cloud: w.cloud, ServerID: active.ID, VolumeID: data.ID}
	must(t, w, "attach", (*attach.Activities)(nil).AttachVolume, m.attach)
	must(t, w, "attach", (*attach.Activities)(nil).AttachVolume, m.attach)
	v, err := call(t, w, (*cinder.Activities)(nil).WaitVolume,
		cinder.VolumeWait{Cloud: w.cloud, ID: data.ID, Status: "in-use"})
	require.NoError(t, err)
	require.Equal(t, []string{active.ID}, v.Servers)
	_, err = call(t, w, (*cinder.Activities)(nil).WaitVolume,
		cinder.VolumeWait{Cloud: w.cloud, ID: data.ID, Status: "available"})
	require.NoError(t, err, "a run that was reset waits for a volume that it has attached since")

	fip := must(t, w, "fip", (*neutron.Activities)(nil).CreateFloatingIP, m.fip)
	m.point = neutron.AssociateFloatingIPInput{Cloud: w.cloud, FloatingIPID: fip.ID, PortID: port.ID}
	a := must(t, w, "associate", (*neutron.Activities)(nil).AssociateFloatingIP, m.point)
	require.NotEmpty(t, a.Request, "who looks into neutron's log must know what to look for")
	again := must(t, w, "associate", (*neutron.Activities)(nil).AssociateFloatingIP, m.point)
	require.Empty(t, again.Request, "it asked for nothing")
	again.Request = a.Request
	require.Equal(t, a, again)
	require.Equal(t, port.FixedIPs[0], a.FixedIP)
	return m
}

func wholeMachine(t *testing.T, w *world) {
	m := w.machine(t)
	owned, err := call(t, w, (*inventory.Activities)(nil).ResolveOwnedServer,
		inventory.OwnedServerQuery{Cloud: w.cloud, Server: w.run})
	require.NoError(t, err)
	require.Equal(t, w.run, owned.Run)
	require.Equal(t, m.made.ID, owned.Server.ID)
	require.Len(t, owned.Objects, 4)

	undo(t, w, "associate", (*neutron.Activities)(nil).DisassociateFloatingIP, m.point, nil)
	undo(t, w, "associate", (*neutron.Activities)(nil).DisassociateFloatingIP, m.point, nil)
	undo(t, w, "fip", (*neutron.Activities)(nil).DeleteFloatingIP, m.fip, nil)
	undo(t, w, "attach", (*attach.Activities)(nil).DetachVolume, m.attach, nil)
	undo(t, w, "attach", (*attach.Activities)(nil).DetachVolume, m.attach, nil)
	undo(t, w, "server", (*nova.Activities)(nil).DeleteServer, m.server, nil)
	undo(t, w, "server", (*nova.Activities)(nil).DeleteServer, m.server, &m.made)
	undo(t, w, "attach", (*attach.Activities)(nil).DetachVolume, m.attach, nil)
	undo(t, w, "data", (*cinder.Activities)(nil).DeleteVolume, m.data, nil)
	undo(t, w, "boot", (*cinder.Activities)(nil).DeleteVolume, m.boot, nil)
	undo(t, w, "port", (*neutron.Activities)(nil).DeletePort, m.port, nil)
}

// forcedServer: what is done about a server that a cloud keeps after its deletion
// must be allowed on every cloud, also on one that keeps none.
func forcedServer(t *testing.T, w *world) {
	plan := w.plan(t)
	in := nova.CreateServerInput{Cloud: w.cloud, Name: w.run, FlavorID: plan.FlavorID, ImageID: plan.ImageID}
	made := must(t, w, "server", (*nova.Activities)(nil).CreateServer, in)
	_, err := call(t, w, (*nova.Activities)(nil).WaitServer,
		nova.ServerWait{Cloud: w.cloud, ID: made.ID, Name: made.Name})
	require.NoError(t, err)
	c, err := w.clouds.Open(t.Context(), w.cloud)
	require.NoError(t, err)
	kept, err := nova.ListKept(t.Context(), c, w.mark("server"))
	require.NoError(t, err)
	require.Empty(t, kept)
	require.NoError(t, servers.ForceDelete(t.Context(), c.Compute, made.ID).ExtractErr())
	require.Equal(t, cloud.Gone, cloud.ClassOf(nova.Servers.Watch(t.Context(), c, made.ID,
		func(nova.Server) (bool, error) { return false, nil })))
}

func removeOwned(t *testing.T, w *world) {
	m := w.machine(t)
	owned, err := call(t, w, (*inventory.Activities)(nil).ResolveOwnedServer,
		inventory.OwnedServerQuery{Cloud: w.cloud, Server: m.made.ID})
	require.NoError(t, err)
	must(t, w, "remove", (*nova.Activities)(nil).RemoveServer, owned.Server)
	must(t, w, "remove", (*nova.Activities)(nil).RemoveServer, owned.Server)
	for _, o := range owned.Objects {
		switch o.Kind {
		case resource.KindFloatingIP:
			must(t, w, "remove", (*neutron.Activities)(nil).RemoveFloatingIP, o)
		case resource.KindPort:
			stranger := o
			stranger.Mark = "novaflow:another/port#1"
			must(t, w, "remove", (*neutron.Activities)(nil).RemovePort, stranger)
			must(t, w, "remove", (*neutron.Activities)(nil).RemovePort, o)
		case resource.KindVolume:
			must(t, w, "remove", (*cinder.Activities)(nil).RemoveVolume, o)
		default:
			t.Fatalf("unexpected %s", o.Kind)
		}
	}
}

// leftOfAServer: the parts of a server that was deleted with another tool could
// not be found by anyone, and cost money for ever.
func leftOfAServer(t *testing.T, w *world) {
	m := w.machine(t)
	gone := inventory.OwnedServerQuery{Cloud: w.cloud, Server: w.run + "-before", Run: w.run}
	_, err := call(t, w, (*inventory.Activities)(nil).ResolveOwnedServer, gone)
	require.Contains(t, application(t, err).Message(), "exists as",
		"a server that was renamed is not what the user named")
	must(t, w, "remove", (*nova.Activities)(nil).RemoveServer, m.made.OwnedObject)

	gone.Server = w.run
	owned, err := call(t, w, (*inventory.Activities)(nil).ResolveOwnedServer, gone)
	require.NoError(t, err)
	require.Equal(t, w.run, owned.Run)
	require.Zero(t, owned.Server)
	require.Len(t, owned.Objects, 4)
	for _, o := range owned.Objects {
		switch o.Kind {
		case resource.KindFloatingIP:
			must(t, w, "remove", (*neutron.Activities)(nil).RemoveFloatingIP, o)
		case resource.KindPort:
			must(t, w, "remove", (*neutron.Activities)(nil).RemovePort, o)
		case resource.KindVolume:
			must(t, w, "remove", (*cinder.Activities)(nil).RemoveVolume, o)
		}
	}
	_, err = call(t, w, (*inventory.Activities)(nil).ResolveOwnedServer, gone)
	require.Contains(t, application(t, err).Message(), "there is no server")
}
