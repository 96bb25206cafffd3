package activities

import (
	"context"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/networks"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/ports"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/subnets"
	"github.com/stretchr/testify/require"

	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/resource"
	"novaflow/activities/inventory"
	"novaflow/activities/neutron"
	"novaflow/saga"
)

// testNetwork is a network with everything that a flow gives it.
type testNetwork struct {
	network    neutron.CreateNetworkInput
	subnets    []neutron.CreateSubnetInput
	router     neutron.CreateRouterInput
	gateway    neutron.SetRouterGatewayInput
	interfaces []neutron.AddRouterInterfaceInput

	made   neutron.Network
	routed neutron.Router
}

func subnetTask(i int) string { return "subnet-" + string(rune('0'+i)) }

func interfaceTask(i int) string { return "interface-" + string(rune('0'+i)) }

func (w *world) network(t *testing.T) testNetwork {
	n := testNetwork{network: neutron.CreateNetworkInput{Cloud: w.cloud, Name: w.run, MTU: 1400},
		router: neutron.CreateRouterInput{Cloud: w.cloud, Name: w.run}}
	n.made = must(t, w, "network", (*neutron.Activities)(nil).CreateNetwork, n.network)
	require.Equal(t, n.made.ID, must(t, w, "network", (*neutron.Activities)(nil).CreateNetwork, n.network).ID)
	n.routed = must(t, w, "router", (*neutron.Activities)(nil).CreateRouter, n.router)
	for i, s := range []neutron.CreateSubnetInput{
		{CIDR: "10.177.0.0/24", Gateway: "10.177.0.254", DNS: []string{"192.0.2.53"},
			Pools: []neutron.Pool{{Start: "10.177.0.10", End: "10.177.0.99"}}},
		{CIDR: "10.178.0.0/24", NoDHCP: true},
		{CIDR: "fd00:177::/64", IPv6RAMode: "slaac", IPv6AddressMode: "slaac"},
		{CIDR: "fd00:178::/64", Gateway: "fd00:178::1", IPv6RAMode: "dhcpv6-stateful",
			IPv6AddressMode: "dhcpv6-stateful"},
		{CIDR: "10.179.0.0/24", Gateway: neutron.NoGateway},
	} {
		s.Cloud, s.Name, s.NetworkID = w.cloud, w.run, n.made.ID
		made := must(t, w, subnetTask(i), (*neutron.Activities)(nil).CreateSubnet, s)
		require.Equal(t, made.ID, must(t, w, subnetTask(i), (*neutron.Activities)(nil).CreateSubnet, s).ID)
		require.Equal(t, s.CIDR, made.CIDR)
		n.subnets = append(n.subnets, s)
		if s.Gateway != neutron.NoGateway {
			require.NotEmpty(t, made.Gateway)
			n.interfaces = append(n.interfaces, neutron.AddRouterInterfaceInput{Cloud: w.cloud, RouterID: n.routed.ID,
				SubnetID: made.ID})
		}
	}
	n.gateway = neutron.SetRouterGatewayInput{Cloud: w.cloud, RouterID: n.routed.ID,
		ExternalNetworkID: w.plan(t).ExternalNetwork.ID}
	g := must(t, w, "gateway", (*neutron.Activities)(nil).SetRouterGateway, n.gateway)
	require.NotEmpty(t, g.IPs)
	require.Equal(t, g.IPs, must(t, w, "gateway", (*neutron.Activities)(nil).SetRouterGateway, n.gateway).IPs)
	for i, in := range n.interfaces {
		made := must(t, w, interfaceTask(i), (*neutron.Activities)(nil).AddRouterInterface, in)
		require.Equal(t, made.ID, must(t, w, interfaceTask(i), (*neutron.Activities)(nil).AddRouterInterface, in).ID)
	}
	return n
}

func wholeNetwork(t *testing.T, w *world) {
	n := w.network(t)
	owned, err := call(t, w, (*inventory.Activities)(nil).ResolveOwnedNetwork,
		inventory.OwnedNetworkQuery{Cloud: w.cloud, Network: w.run})
	require.NoError(t, err)
	require.Equal(t, w.run, owned.Run)
	require.Equal(t, n.made.ID, owned.Network.ID)
	kinds := map[string]int{}
	for _, o := range owned.Objects {
		kinds[o.Kind]++
		require.Equal(t, w.run, o.Mark.Run())
	}
	require.Equal(t, map[string]int{resource.KindSubnet: 5, resource.KindRouter: 1, resource.KindRouterInterface: 3},
		kinds, "two IPv6 subnets share a port")

	for i := len(n.interfaces) - 1; i >= 0; i-- {
		undo(t, w, interfaceTask(i), (*neutron.Activities)(nil).RemoveRouterInterface, n.interfaces[i], nil)
		undo(t, w, interfaceTask(i), (*neutron.Activities)(nil).RemoveRouterInterface, n.interfaces[i], nil)
	}
	undo(t, w, "gateway", (*neutron.Activities)(nil).ClearRouterGateway, n.gateway, nil)
	undo(t, w, "gateway", (*neutron.Activities)(nil).ClearRouterGateway, n.gateway, nil)
	undo(t, w, "router", (*neutron.Activities)(nil).DeleteRouter, n.router, nil)
	for i, s := range n.subnets {
		undo(t, w, subnetTask(i), (*neutron.Activities)(nil).DeleteSubnet, s, nil)
	}
	undo(t, w, "network", (*neutron.Activities)(nil).DeleteNetwork, n.network, &n.made)
	undo(t, w, "network", (*neutron.Activities)(nil).DeleteNetwork, n.network, &n.made)
	undo(t, w, interfaceTask(0), (*neutron.Activities)(nil).RemoveRouterInterface, n.interfaces[0], nil)
	undo(t, w, "gateway", (*neutron.Activities)(nil).ClearRouterGateway, n.gateway, nil)
}

// lostInterface: the request that creates an interface carries no mark.
func lostInterface(t *testing.T, w *world) {
	network := neutron.CreateNetworkInput{Cloud: w.cloud, Name: w.run}
	n := must(t, w, "network", (*neutron.Activities)(nil).CreateNetwork, network)
	subnet := neutron.CreateSubnetInput{Cloud: w.cloud, Name: w.run, NetworkID: n.ID, CIDR: "10.177.0.0/24"}
	s := must(t, w, "subnet", (*neutron.Activities)(nil).CreateSubnet, subnet)
	router := neutron.CreateRouterInput{Cloud: w.cloud, Name: w.run}
	r := must(t, w, "router", (*neutron.Activities)(nil).CreateRouter, router)
	in := neutron.AddRouterInterfaceInput{Cloud: w.cloud, RouterID: r.ID, SubnetID: s.ID}

	c, err := w.clouds.Open(context.Background(), w.cloud)
	require.NoError(t, err)
	transport := &c.Compute.HTTPClient
	whole := transport.Transport
	lose := &losing{RoundTripper: whole, method: http.MethodPut, path: regexp.MustCompile("/add_router_interface$")}
	transport.Transport = lose
	defer func() { transport.Transport = whole }()
	made, attempts := retried(t, w, "interface", (*neutron.Activities)(nil).AddRouterInterface, in)
	require.Equal(t, 2, attempts)
	require.Equal(t, w.mark("interface"), made.Mark)
	held, err := neutron.ListRawPorts(context.Background(), c, ports.ListOpts{DeviceID: r.ID})
	require.NoError(t, err)
	require.Len(t, held, 1)
	require.Equal(t, string(w.mark("interface")), held[0].Description)

	undo(t, w, "interface", (*neutron.Activities)(nil).RemoveRouterInterface, in, nil)
	undo(t, w, "router", (*neutron.Activities)(nil).DeleteRouter, router, nil)
	undo(t, w, "subnet", (*neutron.Activities)(nil).DeleteSubnet, subnet, nil)
	undo(t, w, "network", (*neutron.Activities)(nil).DeleteNetwork, network, nil)
}

func removeOwnedNetwork(t *testing.T, w *world) {
	n := w.network(t)
	owned, err := call(t, w, (*inventory.Activities)(nil).ResolveOwnedNetwork,
		inventory.OwnedNetworkQuery{Cloud: w.cloud, Network: n.made.ID})
	require.NoError(t, err)
	for _, kind := range []string{resource.KindRouterInterface, resource.KindRouter, resource.KindSubnet} {
		for _, o := range owned.Objects {
			if o.Kind != kind {
				continue
			}
			do := map[string]func(context.Context, saga.Intent[resource.OwnedObject]) (resource.Removed, error){
				resource.KindRouterInterface: (*neutron.Activities)(nil).RemoveInterfacePort,
				resource.KindRouter:          (*neutron.Activities)(nil).RemoveRouter,
				resource.KindSubnet:          (*neutron.Activities)(nil).RemoveSubnet,
			}[kind]
			stranger := o
			stranger.Mark = "novaflow:another/thing#1"
			must(t, w, "remove", do, stranger)
			must(t, w, "remove", do, o)
			must(t, w, "remove", do, o)
		}
	}
	must(t, w, "remove", (*neutron.Activities)(nil).RemoveNetwork, owned.Network)
	_, err = call(t, w, (*inventory.Activities)(nil).ResolveOwnedNetwork,
		inventory.OwnedNetworkQuery{Cloud: w.cloud, Network: w.run, Run: w.run})
	require.Contains(t, application(t, err).Message(), "there is no network")
}

func networkInUse(t *testing.T, w *world) {
	n := w.network(t)
	ctx := context.Background()
	c, err := w.clouds.Open(ctx, w.cloud)
	require.NoError(t, err)
	theirs, err := ports.Create(ctx, c.Network, ports.CreateOpts{NetworkID: n.made.ID, Name: "their port"}).Extract()
	require.NoError(t, err)
	extra, err := subnets.Create(ctx, c.Network, subnets.CreateOpts{NetworkID: n.made.ID, Name: "their subnet",
		CIDR: "10.190.0.0/24", IPVersion: 4}).Extract()
	require.NoError(t, err)
	_, err = call(t, w, (*inventory.Activities)(nil).ResolveOwnedNetwork,
		inventory.OwnedNetworkQuery{Cloud: w.cloud, Network: w.run})
	app := application(t, err)
	require.Equal(t, cloud.InvalidRequest, app.Type())
	require.Contains(t, app.Message(), `port "their port" (`+theirs.ID+`)`)
	require.Contains(t, app.Message(), `subnet "their subnet" (`+extra.ID+`) (10.190.0.0/24)`)
	require.Equal(t, 2, strings.Count(app.Message(), "\n- "), app.Message())

	// One that appears later is in neutron's refusal.
	err = neutron.Networks.Delete(ctx, c, n.made)
	require.Equal(t, cloud.Conflict, cloud.ClassOf(err))
	require.Contains(t, err.Error(), "ports still in use on the network")
	require.Contains(t, err.Error(), `port "their port" (`+theirs.ID+`)`)
	require.NoError(t, ports.Delete(ctx, c.Network, theirs.ID).ExtractErr())
	require.NoError(t, subnets.Delete(ctx, c.Network, extra.ID).ExtractErr())

	w.removeNetwork(t, n)
}

func checkNetworkProblems(t *testing.T, w *world) {
	router := neutron.CreateRouterInput{Cloud: w.cloud, Name: w.run}
	r := must(t, w, "router", (*neutron.Activities)(nil).CreateRouter, router)
	gateway := neutron.SetRouterGatewayInput{Cloud: w.cloud, RouterID: r.ID,
		ExternalNetworkID: w.plan(t).ExternalNetwork.ID}
	must(t, w, "gateway", (*neutron.Activities)(nil).SetRouterGateway, gateway)
	_, err := call(t, w, (*neutron.Activities)(nil).CheckNetwork, neutron.NetworkQuery{
		Cloud: w.cloud, Name: w.run, CIDRs: []string{"203.0.113.0/24", "10.0.0.0/33"}, Interfaces: 100000,
		Router: w.run, Rules: 100000, SecurityGroup: true, ExternalNetwork: "publik",
	})
	app := application(t, err)
	require.Equal(t, cloud.InvalidRequest, app.Type())
	for _, words := range []string{
		"203.0.113.0/24 overlaps", `"10.0.0.0/33" is no range`, `no external network "publik"; did you mean "public"?`,
		"quota exceeded for port", "quota exceeded for security_group_rule",
	} {
		require.Contains(t, app.Message(), words)
	}
	require.Equal(t, 5, strings.Count(app.Message(), "\n- "), app.Message())
	_, err = call(t, w, (*neutron.Activities)(nil).CheckNetwork,
		neutron.NetworkQuery{Cloud: w.cloud, Name: w.run, Router: w.run[:12] + "X", ExternalNetwork: "private"})
	require.Contains(t, application(t, err).Message(), `there is no router`)
	require.Contains(t, application(t, err).Message(), `is not external`)
	plan, err := call(t, w, (*neutron.Activities)(nil).CheckNetwork,
		neutron.NetworkQuery{Cloud: w.cloud, Name: w.run, CIDRs: []string{"10.177.0.0/24"}, Interfaces: 1,
			Router: w.run})
	require.NoError(t, err)
	require.Equal(t, r.ID, plan.RouterID)

	network := neutron.CreateNetworkInput{Cloud: w.cloud, Name: w.run}
	n := must(t, w, "network", (*neutron.Activities)(nil).CreateNetwork, network)
	_, err = call(t, w, (*neutron.Activities)(nil).CheckNetwork,
		neutron.NetworkQuery{Cloud: w.cloud, Run: "another", Name: w.run})
	require.Contains(t, application(t, err).Message(), n.ID+", created by run "+w.run)
	undo(t, w, "network", (*neutron.Activities)(nil).DeleteNetwork, network, nil)
	undo(t, w, "gateway", (*neutron.Activities)(nil).ClearRouterGateway, gateway, nil)
	undo(t, w, "router", (*neutron.Activities)(nil).DeleteRouter, router, nil)
}

func strangeNetworkNames(t *testing.T, w *world) {
	ctx := context.Background()
	c, err := w.clouds.Open(ctx, w.cloud)
	require.NoError(t, err)
	for i, name := range []string{`%`, `%_`, `.*`, `(x)[1]{2}^$\`, `it's "so"`, `wäb-网络`, `--help`,
		`a&name=private#?d`, "two\nlines"} {
		input := neutron.CreateNetworkInput{Cloud: w.cloud, Name: w.run + name}
		n := must(t, w, subnetTask(i), (*neutron.Activities)(nil).CreateNetwork, input)
		for _, by := range []string{input.Name, n.ID} {
			found, err := neutron.Networks.Find(ctx, c, by)
			require.NoError(t, err, name)
			require.Len(t, found, 1, name)
			require.Equal(t, n.ID, found[0].ID, name)
		}
		undo(t, w, subnetTask(i), (*neutron.Activities)(nil).DeleteNetwork, input, nil)
	}
	theirs, err := networks.Create(ctx, c.Network, networks.CreateOpts{Name: w.run}).Extract()
	require.NoError(t, err)
	defer func() { require.NoError(t, networks.Delete(ctx, c.Network, theirs.ID).ExtractErr()) }()
	for name, words := range map[string]string{w.run: "not created by novaflow", theirs.ID: "not created by novaflow",
		w.run + "%": "there is no network", uuid.NewString(): "there is no network"} {
		_, err := call(t, w, (*inventory.Activities)(nil).ResolveOwnedNetwork,
			inventory.OwnedNetworkQuery{Cloud: w.cloud, Network: name})
		require.Equal(t, cloud.InvalidRequest, application(t, err).Type())
		require.Contains(t, application(t, err).Message(), words)
	}
}
