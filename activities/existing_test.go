package activities

import (
	"context"
	"testing"

	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/ports"
	"github.com/stretchr/testify/require"

	"novaflow/activities/nova/attach"
	"novaflow/internal/devcloud"
)

// TestPortThatNamesAServerThatIsGoneIsFreed: nova may delete a server and not tell
// neutron. The user's port could then never be used again.
func TestPortThatNamesAServerThatIsGoneIsFreed(t *testing.T) {
	w := newDevcloud(t, devcloud.Options{}).fresh(t)
	port, _ := w.hand(t)
	c, err := w.clouds.Open(context.Background(), w.cloud)
	require.NoError(t, err)
	before := w.portAsItIs(t, port)
	gone, owner := "11111111-2222-3333-4444-555555555555", "compute:nova"
	_, err = ports.Update(context.Background(), c.Network, port,
		ports.UpdateOpts{DeviceID: &gone, DeviceOwner: &owner}).Extract()
	require.NoError(t, err)
	undo(t, w, "port", (*attach.Activities)(nil).ReleasePort, attach.ReservePortInput{Cloud: w.cloud, PortID: port},
		nil)
	require.Equal(t, before, w.portAsItIs(t, port))
}

// TestPortOfARouterIsLeftAlone: what uses it is no server of the run.
func TestPortOfARouterIsLeftAlone(t *testing.T) {
	w := newDevcloud(t, devcloud.Options{}).fresh(t)
	port, _ := w.hand(t)
	c, err := w.clouds.Open(context.Background(), w.cloud)
	require.NoError(t, err)
	router, owner := "11111111-2222-3333-4444-555555555555", "network:dhcp"
	_, err = ports.Update(context.Background(), c.Network, port,
		ports.UpdateOpts{DeviceID: &router, DeviceOwner: &owner}).Extract()
	require.NoError(t, err)
	used := w.portAsItIs(t, port)
	undo(t, w, "port", (*attach.Activities)(nil).ReleasePort, attach.ReservePortInput{Cloud: w.cloud, PortID: port},
		nil)
	require.Equal(t, used, w.portAsItIs(t, port))
}
