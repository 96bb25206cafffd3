//go:build openstack

package openstack

import (
	"cmp"
	"context"
	"net/http"
	"os"
	"testing"

	"github.com/google/uuid"
	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack/blockstorage/v3/volumes"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/networks"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/ports"
	"github.com/stretchr/testify/require"

	"novaflow/test/stage"
	"novaflow/workflows/server"
)

// aPublicKey is a key whose private part nobody has.
const aPublicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHUZ2KJgbVjKwCB0Ld4pVRUfSNhIAKAOpTZiCEcIkuXZ somebody@somewhere"

// brought holds the user's existing resources, created by hand.
type brought struct{ port, boot, data string }

func bring(t *testing.T) brought {
	t.Helper()
	_, net, storage := services(t)
	t.Cleanup(func() { requireNoLeaks(t) }) // last, after user-supplied ones are deleted
	name := "novaflow-test-" + uuid.NewString()[:8]
	pages, err := networks.List(net, networks.ListOpts{Name: networkName}).AllPages(t.Context())
	require.NoError(t, err)
	found, err := networks.ExtractNetworks(pages)
	require.NoError(t, err)
	p, err := ports.Create(t.Context(), net, ports.CreateOpts{NetworkID: found[0].ID, Name: name}).Extract()
	require.NoError(t, err)
	b := brought{port: p.ID}
	t.Cleanup(func() { require.NoError(t, ports.Delete(context.Background(), net, b.port).ExtractErr()) })
	for _, id := range []*string{&b.boot, &b.data} {
		v, err := volumes.Create(t.Context(), storage, volumes.CreateOpts{Size: 1, Name: name}, nil).Extract()
		require.NoError(t, err)
		*id = v.ID
		stage.Await(t, "the volume to be available", func() bool { return volumeStatus(t, v.ID) == "available" })
		t.Cleanup(func() {
			require.NoError(t, volumes.Delete(context.Background(), storage, v.ID, nil).ExtractErr())
			stage.Await(t, "the volume to be gone", func() bool {
				return gophercloud.ResponseCodeIs(volumes.Get(context.Background(), storage, v.ID).Err, http.StatusNotFound)
			})
		})
	}
	require.NoError(t, volumes.SetBootable(t.Context(), storage, b.boot, volumes.BootableOpts{Bootable: true}).ExtractErr())
	return b
}

func volumeStatus(t *testing.T, id string) string {
	t.Helper()
	_, _, storage := services(t)
	v, err := volumes.Get(t.Context(), storage, id).Extract()
	require.NoError(t, err)
	return v.Status
}

// state returns everything that neutron shows of the port, without what counts its
// changes.
func (b brought) state(t *testing.T) ports.Port {
	t.Helper()
	_, net, _ := services(t)
	p, err := ports.Get(t.Context(), net, b.port).Extract()
	require.NoError(t, err)
	out := *p
	out.RevisionNumber, out.UpdatedAt = 0, out.CreatedAt
	return out
}

// requireFree fails unless every existing resource is released and as it was.
func (b brought) requireFree(t *testing.T, before ports.Port) {
	t.Helper()
	require.Equal(t, before, b.state(t))
	require.Empty(t, before.DeviceID)
	require.Equal(t, "available", volumeStatus(t, b.boot))
	require.Equal(t, "available", volumeStatus(t, b.data))
}

// server asks for a server that uses the existing resources. Only its second flavor finds
// capacity.
func (b brought) server() server.CreateSpec {
	spec := serverSpec()
	spec.Image, spec.BootVolume, spec.BootFrom = "", 0, b.boot
	spec.Flavor, spec.FallbackFlavors = cmp.Or(os.Getenv("NOVAFLOW_TEST_HUGE_FLAVOR"), "m1.impossible"), []string{flavorName}
	spec.Ports = append([]server.PortSpec{{Port: b.port}}, spec.Ports...)
	spec.Volumes = append(spec.Volumes, server.VolumeSpec{Volume: b.data})
	spec.KeyName, spec.PublicKey, spec.GroupPolicy = spec.Name, aPublicKey, "soft-anti-affinity"
	spec.Properties, spec.Tags, spec.Description, spec.ConfigDrive = map[string]string{"role": "web"}, []string{"blue"}, "a test", true
	return spec
}

// A volume or a port that is not released is lost to its user. One that is deleted with
// the server is lost for good.
func TestWhatTheUserBringsIsUsedAndGivenBack(t *testing.T) {
	b := bring(t)
	before, port, queue, spec := inventory(t), b.state(t), worker(t), b.server()
	var got server.Server
	require.NoError(t, theStage.Get(t, theStage.Create(t, queue, spec), &got))
	require.Equal(t, flavorName, got.Flavor, "the first has no room")
	require.Equal(t, b.boot, got.BootVolume)
	require.Equal(t, got.ID, b.state(t).DeviceID)
	require.Equal(t, "in-use", volumeStatus(t, b.data))
	remove(t, queue, spec)
	require.Equal(t, before, inventory(t), "residue")
	b.requireFree(t, port)
}

func TestWhatTheUserBringsIsGivenBackWhenThereIsNoRoom(t *testing.T) {
	b := bring(t)
	before, port, queue, spec := inventory(t), b.state(t), worker(t), b.server()
	spec.FallbackFlavors = nil
	err := theStage.Get(t, theStage.Create(t, queue, spec), nil)
	require.ErrorContains(t, err, "No valid host was found")
	requireReverted(t, err, "active")
	require.Equal(t, before, inventory(t), "residue")
	b.requireFree(t, port)
}
