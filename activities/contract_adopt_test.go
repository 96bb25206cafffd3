package activities

import (
	"context"
	"slices"
	"testing"

	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/security/rules"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/networks"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/ports"
	"github.com/stretchr/testify/require"

	"novaflow/activities/cinder"
	"novaflow/activities/glance"
	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/resource"
	"novaflow/activities/inventory"
	"novaflow/activities/neutron"
	"novaflow/activities/nova"
	"novaflow/saga"
)

// markContracts are what every cloud must hold to when resources that exist are marked,
// and when marks are deleted.
var markContracts = []struct {
	name string
	try  func(*testing.T, *world)
}{
	{"a mark is taken away, another one written, and the first brought back", marksComeAndGo},
	{"the undo of a network leaves alone what was let go", networkLetGo},
	{"what has no mark, and what belongs to others, is refused", marksRefused},
}

func TestMarkContracts(t *testing.T) { tryContracts(t, markContracts) }

func marksComeAndGo(t *testing.T, w *world) {
	m := w.machine(t)
	defer w.takeApart(t, m)
	group := neutron.CreateSecurityGroupInput{Cloud: w.cloud, Name: w.run}
	must(t, w, "group", (*neutron.Activities)(nil).CreateSecurityGroup, group)
	defer undo(t, w, "group", (*neutron.Activities)(nil).DeleteSecurityGroup, group, nil)
	n := w.network(t)
	defer w.removeNetwork(t, n)
	image := w.image()
	must(t, w, "image", (*glance.Activities)(nil).CreateImage, image)
	defer undo(t, w, "image", (*glance.Activities)(nil).DeleteImage, image, nil)
	c, err := w.clouds.Open(context.Background(), w.cloud)
	require.NoError(t, err)
	all, err := inventory.ListMarked(context.Background(), w.clouds, w.cloud)
	require.NoError(t, err)
	kinds := map[string]bool{}
	for _, o := range all {
		if _, can := inventory.Markers[o.Kind]; can && o.Mark.Run() == w.run {
			kinds[o.Kind] = true
			t.Run(o.Kind, func(t *testing.T) { w.remarked(t, c, o) })
		}
	}
	require.Len(t, kinds, len(inventory.Markers), "each kind was tried")
}

// remarked lets a resource go, adopts it, and brings it back, each of it twice.
func (w *world) remarked(t *testing.T, c *cloud.Client, o resource.OwnedObject) {
	requireMark := func(want saga.Mark) {
		t.Helper()
		now, err := inventory.Markers[o.Kind].Fetch(context.Background(), c, o.ID)
		require.NoError(t, err)
		require.Equal(t, want, now.Mark)
		require.Equal(t, o.Name, now.Name, "nothing else is touched")
		for _, mark := range []saga.Mark{o.Mark, w.mark("adopt")} {
			require.Len(t, w.carrying(t, c, o, mark), map[bool]int{true: 1}[mark == want], "found by %s", mark)
		}
	}
	for range 2 {
		must(t, w, "release", (*inventory.Activities)(nil).ReleaseObject, o)
		requireMark("")
	}
	undo(t, w, "other", (*inventory.Activities)(nil).DisownObject, o, nil)
	for range 2 {
		require.Equal(t, w.mark("adopt"), must(t, w, "adopt", (*inventory.Activities)(nil).AdoptObject, o).Mark)
		requireMark(w.mark("adopt"))
	}
	_, err := do(t, w, "another", (*inventory.Activities)(nil).AdoptObject, o)
	require.Equal(t, cloud.InvalidRequest, application(t, err).Type())
	undo(t, w, "another", (*inventory.Activities)(nil).DisownObject, o, nil)
	undo(t, w, "release", (*inventory.Activities)(nil).ReclaimObject, o, nil)
	requireMark(w.mark("adopt"))
	for range 2 {
		undo(t, w, "adopt", (*inventory.Activities)(nil).DisownObject, o, nil)
		requireMark("")
	}
	for range 2 {
		undo(t, w, "release", (*inventory.Activities)(nil).ReclaimObject, o, nil)
		requireMark(o.Mark)
	}
	if !inventory.Markers[o.Kind].Parts {
		w.described(t, c, o)
	}
}

// described writes a user's own text in the place of a deleted mark. The bug: restoring
// the mark overwrote that text.
func (w *world) described(t *testing.T, c *cloud.Client, o resource.OwnedObject) {
	t.Helper()
	must(t, w, "release", (*inventory.Activities)(nil).ReleaseObject, o)
	const words = "of the platform team"
	for _, text := range []string{words, ""} {
		require.NoError(t, inventory.Markers[o.Kind].Mark(context.Background(), c, o.ID, saga.Mark(text)))
		undo(t, w, "release", (*inventory.Activities)(nil).ReclaimObject, o, nil)
		now, err := inventory.Markers[o.Kind].Fetch(context.Background(), c, o.ID)
		require.NoError(t, err)
		require.Equal(t, text, now.Text)
		require.Equal(t, text == "", now.Mark == o.Mark)
	}
}

// carrying are the resources of the kind of o that a search for a mark finds.
func (w *world) carrying(t *testing.T, c *cloud.Client, o resource.OwnedObject,
	m saga.Mark) (found []resource.OwnedObject) {
	t.Helper()
	look := map[string]func() ([]resource.OwnedObject, error){
		resource.KindServer: func() ([]resource.OwnedObject, error) {
			return inventory.ToObjects(nova.Servers.ListMarked(context.Background(), c, m))
		},
		resource.KindVolume: func() ([]resource.OwnedObject, error) {
			return inventory.ToObjects(cinder.Volumes.ListMarked(context.Background(), c, m))
		},
		resource.KindPort: func() ([]resource.OwnedObject, error) {
			return inventory.ToObjects(neutron.Ports.ListMarked(context.Background(), c, m))
		},
		resource.KindFloatingIP: func() ([]resource.OwnedObject, error) {
			return inventory.ToObjects(neutron.FloatingIPs.ListMarked(context.Background(), c, m))
		},
		resource.KindNetwork: func() ([]resource.OwnedObject, error) {
			return inventory.ToObjects(neutron.Networks.ListMarked(context.Background(), c, m))
		},
		resource.KindSubnet: func() ([]resource.OwnedObject, error) {
			return inventory.ToObjects(neutron.Subnets.ListMarked(context.Background(), c, m))
		},
		resource.KindRouter: func() ([]resource.OwnedObject, error) {
			return inventory.ToObjects(neutron.Routers.ListMarked(context.Background(), c, m))
		},
		resource.KindRouterInterface: func() ([]resource.OwnedObject, error) {
			return inventory.ToObjects(neutron.Ports.ListMarked(context.Background(), c, m))
		},
		resource.KindImage: func() ([]resource.OwnedObject, error) {
			return inventory.ToObjects(glance.Images.ListMarked(context.Background(), c, m))
		},
		resource.KindSecurityGroup: func() ([]resource.OwnedObject, error) {
			return inventory.ToObjects(neutron.SecurityGroups.ListMarked(context.Background(), c, m))
		},
	}[o.Kind]
	all, err := look()
	require.NoError(t, err)
	for _, one := range all {
		if one.ID == o.ID {
			found = append(found, one)
		}
	}
	return found
}

// networkLetGo releases a network with all its parts and undoes its create. The bug: a
// server on the network would lose its router and the traffic that its group allows. A
// network with a user's description in the place of the mark is not adopted, and keeps
// the description.
func networkLetGo(t *testing.T, w *world) {
	n := w.network(t)
	group := neutron.CreateSecurityGroupInput{Cloud: w.cloud, Name: w.run}
	g := must(t, w, "group", (*neutron.Activities)(nil).CreateSecurityGroup, group)
	rule := neutron.CreateSecurityGroupRuleInput{Cloud: w.cloud, SecurityGroupID: g.ID, Protocol: "tcp", PortMin: 22,
		PortMax: 22}
	made := must(t, w, "rule", (*neutron.Activities)(nil).CreateSecurityGroupRule, rule)
	plugged := must(t, w, interfaceTask(0), (*neutron.Activities)(nil).AddRouterInterface, n.interfaces[0])
	query := inventory.MarkQuery{Cloud: w.cloud, Kind: resource.KindNetwork, Name: w.run}
	found, err := call(t, w, (*inventory.Activities)(nil).CheckRelease, query)
	require.NoError(t, err)
	all := append(found.Others, found.Object)
	require.Len(t, all, 11, "five subnets, three interfaces, router, group and network")
	for _, o := range all {
		must(t, w, o.ID, (*inventory.Activities)(nil).ReleaseObject, o)
	}
	undo(t, w, interfaceTask(0), (*neutron.Activities)(nil).RemoveRouterInterface, n.interfaces[0], &plugged)
	undo(t, w, "gateway", (*neutron.Activities)(nil).ClearRouterGateway, n.gateway, nil)
	undo(t, w, "rule", (*neutron.Activities)(nil).DeleteSecurityGroupRule, rule, &made)
	c, err := w.clouds.Open(context.Background(), w.cloud)
	require.NoError(t, err)
	left, err := neutron.ListRawPorts(context.Background(), c, ports.ListOpts{
		DeviceID: n.interfaces[0].RouterID, FixedIPs: []ports.FixedIPOpts{{SubnetID: n.interfaces[0].SubnetID}},
	})
	require.NoError(t, err)
	left = slices.DeleteFunc(left, func(p ports.Port) bool { return !neutron.IsRouterInterface(p.DeviceOwner) })
	require.Len(t, left, 1, "the interface is there")
	r, err := neutron.Routers.Get(context.Background(), c, n.routed.ID)
	require.NoError(t, err)
	require.Equal(t, n.gateway.ExternalNetworkID, r.ExternalNetworkID)
	_, err = rules.Get(context.Background(), c.Network, made.ID).Extract()
	require.NoError(t, err, "the rule is there")

	parts, err := call(t, w, (*inventory.Activities)(nil).ListAdoptParts, query)
	require.NoError(t, err)
	require.Len(t, parts, 5, "the subnets")
	words := "of the platform team"
	_, err = networks.Update(context.Background(), c.Network, n.made.ID, networks.UpdateOpts{Description: &words}).
		Extract()
	require.NoError(t, err)
	_, err = call(t, w, (*inventory.Activities)(nil).CheckAdopt, query)
	require.Contains(t, application(t, err).Message(), words)
	_, err = do(t, w, "adopt", (*inventory.Activities)(nil).AdoptObject, n.made.OwnedObject)
	require.Equal(t, cloud.InvalidRequest, application(t, err).Type())
	undo(t, w, "adopt", (*inventory.Activities)(nil).DisownObject, n.made.OwnedObject, nil)
	undo(t, w, "release", (*inventory.Activities)(nil).ReclaimObject, found.Object, nil)
	now, err := neutron.Networks.Get(context.Background(), c, n.made.ID)
	require.NoError(t, err)
	require.Equal(t, words, now.Text)
	words = ""
	_, err = networks.Update(context.Background(), c.Network, n.made.ID, networks.UpdateOpts{Description: &words}).
		Extract()
	require.NoError(t, err)
	for _, o := range all {
		undo(t, w, o.ID, (*inventory.Activities)(nil).ReclaimObject, o, nil)
	}
	undo(t, w, "rule", (*neutron.Activities)(nil).DeleteSecurityGroupRule, rule, &made)
	undo(t, w, "group", (*neutron.Activities)(nil).DeleteSecurityGroup, group, &g)
	w.removeNetwork(t, n)
}

// removeNetwork takes a network away.
func (w *world) removeNetwork(t *testing.T, n testNetwork) {
	t.Helper()
	for i := range n.interfaces {
		undo(t, w, interfaceTask(i), (*neutron.Activities)(nil).RemoveRouterInterface, n.interfaces[i], nil)
	}
	undo(t, w, "router", (*neutron.Activities)(nil).DeleteRouter, n.router, &n.routed) // its gateway goes first
	undo(t, w, "network", (*neutron.Activities)(nil).DeleteNetwork, n.network, nil)
}

func marksRefused(t *testing.T, w *world) {
	v := w.volume(t, "data", cinder.CreateVolumeInput{SizeGiB: 1})
	defer undo(t, w, "data", (*cinder.Activities)(nil).DeleteVolume, cinder.CreateVolumeInput{Cloud: w.cloud}, nil)
	query := inventory.MarkQuery{Cloud: w.cloud, Kind: resource.KindVolume, Name: v.ID}
	_, err := call(t, w, (*inventory.Activities)(nil).CheckAdopt, query)
	require.Contains(t, application(t, err).Message(), "is managed by novaflow already: run "+w.run)
	own := query
	own.Run = w.run
	_, err = call(t, w, (*inventory.Activities)(nil).CheckAdopt, own)
	require.NoError(t, err, "what the run itself has marked is no obstacle")
	must(t, w, "release", (*inventory.Activities)(nil).ReleaseObject, v.OwnedObject)
	_, err = call(t, w, (*inventory.Activities)(nil).CheckRelease, query)
	require.Contains(t, application(t, err).Message(), "there is nothing to release")
	found, err := call(t, w, (*inventory.Activities)(nil).CheckAdopt, query)
	require.NoError(t, err)
	require.Equal(t, v.ID, found.ID)
	_, may, err := inventory.ListMarkedProjects(context.Background(), w.clouds, w.cloud)
	require.NoError(t, err, "a member is refused the list, which is no failure")
	require.False(t, may)
	if a := w.admin(); a.cloud != "" {
		_, may, err = inventory.ListMarkedProjects(context.Background(), w.clouds, a.cloud)
		require.NoError(t, err)
		require.True(t, may)
		query.Cloud = a.cloud
		_, err = call(t, a, (*inventory.Activities)(nil).CheckAdopt, query)
		require.Contains(t, application(t, err).Message(), "ask with a cloud entry of its own project")
	}
	undo(t, w, "release", (*inventory.Activities)(nil).ReclaimObject, v.OwnedObject, nil)
}
