package devcloud_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/gophercloud/gophercloud/v2/openstack/blockstorage/v3/volumes"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/attachinterfaces"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/flavors"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/instanceactions"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/keypairs"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/limits"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/quotasets"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/servergroups"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/servers"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/tags"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/volumeattach"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/ports"
	"github.com/stretchr/testify/require"

	"novaflow/internal/devcloud"
)

func TestServerIsBuiltAfterItsTime(t *testing.T) {
	c := start(t, devcloud.Options{BuildTime: 300 * time.Millisecond})
	k := connect(t, c, "devcloud")
	s := k.create(k.opts("slow"))
	require.Equal(t, "BUILD", k.server(s.ID).Status)
	require.Empty(t, k.server(s.ID).Addresses, "a server in BUILD has no addresses yet")
	require.Eventually(t, func() bool { return k.server(s.ID).Status == "ACTIVE" }, 10*time.Second, 20*time.Millisecond)
}

func TestNoValidHostIsAResultWithFault(t *testing.T) {
	c := start(t, devcloud.Options{})
	k := connect(t, c, "devcloud")
	p := k.port("kept")
	o := k.opts("huge")
	o.FlavorRef, o.Networks = "99", []servers.Network{{Port: p.ID}}
	s := k.server(k.create(o).ID)
	require.Equal(t, "ERROR", s.Status)
	require.Equal(t, "No valid host was found. ", s.Fault.Message)
	require.Equal(t, 500, s.Fault.Code)
	require.Empty(t, k.listPorts(ports.ListOpts{ID: p.ID})[0].DeviceID, "no host took the server, so its port is free")
	require.Empty(t, k.listServers(servers.ListOpts{Name: "huge"})[0].Fault.Message, "nova does not tell this fault in lists")
	require.NoError(t, servers.Delete(k.ctx, k.compute, s.ID).ExtractErr())
	require.Zero(t, count(c, "server", "huge"))
}

func TestCapacityIsLimited(t *testing.T) {
	c := start(t, devcloud.Options{Hosts: 1})
	k := connect(t, c, "devcloud")
	last := ""
	for i := range 17 { // 16 of 8 GiB fill the memory of a host
		o := k.opts(fmt.Sprint("full-", i))
		o.FlavorRef, o.Networks = "4", "none"
		last = k.create(o).ID
	}
	require.Equal(t, "ERROR", k.server(last).Status)
	require.NoError(t, c.Configure(func(s *devcloud.Settings) { s.Hosts = 2 }))
	o := k.opts("fits")
	o.FlavorRef, o.Networks = "4", "none"
	require.Equal(t, "ACTIVE", k.server(k.create(o).ID).Status)
}

func TestNovaRefusesInItsOwnWords(t *testing.T) {
	k := connect(t, start(t, devcloud.Options{}), "devcloud")
	for name, x := range map[string]struct {
		change func(o *servers.CreateOpts)
		code   int
		says   string
	}{
		"flavor": {func(o *servers.CreateOpts) { o.FlavorRef = "zz" }, 400, "Flavor zz could not be found."},
		"image":  {func(o *servers.CreateOpts) { o.ImageRef = "00000000-0000-0000-0000-000000000000" }, 400, "Can not find requested image"},
		"network": {func(o *servers.CreateOpts) {
			o.Networks = []servers.Network{{UUID: "00000000-0000-0000-0000-000000000000"}}
		}, 400, "could not be found."},
		"port": {func(o *servers.CreateOpts) {
			o.Networks = []servers.Network{{Port: "00000000-0000-0000-0000-000000000000"}}
		}, 400, "Port id"},
		"group": {func(o *servers.CreateOpts) { o.SecurityGroups = []string{"none such"} }, 400, "Unable to find security_group"},
		"auto":  {func(o *servers.CreateOpts) { o.Networks = "auto" }, 409, "Multiple possible networks found"},
	} {
		t.Run(name, func(t *testing.T) {
			o := k.opts("bad")
			x.change(&o)
			_, err := servers.Create(k.ctx, k.compute, o, nil).Extract()
			k.status(x.code, err)
			require.ErrorContains(t, err, x.says)
		})
	}
	_, err := servers.Create(k.ctx, k.compute, keypairs.CreateOptsExt{CreateOptsBuilder: k.opts("bad"), KeyName: "none"}, nil).Extract()
	k.status(http.StatusBadRequest, err)
	require.ErrorContains(t, err, "Invalid key_name provided.")
}

func TestMicroversionsDecideFields(t *testing.T) {
	k := connect(t, start(t, devcloud.Options{}), "devcloud")
	o := k.opts("mv")
	o.Tags = []string{"x"}
	k.compute.Microversion = "2.51"
	_, err := servers.Create(k.ctx, k.compute, o, nil).Extract()
	k.status(http.StatusBadRequest, err)
	k.compute.Microversion = "2.52"
	s := k.create(o)
	require.Equal(t, "m1.nano", k.server(s.ID).Flavor["original_name"])
	k.compute.Microversion = "2.1"
	old := k.server(s.ID)
	require.Equal(t, "0", old.Flavor["id"])
	require.Nil(t, old.Tags)
	k.compute.Microversion = "2.94"
	_, err = servers.Get(k.ctx, k.compute, s.ID).Extract()
	k.status(http.StatusNotAcceptable, err)
}

func TestServerListsFilterAndPage(t *testing.T) {
	c := start(t, devcloud.Options{})
	k := connect(t, c, "devcloud")
	for i := range 5 {
		o := k.opts(fmt.Sprint("page-", i))
		o.Networks, o.Tags = "none", []string{fmt.Sprint("t", i%2)}
		k.create(o)
	}
	found := k.listServers(servers.ListOpts{Limit: 2, Name: "^PAGE"})
	require.Len(t, found, 5, "all pages together")
	require.Equal(t, "page-4", found[0].Name, "newest first")
	require.Len(t, k.listServers(servers.ListOpts{Tags: "t1"}), 2)
	require.Empty(t, k.listServers(servers.ListOpts{Status: "BUILD"}))
	require.Empty(t, k.listServers(servers.ListOpts{ChangesSince: time.Now().Add(time.Hour).Format(time.RFC3339)}))
	_, err := servers.List(k.compute, servers.ListOpts{Marker: "zzz"}).AllPages(k.ctx)
	k.status(http.StatusBadRequest, err)
	_, err = servers.List(k.compute, servers.ListOpts{Name: "("}).AllPages(k.ctx)
	k.status(http.StatusBadRequest, err)
	_, err = servers.List(k.compute, servers.ListOpts{AllTenants: true}).AllPages(k.ctx)
	k.status(http.StatusForbidden, err)
	require.Empty(t, connect(t, c, "devcloud-other").listServers(servers.ListOpts{}), "another project's servers are not seen")
	require.Len(t, connect(t, c, "devcloud-admin").listServers(servers.ListOpts{AllTenants: true}), 5)
}

func TestComputeQuotaIsForbidden(t *testing.T) {
	c := start(t, devcloud.Options{Quotas: map[string]int{"instances": 1}})
	k := connect(t, c, "devcloud")
	k.create(k.opts("first"))
	_, err := servers.Create(k.ctx, k.compute, k.opts("second"), nil).Extract()
	k.status(http.StatusForbidden, err)
	require.ErrorContains(t, err, "Quota exceeded for instances: Requested 1, but already used 1 of 1 instances")
	l, err := limits.Get(k.ctx, k.compute, nil).Extract()
	require.NoError(t, err)
	require.Equal(t, 1, l.Absolute.TotalInstancesUsed)
	admin := connect(t, c, "devcloud-admin")
	project := k.server(k.listServers(servers.ListOpts{})[0].ID).TenantID
	five := 5
	_, err = quotasets.Update(k.ctx, admin.compute, project, quotasets.UpdateOpts{Instances: &five}).Extract()
	require.NoError(t, err)
	k.create(k.opts("second"))
	q, err := quotasets.GetDetail(k.ctx, k.compute, project).Extract()
	require.NoError(t, err)
	require.Equal(t, 2, q.Instances.InUse)
}

func TestVolumesAttachAndDetach(t *testing.T) {
	c := start(t, devcloud.Options{})
	k := connect(t, c, "devcloud")
	s, v := k.create(k.opts("att")), k.newVolume("att")
	require.Equal(t, "ACTIVE", k.server(s.ID).Status)
	a, err := volumeattach.Create(k.ctx, k.compute, s.ID, volumeattach.CreateOpts{VolumeID: v.ID}).Extract()
	require.NoError(t, err)
	require.Equal(t, "/dev/vdb", a.Device)
	_, err = volumeattach.Create(k.ctx, k.compute, s.ID, volumeattach.CreateOpts{VolumeID: v.ID}).Extract()
	k.status(http.StatusBadRequest, err)
	require.Len(t, k.server(s.ID).AttachedVolumes, 1)
	require.NoError(t, volumeattach.Delete(k.ctx, k.compute, s.ID, v.ID).ExtractErr())
	got, err := volumes.Get(k.ctx, k.volume, v.ID).Extract()
	require.NoError(t, err)
	require.Equal(t, "available", got.Status)
	require.Empty(t, k.server(s.ID).AttachedVolumes)
}

func TestVolumesMadeForTheServerGoWithIt(t *testing.T) {
	c := start(t, devcloud.Options{})
	k := connect(t, c, "devcloud")
	before := c.Inventory()
	o := k.opts("bfv")
	o.BlockDevice = []servers.BlockDevice{
		{UUID: o.ImageRef, SourceType: "image", DestinationType: "volume", BootIndex: 0, VolumeSize: 1, DeleteOnTermination: true},
		{SourceType: "blank", DestinationType: "volume", BootIndex: -1, VolumeSize: 2, DeleteOnTermination: true},
	}
	o.ImageRef = ""
	s := k.server(k.create(o).ID)
	require.Equal(t, "ACTIVE", s.Status)
	require.Len(t, s.AttachedVolumes, 2)
	require.NoError(t, servers.Delete(k.ctx, k.compute, s.ID).ExtractErr())
	require.Equal(t, before, c.Inventory(), "server, its port and both volumes are gone")
}

func TestServerParts(t *testing.T) {
	c := start(t, devcloud.Options{})
	k := connect(t, c, "devcloud")
	s := k.create(k.opts("parts"))
	_, err := servers.UpdateMetadata(k.ctx, k.compute, s.ID, servers.MetadataOpts{"a": "1"}).Extract()
	require.NoError(t, err)
	require.NoError(t, tags.Add(k.ctx, k.compute, s.ID, "one").ExtractErr())
	require.Equal(t, "a=1 #one", markOf(c, s.ID))
	require.NoError(t, servers.DeleteMetadatum(k.ctx, k.compute, s.ID, "a").ExtractErr())
	k.status(http.StatusNotFound, servers.DeleteMetadatum(k.ctx, k.compute, s.ID, "a").ExtractErr())
	require.NoError(t, servers.Stop(k.ctx, k.compute, s.ID).ExtractErr())
	require.Equal(t, "SHUTOFF", k.server(s.ID).Status)
	k.status(http.StatusConflict, servers.Stop(k.ctx, k.compute, s.ID).ExtractErr())
	require.NoError(t, servers.Start(k.ctx, k.compute, s.ID).ExtractErr())
	i, err := attachinterfaces.Create(k.ctx, k.compute, s.ID, attachinterfaces.CreateOpts{NetworkID: k.networkID("private2")}).Extract()
	require.NoError(t, err)
	require.Len(t, k.listPorts(ports.ListOpts{DeviceID: s.ID}), 2)
	require.NoError(t, attachinterfaces.Delete(k.ctx, k.compute, s.ID, i.PortID).ExtractErr())
	require.Len(t, k.listPorts(ports.ListOpts{DeviceID: s.ID}), 1)
	pages, err := instanceactions.List(k.compute, s.ID, nil).AllPages(k.ctx)
	require.NoError(t, err)
	acts, err := instanceactions.ExtractInstanceActions(pages)
	require.NoError(t, err)
	require.Equal(t, "detach_interface", acts[0].Action)
	_, err = servers.Update(k.ctx, k.compute, s.ID, servers.UpdateOpts{Name: "renamed"}).Extract()
	require.NoError(t, err)
	require.Equal(t, 1, count(c, "server", "renamed"))
}

// markOf is what the inventory tells of the marks on an object.
func markOf(c *devcloud.Cloud, id string) string {
	for _, o := range c.Inventory() {
		if o.ID == id {
			return o.Mark
		}
	}
	return ""
}

func TestKeypairsGroupsFlavors(t *testing.T) {
	k := connect(t, start(t, devcloud.Options{}), "devcloud")
	_, err := keypairs.Create(k.ctx, k.compute, keypairs.CreateOpts{Name: "k", PublicKey: "bad"}).Extract()
	k.status(http.StatusBadRequest, err)
	demo, err := keypairs.Get(k.ctx, k.compute, "demo-key", nil).Extract()
	require.NoError(t, err)
	_, err = keypairs.Create(k.ctx, k.compute, keypairs.CreateOpts{Name: "k", PublicKey: demo.PublicKey}).Extract()
	require.NoError(t, err)
	_, err = keypairs.Create(k.ctx, k.compute, keypairs.CreateOpts{Name: "k", PublicKey: demo.PublicKey}).Extract()
	k.status(http.StatusConflict, err)
	require.NoError(t, keypairs.Delete(k.ctx, k.compute, "k", nil).ExtractErr())
	k.status(http.StatusNotFound, keypairs.Delete(k.ctx, k.compute, "k", nil).ExtractErr())

	g, err := servergroups.Create(k.ctx, k.compute, servergroups.CreateOpts{Name: "g", Policy: "anti-affinity"}).Extract()
	require.NoError(t, err)
	for i := range 4 { // there are three hosts
		s, err := servers.Create(k.ctx, k.compute, k.opts(fmt.Sprint("g-", i)), servers.SchedulerHintOpts{Group: g.ID}).Extract()
		require.NoError(t, err)
		require.Equal(t, i == 3, k.server(s.ID).Status == "ERROR", "a fourth server must not share a host")
	}
	require.NoError(t, servergroups.Delete(k.ctx, k.compute, g.ID).ExtractErr())

	all, err := flavors.ListDetail(k.compute, flavors.ListOpts{Limit: 2}).AllPages(k.ctx)
	require.NoError(t, err)
	found, err := flavors.ExtractFlavors(all)
	require.NoError(t, err)
	require.Len(t, found, 6)
}
