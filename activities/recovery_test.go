package activities

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/servers"
	"github.com/stretchr/testify/require"

	"novaflow/activities/cinder"
	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/cloudtest"
	"novaflow/activities/internal/resource"
	"novaflow/activities/neutron"
	"novaflow/activities/nova"
	"novaflow/activities/nova/attach"
	"novaflow/internal/devcloud"
	"novaflow/saga"
)

// TestVolumeOfAServerInErrorDoesNotBlockTheRevert: nova detaches nothing from a
// server in ERROR, so an undo that insists would never let the server's own undo
// begin, which frees the volume.
func TestVolumeOfAServerInErrorDoesNotBlockTheRevert(t *testing.T) {
	w := newDevcloud(t, devcloud.Options{}).fresh(t)
	m := w.machine(t)
	admin, err := w.clouds.Open(context.Background(), "devcloud-admin")
	require.NoError(t, err)
	require.NoError(t, servers.ResetState(context.Background(), admin.Compute, m.made.ID, servers.StateError).
		ExtractErr())
	w.dev.AddFault(devcloud.Fault{Service: "nova", Method: "DELETE", Path: "/os-volume_attachments/",
		Action: "own:409", Text: "Cannot 'detach_volume' instance while it is in vm_state error"})

	undo(t, w, "attach", (*attach.Activities)(nil).DetachVolume, m.attach, nil)
	require.Positive(t, w.dev.Calls()["nova DELETE /servers/{id}/os-volume_attachments/{volume}"], "%v", w.dev.Calls())
	undo(t, w, "server", (*nova.Activities)(nil).DeleteServer, m.server, nil)
	undo(t, w, "data", (*cinder.Activities)(nil).DeleteVolume, m.data, nil)
	undo(t, w, "boot", (*cinder.Activities)(nil).DeleteVolume, m.boot, nil)
	undo(t, w, "fip", (*neutron.Activities)(nil).DeleteFloatingIP, m.fip, nil)
	undo(t, w, "port", (*neutron.Activities)(nil).DeletePort, m.port, nil)
}

// TestAttachmentThatNovaGivesUp: the volume is then available again, and a wait
// for in-use would last until the deadline of the run.
func TestAttachmentThatNovaGivesUp(t *testing.T) {
	w := newDevcloud(t, devcloud.Options{}).fresh(t)
	volume := cinder.CreateVolumeInput{Cloud: w.cloud, Name: w.run, SizeGiB: 1}
	v := must(t, w, "volume", (*cinder.Activities)(nil).CreateVolume, volume)
	_, err := call(t, w, (*cinder.Activities)(nil).WaitVolume,
		cinder.VolumeWait{Cloud: w.cloud, ID: v.ID, Name: v.Name, Status: "in-use"})
	app := application(t, err)
	require.Equal(t, cloud.VolumeError, app.Type())
	require.Contains(t, app.Message(), "is available again: nova could not attach it")
	undo(t, w, "volume", (*cinder.Activities)(nil).DeleteVolume, volume, &v)
}

// TestServerThatFailsToBeDeletedIsAskedForAgain: a hypervisor that cannot delete
// leaves the server in ERROR. Waiting alone would not make it go.
func TestServerThatFailsToBeDeletedIsAskedForAgain(t *testing.T) {
	dir, k := cloudtest.NoClouds(t), cloudtest.NewKeystone(t)
	cloudtest.WriteFile(t, filepath.Join(dir, "clouds.yaml"), "clouds:\n"+k.Entry("a", "right"))
	mark, deletes := saga.Mark("novaflow:run/server#1"), 0
	k.More = func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == http.MethodDelete:
			deletes++
			w.WriteHeader(http.StatusNoContent)
		case deletes > 1:
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, `{"itemNotFound": {"code": 404, "message": "gone"}}`)
		default:
			fmt.Fprintf(w, `{"server": {"id": "s1", "status": "ERROR", "metadata": {"novaflow_mark": %q}}}`, mark)
		}
	}
	w := &world{clouds: cloud.NewClouds(), cloud: "a"}
	env := w.environment()
	_, err := env.ExecuteActivity((*nova.Activities)(nil).DeleteServer, saga.Undo[nova.CreateServerInput, nova.Server]{
		Mark: mark, In: nova.CreateServerInput{Cloud: "a"},
		Out: &nova.Server{OwnedObject: resource.OwnedObject{ID: "s1"}},
	})
	require.NoError(t, err)
	require.Equal(t, 2, deletes)
}

// TestSoftDeletedServerIsForced: where nova keeps deleted servers for a while,
// their ports and volumes would stay in use.
func TestSoftDeletedServerIsForced(t *testing.T) {
	dir, k := cloudtest.NoClouds(t), cloudtest.NewKeystone(t)
	cloudtest.WriteFile(t, filepath.Join(dir, "clouds.yaml"), "clouds:\n"+k.Entry("a", "right"))
	status := "ACTIVE"
	mark := saga.Mark("novaflow:run/server#1")
	k.More = func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == http.MethodDelete:
			status = nova.SoftDeleted
			w.WriteHeader(http.StatusNoContent)
		case r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/action"):
			status = ""
			w.WriteHeader(http.StatusAccepted)
		case status == "":
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, `{"itemNotFound": {"code": 404, "message": "gone"}}`)
		default:
			fmt.Fprintf(w, `{"server": {"id": "s1", "status": %q, "metadata": {"novaflow_mark": %q}}}`, status, mark)
		}
	}
	w := &world{clouds: cloud.NewClouds(), cloud: "a"}
	_, err := w.environment().ExecuteActivity((*nova.Activities)(nil).DeleteServer,
		saga.Undo[nova.CreateServerInput, nova.Server]{
			Mark: mark, In: nova.CreateServerInput{Cloud: "a"},
			Out: &nova.Server{OwnedObject: resource.OwnedObject{ID: "s1"}},
		})
	require.NoError(t, err)
	require.Empty(t, status)
}
