package activities

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/attachinterfaces"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/volumeattach"
	"github.com/stretchr/testify/require"

	"novaflow/activities/cinder"
	"novaflow/activities/neutron"
	"novaflow/activities/nova"
	"novaflow/activities/nova/attach"
	"novaflow/internal/devcloud"
)

// secondPort is a machine and a port beside it, both until the test ends.
func (w *world) secondPort(t *testing.T) (machine, attach.AttachPortInput) {
	t.Helper()
	m := w.machine(t)
	in := neutron.CreatePortInput{Cloud: w.cloud, Name: w.run + "-second", NetworkID: m.port.NetworkID}
	port := must(t, w, "second", (*neutron.Activities)(nil).CreatePort, in)
	t.Cleanup(func() {
		undo(t, w, "second", (*neutron.Activities)(nil).DeletePort, in, &port)
		w.takeApart(t, m)
	})
	return m, attach.AttachPortInput{Cloud: w.cloud, ServerID: m.active.ID, PortID: port.ID}
}

// A guest takes its time to let go of a port, and nova up to 160 s. A run that was
// cancelled meanwhile saw the port at the server, took that for put back, and ended;
// then the detachment did, and the server was without its port.
func TestAPortWhoseDetachmentIsStillUnderWayIsPutBackAfterIt(t *testing.T) {
	w := newDevcloud(t, devcloud.Options{}).fresh(t)
	m, pair := w.secondPort(t)
	must(t, w, "on", (*attach.Activities)(nil).AttachPort, pair)
	w.dev.AddFault(devcloud.Fault{Service: "nova", Method: "DELETE", Path: "/os-interface/", Action: "slow:4s",
		Count: 1})
	asked := must(t, w, "off", (*attach.Activities)(nil).RemovePortFromServer, pair)
	undo(t, w, "off", (*attach.Activities)(nil).ReattachPort, pair, &asked)

	c, err := w.clouds.Open(context.Background(), w.cloud)
	require.NoError(t, err)
	actions, err := nova.ListActions(context.Background(), c, nova.ServerBefore{OwnedObject: m.active.OwnedObject})
	require.NoError(t, err)
	require.Equal(t, "attach_interface", actions[0].Action, "the detachment is still under way")
	p, err := neutron.Ports.Get(context.Background(), c, pair.PortID)
	require.NoError(t, err)
	require.Equal(t, m.active.ID, p.DeviceID)
	undo(t, w, "on", (*attach.Activities)(nil).DetachPort, pair, nil)
}

// The answer to an attachment was lost, and nova got to it only after the undo had
// looked: once, and then it left the port with the server.
func TestAnAttachmentThatComesLateIsTakenBackAllTheSame(t *testing.T) {
	w := newDevcloud(t, devcloud.Options{}).fresh(t)
	_, pair := w.secondPort(t)
	c, err := w.clouds.Open(context.Background(), w.cloud)
	require.NoError(t, err)
	whole := c.Compute.HTTPClient.Transport
	late := &onceAfter{RoundTripper: whole, method: http.MethodGet, path: "/ports/" + pair.PortID, do: func() error {
		_, err := attachinterfaces.Create(context.Background(), c.Compute, pair.ServerID,
			attachinterfaces.CreateOpts{PortID: pair.PortID}).Extract()
		return err
	}}
	c.Compute.HTTPClient.Transport = late
	undo(t, w, "on", (*attach.Activities)(nil).DetachPort, pair, nil)
	c.Compute.HTTPClient.Transport = whole
	require.NoError(t, late.err)
	p, err := neutron.Ports.Get(context.Background(), c, pair.PortID)
	require.NoError(t, err)
	require.Empty(t, p.DeviceID)
}

// It is the same with a volume, which nova reserves only after it has asked the host.
func TestAVolumeThatIsAttachedLateIsTakenBackAllTheSame(t *testing.T) {
	w := newDevcloud(t, devcloud.Options{}).fresh(t)
	m := w.machine(t)
	in := cinder.CreateVolumeInput{Cloud: w.cloud, Name: w.run + "-late", SizeGiB: 1}
	v := w.volume(t, "late", in)
	pair := attach.AttachVolumeInput{Cloud: w.cloud, ServerID: m.active.ID, VolumeID: v.ID}
	c, err := w.clouds.Open(context.Background(), w.cloud)
	require.NoError(t, err)
	whole := c.Compute.HTTPClient.Transport
	late := &onceAfter{RoundTripper: whole, method: http.MethodGet, path: "/os-volume_attachments", do: func() error {
		_, err := volumeattach.Create(context.Background(), c.Compute, pair.ServerID,
			volumeattach.CreateOpts{VolumeID: pair.VolumeID}).Extract()
		return err
	}}
	c.Compute.HTTPClient.Transport = late
	undo(t, w, "on", (*attach.Activities)(nil).DetachVolume, pair, nil)
	c.Compute.HTTPClient.Transport = whole
	require.NoError(t, late.err)
	v, err = cinder.Volumes.Get(context.Background(), c, v.ID)
	require.NoError(t, err)
	require.Equal(t, "available", v.Status)
	undo(t, w, "late", (*cinder.Activities)(nil).DeleteVolume, in, &v)
	w.takeApart(t, m)
}

// onceAfter does something after the first answer to a request.
type onceAfter struct {
	http.RoundTripper
	method, path string
	do           func() error
	err          error
	once         sync.Once
}

func (o *onceAfter) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := o.RoundTripper.RoundTrip(r)
	if r.Method == o.method && strings.HasSuffix(r.URL.Path, o.path) {
		o.once.Do(func() { o.err = o.do() })
	}
	return answer, err
}
