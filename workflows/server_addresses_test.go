package workflows_test

import (
	"testing"

	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/layer3/floatingips"
	"github.com/stretchr/testify/require"

	"novaflow/workflows/server"
)

// Neutron points a floating IP to a port with several addresses only if the request names
// the address. The bug: it did not, so the server was always built and then reverted.
func TestAFloatingIPPointsToTheFirstOfSeveralAddresses(t *testing.T) {
	w := leakWorld(t)
	req := smallServer
	req.FloatingIP = "auto"
	req.Ports = []server.PortSpec{{Network: "private", FixedIPs: []server.FixedIP{{IP: "10.10.7.9"}, {IP: "10.10.7.8"}}}}
	require.NoError(t, w.create(req))
	networkAPI, _, _ := w.services(t)
	for _, o := range w.Cloud.Inventory() {
		if o.Kind == "floating-ip" && o.Mark != "" {
			ip, err := floatingips.Get(t.Context(), networkAPI, o.ID).Extract()
			require.NoError(t, err)
			require.Equal(t, "10.10.7.9", ip.FixedIP)
		}
	}
	require.NoError(t, w.begin(server.Delete.Workflow, deleteServer).end())
	w.asEmpty(t)
}
