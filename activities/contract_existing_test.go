package activities

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/gophercloud/gophercloud/v2/openstack/blockstorage/v3/snapshots"
	"github.com/gophercloud/gophercloud/v2/openstack/blockstorage/v3/volumes"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/servers"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/ports"
	"github.com/stretchr/testify/require"

	"novaflow/activities/cinder"
	"novaflow/activities/internal/resource"
	"novaflow/activities/neutron"
	"novaflow/activities/nova"
	"novaflow/activities/nova/attach"
	"novaflow/activities/nova/plan"
	"novaflow/saga/sagacodec"
)

// aPublicKey is one that nobody has the private part of.
const aPublicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHUZ2KJgbVjKwCB0Ld4pVRUfSNhIAKAOpTZiCEcIkuXZ somebody@somewhere"

// waitForSnapshot bounds the waits for what no activity waits for.
const waitForSnapshot = time.Minute

// hand creates a port and a volume without marks, as a user would by hand. The end of
// the test deletes them.
func (w *world) hand(t *testing.T) (port, volume string) {
	ctx := context.Background()
	c, err := w.clouds.Open(ctx, w.cloud)
	require.NoError(t, err)
	p, err := ports.Create(ctx, c.Network, ports.CreateOpts{NetworkID: w.plan(t).Networks[0].ID, Name: w.run}).Extract()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, ports.Delete(ctx, c.Network, p.ID).ExtractErr()) })
	v, err := volumes.Create(ctx, c.Volume, volumes.CreateOpts{Name: w.run, Size: 1, ImageID: w.plan(t).ImageID}, nil).
		Extract()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, volumes.Delete(ctx, c.Volume, v.ID, nil).ExtractErr()) })
	_, err = call(t, w, (*cinder.Activities)(nil).WaitVolume,
		cinder.VolumeWait{Cloud: w.cloud, ID: v.ID, Status: "available"})
	require.NoError(t, err)
	return p.ID, v.ID
}

// portAsItIs is the port in neutron's own words, but for what counts its changes.
func (w *world) portAsItIs(t *testing.T, id string) ports.Port {
	c, err := w.clouds.Open(context.Background(), w.cloud)
	require.NoError(t, err)
	p, err := ports.Get(context.Background(), c.Network, id).Extract()
	require.NoError(t, err)
	out := *p
	out.RevisionNumber, out.UpdatedAt = 0, out.CreatedAt
	return out
}

// broughtThings: user-supplied resources must be unchanged when the server is gone. They
// must not be taken from another server, nor released while this one uses them.
func broughtThings(t *testing.T, w *world) {
	port, volume := w.hand(t)
	before := w.portAsItIs(t, port)
	takePort, takeVolume := attach.ReservePortInput{Cloud: w.cloud, PortID: port},
		attach.ReserveVolumeInput{Cloud: w.cloud, VolumeID: volume}
	plan := w.plan(t)
	for _, flavor := range []string{w.flavor(t, "m1.impossible"), plan.FlavorID} {
		must(t, w, "port", (*attach.Activities)(nil).ReservePort, takePort)
		must(t, w, "volume", (*attach.Activities)(nil).ReserveVolume, takeVolume)
		server := nova.CreateServerInput{Cloud: w.cloud, Name: w.run, FlavorID: flavor, BootVolumeID: volume,
			PortIDs: []string{port}}
		s := must(t, w, "server", (*nova.Activities)(nil).CreateServer, server)
		_, err := call(t, w, (*nova.Activities)(nil).WaitServer,
			nova.ServerWait{Cloud: w.cloud, ID: s.ID, Name: s.Name})
		if flavor == plan.FlavorID {
			require.NoError(t, err)
			require.Equal(t, s.ID, must(t, w, "port", (*attach.Activities)(nil).ReservePort, takePort).DeviceID,
				"a run that was reset takes again what it has")
			require.Equal(t, "in-use", must(t, w, "volume", (*attach.Activities)(nil).ReserveVolume, takeVolume).Status)
			stranger := *w
			stranger.run = "contract-stranger"
			_, err := do(t, &stranger, "port", (*attach.Activities)(nil).ReservePort, takePort)
			require.Contains(t, application(t, err).Message(), "is in use by compute:")
			_, err = do(t, &stranger, "volume", (*attach.Activities)(nil).ReserveVolume, takeVolume)
			require.Contains(t, application(t, err).Message(), "in-use by server "+s.ID)
			undo(t, &stranger, "port", (*attach.Activities)(nil).ReleasePort, takePort, nil)
			undo(t, &stranger, "volume", (*attach.Activities)(nil).ReleaseVolume, takeVolume, nil)
		} else {
			require.True(t, nova.LacksCapacity(application(t, err).Type(), application(t, err).Message()), err)
		}
		undo(t, w, "server", (*nova.Activities)(nil).DeleteServer, server, nil)
		undo(t, w, "port", (*attach.Activities)(nil).ReleasePort, takePort, nil)
		undo(t, w, "volume", (*attach.Activities)(nil).ReleaseVolume, takeVolume, nil)
		require.Equal(t, before, w.portAsItIs(t, port))
		v, err := call(t, w, (*cinder.Activities)(nil).WaitVolume,
			cinder.VolumeWait{Cloud: w.cloud, ID: volume, Status: "available"})
		require.NoError(t, err)
		require.Equal(t, "available", v.Status)
		require.Empty(t, v.Servers)
	}
}

// keysAndGroups: nova has no field for a mark on either.
func keysAndGroups(t *testing.T, w *world) {
	key := nova.CreateKeyPairInput{Cloud: w.cloud, Name: w.run, PublicKey: aPublicKey + "\n"}
	group := nova.CreateServerGroupInput{Cloud: w.cloud, Name: strings.Repeat("ü", 200), Policy: "soft-anti-affinity"}
	k := must(t, w, "key", (*nova.Activities)(nil).CreateKeyPair, key)
	require.Equal(t, k.ID, must(t, w, "key", (*nova.Activities)(nil).CreateKeyPair, key).ID)
	require.Equal(t, w.mark("key"), k.Mark)
	g := must(t, w, "group", (*nova.Activities)(nil).CreateServerGroup, group)
	require.Equal(t, g.ID, must(t, w, "group", (*nova.Activities)(nil).CreateServerGroup, group).ID)
	require.Equal(t, w.mark("group"), g.Mark)
	_, err := do(t, w, "another", (*nova.Activities)(nil).CreateKeyPair, key)
	require.Contains(t, application(t, err).Message(), "already exists")
	require.Len(t, w.marked(t), 2)

	undo(t, w, "another", (*nova.Activities)(nil).DeleteKeyPair, key, &k)
	require.Len(t, w.marked(t), 2, "it is another task's")
	undo(t, w, "key", (*nova.Activities)(nil).DeleteKeyPair, key, nil)
	undo(t, w, "group", (*nova.Activities)(nil).DeleteServerGroup, group, nil)
	undo(t, w, "group", (*nova.Activities)(nil).DeleteServerGroup, group, &g)
	undo(t, w, "key", (*nova.Activities)(nil).DeleteKeyPair, key, &k)
}

// everyPartOfAServer: nova must take each field as we write it.
func everyPartOfAServer(t *testing.T, w *world) {
	ctx := context.Background()
	c, err := w.clouds.Open(ctx, w.cloud)
	require.NoError(t, err)
	line, err := sagacodec.NewKey("k")
	require.NoError(t, err)
	keys, err := sagacodec.ParseKeys(line)
	require.NoError(t, err)
	w.clouds.SetKeys(keys)
	userData, err := keys.Seal([]byte("#!/bin/sh\necho secret\n"))
	require.NoError(t, err)
	port := w.port(t)
	port.MAC, port.FixedIPs = "fa:16:3e:0a:0b:0c", []neutron.FixedIP{{IP: "10.10.7.77"}, {IP: "10.10.7.78"}}
	port.AllowedAddressPairs = []neutron.AddressPair{{IP: "10.10.100.0/24"}}
	p := must(t, w, "port", (*neutron.Activities)(nil).CreatePort, port)
	require.Equal(t, []string{"10.10.7.77", "10.10.7.78"}, p.FixedIPs)
	require.Equal(t, "10.10.100.0/24", w.portAsItIs(t, p.ID).AllowedAddressPairs[0].IPAddress)
	open := w.port(t)
	open.NoPortSecurity = true
	q := must(t, w, "open", (*neutron.Activities)(nil).CreatePort, open)
	require.Empty(t, w.portAsItIs(t, q.ID).SecurityGroups)

	server := nova.CreateServerInput{
		Cloud: w.cloud, Name: w.run, FlavorID: w.plan(t).FlavorID, ImageID: w.plan(t).ImageID,
		PortIDs:          []string{p.ID, q.ID},
		AvailabilityZone: "nova", Properties: map[string]string{"role": "web"}, Tags: []string{"blue"},
		Description: "the web",
		Hostname:    "web-one", ConfigDrive: true, UserData: userData,
	}
	s := must(t, w, "server", (*nova.Activities)(nil).CreateServer, server)
	active, err := call(t, w, (*nova.Activities)(nil).WaitServer,
		nova.ServerWait{Cloud: w.cloud, ID: s.ID, Name: s.Name})
	require.NoError(t, err)
	require.Equal(t, "nova", active.Zone)
	newer := *c.Compute
	newer.Microversion = nova.HostnameMicroversion
	var seen struct {
		Metadata    map[string]string
		Tags        []string
		Description string
		Hostname    string `json:"OS-EXT-SRV-ATTR:hostname"`
		Drive       string `json:"config_drive"`
	}
	require.NoError(t, servers.Get(ctx, &newer, s.ID).ExtractInto(&seen))
	require.Equal(t, "web", seen.Metadata["role"])
	require.Equal(t, string(w.mark("server")), seen.Metadata[resource.MarkKey])
	require.Contains(t, seen.Tags, "blue")
	require.Equal(t, []string{"the web", "web-one", "True"}, []string{seen.Description, seen.Hostname, seen.Drive})
	undo(t, w, "server", (*nova.Activities)(nil).DeleteServer, server, &s)
	undo(t, w, "open", (*neutron.Activities)(nil).DeletePort, open, nil)
	undo(t, w, "port", (*neutron.Activities)(nil).DeletePort, port, nil)
}

// volumeOfASnapshot: a server can boot from a volume that is created from a snapshot.
func volumeOfASnapshot(t *testing.T, w *world) {
	ctx := context.Background()
	_, volume := w.hand(t)
	c, err := w.clouds.Open(ctx, w.cloud)
	require.NoError(t, err)
	snapshot, err := snapshots.Create(ctx, c.Volume, snapshots.CreateOpts{VolumeID: volume, Name: w.run}).Extract()
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, snapshots.Delete(ctx, c.Volume, snapshot.ID).ExtractErr())
		require.Eventually(t, func() bool { return snapshots.Get(ctx, c.Volume, snapshot.ID).Err != nil },
			waitForSnapshot, waitForSnapshot/600)
	})
	require.Eventually(t, func() bool {
		s, err := snapshots.Get(ctx, c.Volume, snapshot.ID).Extract()
		return err == nil && s.Status == "available"
	}, waitForSnapshot, waitForSnapshot/600)
	plan, err := call(t, w, (*plan.Activities)(nil).CheckServer,
		plan.ServerQuery{Cloud: w.cloud, Name: w.run, Flavor: "m1.nano", Snapshot: w.run})
	require.NoError(t, err)
	require.Equal(t, snapshot.ID, plan.SnapshotID)
	require.Equal(t, 1, plan.BootVolumeGiB)
	boot := cinder.CreateVolumeInput{Cloud: w.cloud, Name: w.run + "-boot", SizeGiB: plan.BootVolumeGiB,
		SnapshotID: plan.SnapshotID}
	v := must(t, w, "boot", (*cinder.Activities)(nil).CreateVolume, boot)
	ready, err := call(t, w, (*cinder.Activities)(nil).WaitVolume,
		cinder.VolumeWait{Cloud: w.cloud, ID: v.ID, Status: "available"})
	require.NoError(t, err)
	require.True(t, ready.Bootable)
	undo(t, w, "boot", (*cinder.Activities)(nil).DeleteVolume, boot, &v)
}

// checkOfBroughtThings: each problem with the user-supplied resources is found before
// the first effect, and all are reported together.
func checkOfBroughtThings(t *testing.T, w *world) {
	port, volume := w.hand(t)
	server := nova.CreateServerInput{Cloud: w.cloud, Name: w.run, FlavorID: w.plan(t).FlavorID, BootVolumeID: volume,
		PortIDs: []string{port}}
	s := must(t, w, "server", (*nova.Activities)(nil).CreateServer, server)
	_, err := call(t, w, (*nova.Activities)(nil).WaitServer, nova.ServerWait{Cloud: w.cloud, ID: s.ID})
	require.NoError(t, err)
	query := plan.ServerQuery{
		Cloud: w.cloud, Name: "another-" + w.run, Flavor: "m1.nano", FallbackFlavors: []string{"m1.nanu"},
		BootVolume:       w.run,
		AvailabilityZone: "nova", FallbackZones: []string{"mars"}, Volumes: []string{"no volume %.*'\n"},
		DataVolumesGiB: []int{0},
		Networks:       []string{"", "private", "private"}, KeyName: "k", NewKeyPair: true, ServerGroup: "no group",
		Hostname: true,
		Ports: []plan.PortQuery{{Port: port}, {FixedIPs: []neutron.FixedIP{{IP: "192.0.2.1"}, {SubnetID: "no subnet"}},
			SecurityGroups: []string{"no group"}},
			{FixedIPs: []neutron.FixedIP{{IP: w.portAsItIs(t, port).FixedIPs[0].IPAddress}}}},
	}
	_, err = call(t, w, (*plan.Activities)(nil).CheckServer, query)
	problems := application(t, err).Message()
	for _, want := range []string{
		`there is no flavor "m1.nanu"; did you mean "m1.nano"`, "(" + port + ") is in use by compute:nova " + s.ID,
		"(" + volume + ") is in-use by server " + s.ID,
		`availability zone "mars"`, `there is no volume "no volume %.*'\n"`,
		"address 192.0.2.1 is in no subnet of network \"private\"",
		`there is no subnet of network "private" "no subnet"`, `there is no security group "no group"`,
		`there is no server group "no group"`,
		"on network \"private\" is taken by port " + port,
	} {
		require.Contains(t, problems, want)
	}
	require.Equal(t, 10, strings.Count(problems, "\n- "), problems)
	query.Run, query.Name = w.run, w.run
	_, err = call(t, w, (*plan.Activities)(nil).CheckServer, query)
	require.NotContains(t, application(t, err).Message(), "is in use by",
		"a run that was reset asks again when its own server has them")
	undo(t, w, "server", (*nova.Activities)(nil).DeleteServer, server, &s)
}
