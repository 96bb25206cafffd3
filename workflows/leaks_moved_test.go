package workflows_test

import (
	"testing"
	"time"

	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/attachinterfaces"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/servers"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/layer3/floatingips"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/ports"
	"github.com/stretchr/testify/require"

	"novaflow/activities/nova/plan"
	"novaflow/workflows/server"
	"novaflow/workflows/spec"
)

// A port and the floating IP of a server were moved to another one. Deleting the first
// server deleted both, as they carry its run's mark, and cut the other server off.
func TestLeakCureDoesNotTakeWhatAnotherServerHasByNow(t *testing.T) {
	w := leakWorld(t)
	req := smallServer
	req.Ingress = []spec.Rule{{Protocol: "tcp", Port: 22}}
	req.FloatingIP, req.Ports = "auto", []server.PortSpec{{Network: "private"}, {Network: "private"}}
	require.NoError(t, w.create(req))
	webServer, port, floating := w.idOf(t, "server", "web-1"), w.idOf(t, "port", "web-1-port-1"), w.floating()
	var found plan.ServerPlan
	w.activity(t, "CheckServer", plan.ServerQuery{Cloud: "devcloud", Name: "db-1", Image: "tiny", Flavor: "m1.nano",
		Networks: []string{"private"}}, &found)
	networkAPI, _, computeAPI := w.services(t)
	other, err := servers.Create(t.Context(), computeAPI, servers.CreateOpts{
		Name: "db-1", ImageRef: found.ImageID, FlavorRef: found.FlavorID,
		Networks: []servers.Network{{UUID: found.Networks[0].ID}},
	}, nil).Extract()
	require.NoError(t, err)
	require.Eventually(t, func() bool { return w.statusOf("server", "db-1") == "ACTIVE" }, time.Minute,
		time.Millisecond)
	require.NoError(t, attachinterfaces.Delete(t.Context(), computeAPI, webServer, port).ExtractErr())
	require.Eventually(t, func() bool {
		_, err := attachinterfaces.Create(t.Context(), computeAPI, other.ID,
			attachinterfaces.CreateOpts{PortID: port}).Extract()
		return err == nil
	}, time.Minute, time.Millisecond)
	_, err = floatingips.Update(t.Context(), networkAPI, floating, floatingips.UpdateOpts{PortID: &port}).Extract()
	require.NoError(t, err)

	deleteTwice(t, w, port, floating, other.ID)
}

// A floating IP that points to a load balancer by now is needed there.
func TestLeakCureDoesNotTakeAFloatingIPThatALoadBalancerHasByNow(t *testing.T) {
	w := leakWorld(t)
	req := smallServer
	req.FloatingIP = "auto"
	require.NoError(t, w.create(req))
	networkAPI, _, _ := w.services(t)
	vip, err := ports.Create(t.Context(), networkAPI, ports.CreateOpts{NetworkID: w.idOf(t, "network", "private"),
		DeviceOwner: "Octavia", DeviceID: "lb-7"}).Extract()
	require.NoError(t, err)
	_, err = floatingips.Update(t.Context(), networkAPI, w.floating(),
		floatingips.UpdateOpts{PortID: &vip.ID}).Extract()
	require.NoError(t, err)
	a := w.begin(server.Delete.Workflow, deleteServer)
	require.NoError(t, a.end())
	var d spec.Deleted
	require.NoError(t, a.env.GetWorkflowResult(&d))
	require.Len(t, d.Left, 1)
	require.Contains(t, d.Left[0], "Octavia lb-7 has it now")
	require.NotEmpty(t, w.floating())
}

// floating is the id of the floating IP that a run has created, "" if there is none.
func (w *cloudWorld) floating() string {
	for _, o := range w.Cloud.Inventory() {
		if o.Kind == "floating-ip" && o.Mark != "" {
			return o.ID
		}
	}
	return ""
}

// deleteTwice deletes the server, of which a port and the floating IP are another's now.
func deleteTwice(t *testing.T, w *cloudWorld, port, floating, other string) {
	networkAPI, _, _ := w.services(t)
	a := w.begin(server.Delete.Workflow, deleteServer)
	require.NoError(t, a.end())
	var d spec.Deleted
	require.NoError(t, a.env.GetWorkflowResult(&d))
	require.Len(t, d.Removed, 2, "the server and its first port: %v", d.Removed)
	require.Len(t, d.Left, 3, "the other port, the floating IP and the security group")
	require.Contains(t, d.Left[0]+d.Left[1], "server "+other+" has it now")
	require.Equal(t, port, w.idOf(t, "port", "web-1-port-1"))
	ip, err := floatingips.Get(t.Context(), networkAPI, floating).Extract()
	require.NoError(t, err)
	require.Equal(t, port, ip.PortID)

	// The run that created what stayed finds it again, and it stays again.
	again := deleteServer
	again.Run = environmentRun
	require.ErrorContains(t, w.begin(server.Delete.Workflow, again).end(), "others use what its run created:\n- ")
	require.Equal(t, port, w.idOf(t, "port", "web-1-port-1"))
}
