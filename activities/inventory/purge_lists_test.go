package inventory

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack/blockstorage/v3/volumes"
	"github.com/stretchr/testify/require"

	"novaflow/activities/cinder"
	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/resource"
	"novaflow/activities/keystone"
)

// Credentials that may list volumes and not see whose they are would leave the volumes
// of a project behind when it is deleted.
func TestAPurgeWantsToBeToldWhoseThingsAre(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_,
			_ = io.WriteString(w,
			`{"volumes": [{"id": "1", "name": "theirs", "os-vol-tenant-attr:tenant_id": "other"}, `+
				`{"id": "2", "name": "whose"}]}`)
	}))
	defer server.Close()
	c := &cloud.Client{Volume: &gophercloud.ServiceClient{ProviderClient: &gophercloud.ProviderClient{},
		Endpoint: server.URL + "/"}}
	_, err := listWhole(t.Context(), c, "p", cloud.Cinder, volumes.List(c.Volume, volumes.ListOpts{}),
		volumes.ExtractVolumes, cinder.ToVolume)
	require.ErrorContains(t, err, `does not say whose volume "whose" (2) is`)
	require.Equal(t, cloud.Terminal, cloud.ClassOf(err))
}

// The services of the cloud are in a project, and a project may stand for a domain.
func TestProjectsThatTheCloudNeedsAreNotPurged(t *testing.T) {
	c := &cloud.Client{Project: "admin"}
	require.NotEmpty(t, whyNeeded(c, keystone.Project{OwnedObject: resource.OwnedObject{ID: "x", Name: "service"}}))
	require.NotEmpty(t, whyNeeded(c, keystone.Project{OwnedObject: resource.OwnedObject{ID: "x"}, IsDomain: true}))
	require.Empty(t, whyNeeded(c, keystone.Project{OwnedObject: resource.OwnedObject{ID: "x", Name: "research"}}))
}
