package workflows_test

import (
	"context"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack"
	"github.com/gophercloud/gophercloud/v2/openstack/blockstorage/v3/snapshots"
	"github.com/gophercloud/gophercloud/v2/openstack/blockstorage/v3/volumes"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/servergroups"
	"github.com/gophercloud/gophercloud/v2/openstack/config"
	"github.com/gophercloud/gophercloud/v2/openstack/config/clouds"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/security/groups"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/ports"
	"github.com/stretchr/testify/require"

	"novaflow/internal/devcloud"
	"novaflow/saga/sagacodec"
	"novaflow/workflows/server"
	"novaflow/workflows/spec"
)

// broughtWorld is a cloud with user-supplied resources for a server: port mine, volumes
// mine-boot (bootable) and mine-data, snapshot mine-snapshot, server group mine-group and
// security group mine-groups.
func broughtWorld(t testing.TB, o devcloud.Options) *cloudWorld {
	t.Helper()
	w := openWorld(t, o)
	w.clouds.SetKeys(testKeys(t))
	networkAPI, volumeAPI, computeAPI := w.services(t)
	private := w.idOf(t, "network", "private")
	_, err := ports.Create(t.Context(), networkAPI,
		ports.CreateOpts{Name: "mine", NetworkID: private, Description: "made by hand"}).Extract()
	require.NoError(t, err)
	_, err = groups.Create(t.Context(), networkAPI, groups.CreateOpts{Name: "mine-groups"}).Extract()
	require.NoError(t, err)
	_, err = servergroups.Create(t.Context(), computeAPI,
		servergroups.CreateOpts{Name: "mine-group", Policies: []string{"anti-affinity"}}).Extract()
	require.NoError(t, err)
	for name, from := range map[string]string{"mine-boot": w.idOf(t, "image", "tiny"), "mine-data": ""} {
		_, err = volumes.Create(t.Context(), volumeAPI, volumes.CreateOpts{Name: name, Size: 1, ImageID: from},
			nil).Extract()
		require.NoError(t, err)
	}
	require.Eventually(t, func() bool { return w.statusOf("volume", "mine-boot") == "available" }, time.Minute,
		time.Millisecond)
	_, err = snapshots.Create(t.Context(), volumeAPI,
		snapshots.CreateOpts{Name: "mine-snapshot", VolumeID: w.idOf(t, "volume", "mine-boot")}).Extract()
	require.NoError(t, err)
	for _, name := range []string{"mine-boot", "mine-data"} {
		require.Eventually(t, func() bool { return w.statusOf("volume", name) == "available" }, time.Minute,
			time.Millisecond)
	}
	require.Eventually(t, func() bool { return w.statusOf("snapshot", "mine-snapshot") == "available" }, time.Minute,
		time.Millisecond)
	w.empty = w.Inventory()
	return w
}

// testKeys are keys for tests.
func testKeys(t testing.TB) *sagacodec.Keys {
	t.Helper()
	line, err := sagacodec.NewKey("test")
	require.NoError(t, err)
	keys, err := sagacodec.ParseKeys(line)
	require.NoError(t, err)
	return keys
}

// services are clients of the cloud as its user has them, beside novaflow's.
func (w *cloudWorld) services(t testing.TB) (networkAPI, volumeAPI, computeAPI *gophercloud.ServiceClient) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "clouds.yaml")
	writeFile(t, file, w.CloudsYAML())
	auth, endpoint, tls, err := clouds.Parse(clouds.WithCloudName("devcloud"), clouds.WithLocations(file))
	require.NoError(t, err)
	provider, err := config.NewProviderClient(context.Background(), auth, config.WithTLSConfig(tls))
	require.NoError(t, err)
	networkAPI, err = openstack.NewNetworkV2(provider, endpoint)
	require.NoError(t, err)
	volumeAPI, err = openstack.NewBlockStorageV3(provider, endpoint)
	require.NoError(t, err)
	computeAPI, err = openstack.NewComputeV2(provider, endpoint)
	require.NoError(t, err)
	computeAPI.Microversion = "2.15"
	return networkAPI, volumeAPI, computeAPI
}

func (w *cloudWorld) find(kind, name string) (devcloud.Object, bool) {
	all := w.Cloud.Inventory()
	i := slices.IndexFunc(all, func(o devcloud.Object) bool {
		return o.Kind == kind && o.Name == name && o.Project != "other" && !(kind == "image" && o.Project != "admin")
	})
	if i < 0 {
		return devcloud.Object{}, false
	}
	return all[i], true
}

func (w *cloudWorld) idOf(t testing.TB, kind, name string) string {
	t.Helper()
	o, ok := w.find(kind, name)
	require.True(t, ok, "no %s %s", kind, name)
	return o.ID
}

func (w *cloudWorld) statusOf(kind, name string) string {
	o, _ := w.find(kind, name)
	return o.Status
}

// aPublicKey is one that nobody has the private part of.
const aPublicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHUZ2KJgbVjKwCB0Ld4pVRUfSNhIAKAOpTZiCEcIkuXZ somebody@somewhere"

// broughtServer boots from the user's volume, has the user's port and volume beside
// some of its own, and finds room with its second flavor only.
func broughtServer(t testing.TB, w *cloudWorld) server.CreateSpec {
	return server.CreateSpec{
		RunOptions: spec.RunOptions{Cloud: "devcloud"}, Name: "web-1", Flavor: "m1.impossible",
		FallbackFlavors: []string{"m1.nano"}, BootFrom: "mine-boot",
		Ports: []server.PortSpec{{Port: "mine"}, {
			Network: "private", FixedIPs: []server.FixedIP{{IP: "10.10.9.9"}, {Subnet: "private-subnet"}},
			MAC:              "fa:16:3e:00:00:09",
			AllowedAddresses: []server.AddressPair{{IP: "10.10.200.0/24"}},
		}},
		SecurityGroups: []string{"mine-groups"}, Ingress: []spec.Rule{{Protocol: "tcp", Port: 22}},
		Volumes: []server.VolumeSpec{{Volume: "mine-data"}, {Size: 1}}, FloatingIP: "public",
		KeyName: "web 1", PublicKey: aPublicKey, GroupPolicy: "soft-anti-affinity",
		Properties: map[string]string{"role": "web"}, Tags: []string{"blue"}, Description: "the web",
		Hostname:    "web-one",
		ConfigDrive: true,
	}
}
