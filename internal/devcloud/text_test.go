package devcloud_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/gophercloud/gophercloud/v2/openstack/blockstorage/v3/volumes"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/servers"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/tags"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/ports"
	"github.com/stretchr/testify/require"

	"novaflow/internal/devcloud"
)

// A mark that the real services refuse must be refused here too.
func TestMarksMustFitTheirFields(t *testing.T) {
	c := start(t, devcloud.Options{})
	k := connect(t, c, "devcloud")
	long := strings.Repeat("x", 256)
	for name, change := range map[string]func(o *servers.CreateOpts){
		"slash in tag":      func(o *servers.CreateOpts) { o.Tags = []string{"run/task"} },
		"comma in tag":      func(o *servers.CreateOpts) { o.Tags = []string{"run,task"} },
		"long tag":          func(o *servers.CreateOpts) { o.Tags = []string{strings.Repeat("x", 61)} },
		"long metadata":     func(o *servers.CreateOpts) { o.Metadata = map[string]string{"k": long} },
		"slash in metadata": func(o *servers.CreateOpts) { o.Metadata = map[string]string{"a/b": "v"} },
		"long name":         func(o *servers.CreateOpts) { o.Name = long },
		"blank before name": func(o *servers.CreateOpts) { o.Name = " x" },
	} {
		o := k.opts("ok")
		change(&o)
		_, err := servers.Create(k.ctx, k.compute, o, nil).Extract()
		require.Error(t, err, name)
		k.status(http.StatusBadRequest, err)
	}
	o := k.opts("ok")
	o.Tags, o.Metadata = []string{strings.Repeat("x", 60)}, map[string]string{"mark": "novaflow:run/task#1"}
	s := k.create(o)
	k.status(http.StatusBadRequest, tags.ReplaceAll(k.ctx, k.compute, s.ID, tags.ReplaceAllOpts{Tags: []string{"a/b"}}).Err)
	_, err := ports.Create(k.ctx, k.network, ports.CreateOpts{NetworkID: k.networkID("private"), Description: long}).Extract()
	k.status(http.StatusBadRequest, err)
	_, err = ports.Update(k.ctx, k.network, k.port("p").ID, ports.UpdateOpts{Description: &long}).Extract()
	k.status(http.StatusBadRequest, err)
	require.Equal(t, 1, count(c, "port", "p"))
	_, err = volumes.Create(k.ctx, k.volume, volumes.CreateOpts{Size: 1, Metadata: map[string]string{"k": long}}, nil).Extract()
	k.status(http.StatusBadRequest, err)
	_, err = volumes.Create(k.ctx, k.volume, volumes.CreateOpts{Size: 1, Description: long}, nil).Extract()
	k.status(http.StatusBadRequest, err)
}

func TestLostMarkerEndsPaging(t *testing.T) {
	k := connect(t, start(t, devcloud.Options{}), "devcloud")
	_, err := ports.List(k.network, ports.ListOpts{Marker: "zzz", Limit: 1}).AllPages(k.ctx)
	k.status(http.StatusNotFound, err)
	_, err = volumes.List(k.volume, volumes.ListOpts{Marker: "zzz"}).AllPages(k.ctx)
	k.status(http.StatusNotFound, err)
}

func TestRefusedUpdateChangesNothing(t *testing.T) {
	c := start(t, devcloud.Options{})
	k := connect(t, c, "devcloud")
	p := k.port("p")
	before := c.Inventory()
	name, groups := "new", []string{"00000000-0000-0000-0000-000000000000"}
	_, err := ports.Update(k.ctx, k.network, p.ID, ports.UpdateOpts{Name: &name, SecurityGroups: &groups}).Extract()
	k.status(http.StatusNotFound, err)
	require.Equal(t, before, c.Inventory())
}

func TestManyAtOnceGetAddressesOfTheirOwn(t *testing.T) {
	c := start(t, devcloud.Options{})
	k := connect(t, c, "devcloud")
	network := k.networkID("private")
	var wg sync.WaitGroup
	errs := make([]error, 40)
	for i := range errs {
		wg.Go(func() {
			errs[i] = k.tryPort(k.ctx, network, "many")
			if _, err := ports.List(k.network, ports.ListOpts{Name: "many"}).AllPages(k.ctx); err != nil {
				errs[i] = err
			}
		})
	}
	wg.Wait()
	seen := map[string]bool{}
	for _, err := range errs {
		require.NoError(t, err)
	}
	for _, p := range k.listPorts(ports.ListOpts{Name: "many"}) {
		seen[p.FixedIPs[0].IPAddress] = true
	}
	require.Len(t, seen, 40)
}
