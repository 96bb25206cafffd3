package devcloud_test

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack"
	"github.com/gophercloud/gophercloud/v2/openstack/blockstorage/v3/volumes"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/servers"
	"github.com/gophercloud/gophercloud/v2/openstack/config"
	"github.com/gophercloud/gophercloud/v2/openstack/config/clouds"
	"github.com/gophercloud/gophercloud/v2/openstack/image/v2/images"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/networks"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/ports"
	"github.com/stretchr/testify/require"

	"novaflow/internal/devcloud"
)

// clients are those of one project of a cloud under test.
type clients struct {
	t                                      *testing.T
	ctx                                    context.Context
	url                                    string
	identity, compute, network, volume, im *gophercloud.ServiceClient
}

// start opens and serves a cloud for the test.
func start(t *testing.T, o devcloud.Options) *devcloud.Cloud {
	t.Helper()
	c, err := devcloud.Open(o)
	require.NoError(t, err)
	_, err = c.Start("127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return c
}

// connect creates clients as any tool would: from the clouds.yaml.
func connect(t *testing.T, c *devcloud.Cloud, cloud string) *clients {
	t.Helper()
	file := filepath.Join(t.TempDir(), "clouds.yaml")
	require.NoError(t, os.WriteFile(file, c.CloudsYAML(), 0o600))
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel)
	ao, eo, _, err := clouds.Parse(clouds.WithLocations(file), clouds.WithCloudName(cloud))
	require.NoError(t, err)
	ao.AllowReauth = true
	pc, err := config.NewProviderClient(ctx, ao)
	require.NoError(t, err)
	pc.HTTPClient.Transport = &http.Transport{DisableKeepAlives: true}
	k := &clients{t: t, ctx: ctx, url: strings.TrimSuffix(ao.IdentityEndpoint, "/identity/v3")}
	for into, make := range map[**gophercloud.ServiceClient]func(*gophercloud.ProviderClient,
		gophercloud.EndpointOpts) (*gophercloud.ServiceClient, error){
		&k.identity: openstack.NewIdentityV3, &k.compute: openstack.NewComputeV2, &k.network: openstack.NewNetworkV2,
		&k.volume: openstack.NewBlockStorageV3, &k.im: openstack.NewImageV2,
	} {
		sc, err := make(pc, eo)
		require.NoError(t, err)
		*into = sc
	}
	k.compute.Microversion, k.volume.Microversion = "2.93", "3.70"
	return k
}

func (k *clients) networkID(name string) string {
	k.t.Helper()
	all, err := networks.List(k.network, networks.ListOpts{Name: name}).AllPages(k.ctx)
	require.NoError(k.t, err)
	found, err := networks.ExtractNetworks(all)
	require.NoError(k.t, err)
	require.Len(k.t, found, 1, "the name must be unique in the project")
	return found[0].ID
}

func (k *clients) imageID(name string) string {
	k.t.Helper()
	all, err := images.List(k.im, images.ListOpts{Name: name}).AllPages(k.ctx)
	require.NoError(k.t, err)
	found, err := images.ExtractImages(all)
	require.NoError(k.t, err)
	require.Len(k.t, found, 1)
	return found[0].ID
}

func (k *clients) port(name string) *ports.Port {
	k.t.Helper()
	p, err := ports.Create(k.ctx, k.network,
		ports.CreateOpts{NetworkID: k.networkID("private"), Name: name, Description: "mark " + name}).Extract()
	require.NoError(k.t, err)
	return p
}

func (k *clients) newVolume(name string) *volumes.Volume {
	k.t.Helper()
	v, err := volumes.Create(k.ctx, k.volume, volumes.CreateOpts{Name: name, Size: 1, ImageID: k.imageID("tiny")},
		nil).Extract()
	require.NoError(k.t, err)
	return v
}

// opts ask for the smallest server on the private network.
func (k *clients) opts(name string) servers.CreateOpts {
	k.t.Helper()
	return servers.CreateOpts{Name: name, FlavorRef: "0", ImageRef: k.imageID("tiny"),
		Networks: []servers.Network{{UUID: k.networkID("private")}}}
}

func (k *clients) create(o servers.CreateOptsBuilder) *servers.Server {
	k.t.Helper()
	s, err := servers.Create(k.ctx, k.compute, o, nil).Extract()
	require.NoError(k.t, err)
	return s
}

func (k *clients) server(id string) *servers.Server {
	k.t.Helper()
	s, err := servers.Get(k.ctx, k.compute, id).Extract()
	require.NoError(k.t, err)
	return s
}

func (k *clients) listServers(o servers.ListOpts) []servers.Server {
	k.t.Helper()
	all, err := servers.List(k.compute, o).AllPages(k.ctx)
	require.NoError(k.t, err)
	found, err := servers.ExtractServers(all)
	require.NoError(k.t, err)
	return found
}

func (k *clients) listPorts(o ports.ListOpts) []ports.Port {
	k.t.Helper()
	all, err := ports.List(k.network, o).AllPages(k.ctx)
	require.NoError(k.t, err)
	found, err := ports.ExtractPorts(all)
	require.NoError(k.t, err)
	return found
}

// status asserts that a call ended with the status.
func (k *clients) status(code int, err error) {
	k.t.Helper()
	require.Error(k.t, err)
	require.True(k.t, gophercloud.ResponseCodeIs(err, code), "want %d: %v", code, err)
}

// count says how many objects of a kind have the name.
func count(c *devcloud.Cloud, kind, name string) int {
	n := 0
	for _, o := range c.Inventory() {
		if o.Kind == kind && o.Name == name {
			n++
		}
	}
	return n
}

func TestWholeMachineComesAndGoes(t *testing.T) {
	c := start(t, devcloud.Options{})
	k := connect(t, c, "devcloud")
	before := c.Inventory()
	p, v := k.port("m-port"), k.newVolume("m-disk")
	o := k.opts("m")
	o.ImageRef, o.Tags, o.Metadata = "", []string{"m-tag"}, map[string]string{"mark": "m"}
	o.Networks = []servers.Network{{Port: p.ID}}
	o.BlockDevice = []servers.BlockDevice{{UUID: v.ID, SourceType: "volume", DestinationType: "volume", BootIndex: 0}}
	s := k.create(o)
	got := k.server(s.ID)
	require.Equal(t, "ACTIVE", got.Status)
	require.Contains(t, got.Addresses, "private")
	require.Equal(t, s.ID, k.listPorts(ports.ListOpts{Description: "mark m-port"})[0].DeviceID)
	require.Len(t, k.listServers(servers.ListOpts{Tags: "m-tag"}), 1)
	vol, err := volumes.Get(k.ctx, k.volume, v.ID).Extract()
	require.NoError(t, err)
	require.Equal(t, "in-use", vol.Status)
	require.Equal(t, s.ID, vol.Attachments[0].ServerID)
	k.status(http.StatusBadRequest, volumes.Delete(k.ctx, k.volume, v.ID, nil).ExtractErr())

	require.NoError(t, servers.Delete(k.ctx, k.compute, s.ID).ExtractErr())
	_, err = servers.Get(k.ctx, k.compute, s.ID).Extract()
	k.status(http.StatusNotFound, err)
	left := k.listPorts(ports.ListOpts{ID: p.ID})
	require.Len(t, left, 1, "a port that the user brought must outlive the server")
	require.Empty(t, left[0].DeviceID)
	require.NoError(t, ports.Delete(k.ctx, k.network, p.ID).ExtractErr())
	require.NoError(t, volumes.Delete(k.ctx, k.volume, v.ID, nil).ExtractErr())
	require.Equal(t, before, c.Inventory())
}
