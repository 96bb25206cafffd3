package activities

import (
	"testing"

	"github.com/stretchr/testify/require"

	"novaflow/activities/cinder"
	"novaflow/activities/internal/resource"
	"novaflow/activities/neutron"
	"novaflow/activities/nova"
	"novaflow/internal/devcloud"
	"novaflow/saga"
)

// TestWaitBearsAListThatFails: the list that waits share may fail now and then,
// and a wait that ended with it would have to be begun again.
func TestWaitBearsAListThatFails(t *testing.T) {
	w := newDevcloud(t, devcloud.Options{}).fresh(t)
	plan := w.plan(t)
	server := nova.CreateServerInput{Cloud: w.cloud, Name: w.run, FlavorID: plan.FlavorID, ImageID: plan.ImageID}
	s := must(t, w, "server", (*nova.Activities)(nil).CreateServer, server)
	w.dev.AddFault(devcloud.Fault{Service: "nova", Method: "GET", Path: "/servers/detail", Action: "503", Count: 2})
	_, err := call(t, w, (*nova.Activities)(nil).WaitServer, nova.ServerWait{Cloud: w.cloud, ID: s.ID, Name: s.Name})
	require.NoError(t, err)

	w.dev.AddFault(devcloud.Fault{Service: "nova", Method: "GET", Path: "/servers/detail", Action: "own:403", Count: 1,
		Text: "not yours"})
	_, err = call(t, w, (*nova.Activities)(nil).WaitServer, nova.ServerWait{Cloud: w.cloud, ID: s.ID, Name: s.Name})
	require.Regexp(t, `^list servers: nova: not yours \(HTTP 403`, application(t, err).Message())
	undo(t, w, "server", (*nova.Activities)(nil).DeleteServer, server, &s)
}

// TestAListThatEndsIsNoAbsence: cinder answers 404 when the volume at which a
// page was to go on has been deleted. That says nothing of the volume waited for.
func TestAListThatEndsIsNoAbsence(t *testing.T) {
	w := newDevcloud(t, devcloud.Options{}).fresh(t)
	volume := cinder.CreateVolumeInput{Cloud: w.cloud, Name: w.run, SizeGiB: 1}
	v := must(t, w, "volume", (*cinder.Activities)(nil).CreateVolume, volume)
	w.dev.AddFault(devcloud.Fault{Service: "cinder", Method: "DELETE", Path: "/volumes/", Action: "slow:1s", Count: 1})
	w.dev.AddFault(devcloud.Fault{Service: "cinder", Method: "GET", Path: "/volumes/detail", Action: "own:404",
		Count: 2, Skip: 1, Text: "Volume marker could not be found."})
	_, err := call(t, w, (*cinder.Activities)(nil).RemoveVolume, saga.Intent[resource.OwnedObject]{In: v.Object()})
	require.NoError(t, err)
	require.Empty(t, w.marked(t), "returned before the volume was gone")
}

// TestInterfaceThatIsNotListedYetIsAdopted: the answer to an interface is lost and
// lists lag, so neutron alone knows that the router "already has a port". Eight
// attempts that ran into that would end the run.
func TestInterfaceThatIsNotListedYetIsAdopted(t *testing.T) {
	w := newDevcloud(t, devcloud.Options{}).fresh(t)
	network := neutron.CreateNetworkInput{Cloud: w.cloud, Name: w.run}
	n := must(t, w, "network", (*neutron.Activities)(nil).CreateNetwork, network)
	subnet := neutron.CreateSubnetInput{Cloud: w.cloud, Name: w.run, NetworkID: n.ID, CIDR: "10.177.0.0/24"}
	s := must(t, w, "subnet", (*neutron.Activities)(nil).CreateSubnet, subnet)
	router := neutron.CreateRouterInput{Cloud: w.cloud, Name: w.run}
	r := must(t, w, "router", (*neutron.Activities)(nil).CreateRouter, router)
	in := neutron.AddRouterInterfaceInput{Cloud: w.cloud, RouterID: r.ID, SubnetID: s.ID}
	w.dev.AddFault(devcloud.Fault{Service: "neutron", Method: "PUT", Path: "/add_router_interface$", Action: "lag:3",
		Count: 1})
	made := must(t, w, "interface", (*neutron.Activities)(nil).AddRouterInterface, in)
	w.dev.ResetCalls()
	require.Equal(t, made.ID, must(t, w, "interface", (*neutron.Activities)(nil).AddRouterInterface, in).ID,
		"in one attempt")
	require.Equal(t, 1, w.dev.Calls()["neutron PUT /routers/{id}/add_router_interface"], "%v", w.dev.Calls())
	undo(t, w, "interface", (*neutron.Activities)(nil).RemoveRouterInterface, in, nil)
	undo(t, w, "router", (*neutron.Activities)(nil).DeleteRouter, router, nil)
	undo(t, w, "subnet", (*neutron.Activities)(nil).DeleteSubnet, subnet, nil)
	undo(t, w, "network", (*neutron.Activities)(nil).DeleteNetwork, network, nil)
}
