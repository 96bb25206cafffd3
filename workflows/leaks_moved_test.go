package workflows_test

import (
	"testing"
	"time"

	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/attachinterfaces"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/servers"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/layer3/floatingips"
	"github.com/stretchr/testify/require"

	"novaflow/activities"
	"novaflow/workflows"
)

// A port and the floating IP of a server were moved to another one. Deleting the first
// server deleted both, as they carry its run's mark, and cut the other server off.
func TestLeakCureDoesNotTakeWhatAnotherServerHasByNow(t *testing.T) {
	w := leakWorld(t)
	spec := smallServer
	spec.Ingress = []workflows.Rule{{Protocol: "tcp", Port: 22}}
	spec.FloatingIP, spec.Ports = "auto", []workflows.PortSpec{{Network: "private"}, {Network: "private"}}
	require.NoError(t, w.create(spec))
	server, port, floating := w.idOf(t, "server", "web-1"), w.idOf(t, "port", "web-1-port-1"), ""
	for _, o := range w.Cloud.Inventory() {
		if o.Kind == "floating-ip" && o.Mark != "" {
			floating = o.ID
		}
	}
	var plan activities.ServerPlan
	w.activity(t, "CheckServer", activities.ServerQuery{Cloud: "devcloud", Name: "db-1", Image: "tiny", Flavor: "m1.nano", Networks: []string{"private"}}, &plan)
	network, _, compute := w.services(t)
	other, err := servers.Create(t.Context(), compute, servers.CreateOpts{
		Name: "db-1", ImageRef: plan.ImageID, FlavorRef: plan.FlavorID, Networks: []servers.Network{{UUID: plan.Networks[0].ID}},
	}, nil).Extract()
	require.NoError(t, err)
	require.Eventually(t, func() bool { return w.statusOf("server", "db-1") == "ACTIVE" }, time.Minute, time.Millisecond)
	require.NoError(t, attachinterfaces.Delete(t.Context(), compute, server, port).ExtractErr())
	require.Eventually(t, func() bool {
		_, err := attachinterfaces.Create(t.Context(), compute, other.ID, attachinterfaces.CreateOpts{PortID: port}).Extract()
		return err == nil
	}, time.Minute, time.Millisecond)
	_, err = floatingips.Update(t.Context(), network, floating, floatingips.UpdateOpts{PortID: &port}).Extract()
	require.NoError(t, err)

	a := w.begin(workflows.ServerDelete, deleteServer)
	require.NoError(t, a.end())
	var d workflows.Deleted
	require.NoError(t, a.env.GetWorkflowResult(&d))
	require.Len(t, d.Removed, 2, "the server and its first port: %v", d.Removed)
	require.Len(t, d.Left, 3, "the other port, the floating IP and the security group")
	require.Contains(t, d.Left[0]+d.Left[1], "server "+other.ID+" has it now")
	require.Equal(t, port, w.idOf(t, "port", "web-1-port-1"))
	ip, err := floatingips.Get(t.Context(), network, floating).Extract()
	require.NoError(t, err)
	require.Equal(t, port, ip.PortID)

	// What stayed is found again by the run that made it, and stays again.
	again := deleteServer
	again.Run = environmentRun
	require.ErrorContains(t, w.begin(workflows.ServerDelete, again).end(), "is used by others:\n- ")
	require.Equal(t, port, w.idOf(t, "port", "web-1-port-1"))
}
