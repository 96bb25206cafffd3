package activities

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/gophercloud/gophercloud/v2/openstack/blockstorage/v3/snapshots"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/servers"
	"github.com/gophercloud/gophercloud/v2/openstack/image/v2/images"
	"github.com/stretchr/testify/require"

	"novaflow/activities/cinder"
	"novaflow/activities/glance"
	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/resource"
	"novaflow/activities/nova"
	"novaflow/activities/nova/attach"
	"novaflow/internal/devcloud"
	"novaflow/saga"
)

// imageContracts are what every cloud must hold to when an image is created from a
// server. Each runs on a server with a disk of its own, and on a server that boots from
// a volume and has a second one.
var imageContracts = []struct {
	name string
	try  func(*testing.T, *world)
}{
	{"an image is made once and goes whole", imageAndBack},
	{"an image of volumes is made once and goes whole, with its snapshots", volumeImageAndBack},
	{"a lost answer makes no second image", lostImage},
	{"snapshots that nova left without an image are found by their names", orphanSnapshots},
	{"a state in which no image can be made is named", noImage},
	{"an image that inherits the mark is somebody else's", inheritedMark},
}

func TestServerImageContracts(t *testing.T) { tryContracts(t, imageContracts) }

// onVolumes is an ACTIVE server that boots from a volume and has another. All of
// it is gone when the test ends.
func (w *world) onVolumes(t *testing.T) nova.Server {
	t.Helper()
	plan := w.plan(t)
	volume := func(task, image string) cinder.Volume {
		in := cinder.CreateVolumeInput{Cloud: w.cloud, Name: w.run + "-" + task, SizeGiB: 1, ImageID: image}
		v := must(t, w, task, (*cinder.Activities)(nil).CreateVolume, in)
		t.Cleanup(func() { undo(t, w, task, (*cinder.Activities)(nil).DeleteVolume, in, nil) })
		_, err := call(t, w, (*cinder.Activities)(nil).WaitVolume,
			cinder.VolumeWait{Cloud: w.cloud, ID: v.ID, Status: "available"})
		require.NoError(t, err)
		return v
	}
	boot, data := volume("boot", plan.ImageID), volume("data", "")
	in := nova.CreateServerInput{Cloud: w.cloud, Name: w.run, FlavorID: plan.FlavorID, BootVolumeID: boot.ID}
	made := must(t, w, "server", (*nova.Activities)(nil).CreateServer, in)
	t.Cleanup(func() { undo(t, w, "server", (*nova.Activities)(nil).DeleteServer, in, nil) })
	_, err := call(t, w, (*nova.Activities)(nil).WaitServer,
		nova.ServerWait{Cloud: w.cloud, ID: made.ID, Name: made.Name})
	require.NoError(t, err)
	must(t, w, "attach", (*attach.Activities)(nil).AttachVolume,
		attach.AttachVolumeInput{Cloud: w.cloud, ServerID: made.ID, VolumeID: data.ID})
	_, err = call(t, w, (*cinder.Activities)(nil).WaitVolume,
		cinder.VolumeWait{Cloud: w.cloud, ID: data.ID, Status: "in-use"})
	require.NoError(t, err)
	return w.seen(t, made.ID)
}

func (w *world) imageOf(s nova.Server) nova.CreateServerImageInput {
	return nova.CreateServerImageInput{Cloud: w.cloud, ServerID: s.ID, Server: s.Name, Name: w.run + "-image"}
}

func (w *world) imaged(t *testing.T, in nova.CreateServerImageInput, id string) glance.ServerImage {
	t.Helper()
	ready, err := call(t, w, (*nova.Activities)(nil).WaitServerImage,
		nova.ServerImageWait{Cloud: w.cloud, ID: id, ServerID: in.ServerID})
	require.NoError(t, err)
	require.Equal(t, "active", ready.Status)
	require.Empty(t, w.seen(t, in.ServerID).TaskState)
	return ready
}

// saved lists what images and snapshots of the task there are, as "kind id".
func (w *world) saved(t *testing.T) (all []string) {
	t.Helper()
	c, err := w.clouds.Open(context.Background(), w.cloud)
	require.NoError(t, err)
	found, err := glance.ServerImages.ListMarked(context.Background(), c, w.mark("image"))
	require.NoError(t, err)
	for _, im := range found {
		all = append(all, "image "+im.ID)
	}
	snaps, err := glance.ListVolumeSnapshots(context.Background(), c, w.mark("image"))
	require.NoError(t, err)
	for _, s := range snaps {
		all = append(all, "snapshot "+s.ID)
	}
	return all
}

func imageAndBack(t *testing.T, w *world) {
	in := w.imageOf(w.running(t))
	made := must(t, w, "image", (*nova.Activities)(nil).CreateServerImage, in)
	require.Equal(t, made.ID, must(t, w, "image", (*nova.Activities)(nil).CreateServerImage, in).ID)
	w.imaged(t, in, made.ID)
	for range 2 {
		named := must(t, w, "name", (*nova.Activities)(nil).NameServerImage,
			nova.NameServerImageInput{Cloud: w.cloud, ID: made.ID, Name: in.Name})
		require.Equal(t, in.Name, named.Name)
	}
	require.Equal(t, []string{"image " + made.ID}, w.saved(t))
	undo(t, w, "image", (*nova.Activities)(nil).DeleteServerImage, in, &made)
	require.Empty(t, w.saved(t))
	undo(t, w, "image", (*nova.Activities)(nil).DeleteServerImage, in, nil)

	must(t, w, "image", (*nova.Activities)(nil).CreateServerImage, in) // and at once back
	undo(t, w, "image", (*nova.Activities)(nil).DeleteServerImage, in, nil)
	require.Empty(t, w.saved(t))
	require.False(t, strings.HasPrefix(w.seen(t, in.ServerID).TaskState, "image_"))
}

// Nova copies the mark into images of servers that were created from the marked one.
// Taking that back deleted them too.
func inheritedMark(t *testing.T, w *world) {
	in := w.imageOf(w.running(t))
	made := must(t, w, "image", (*nova.Activities)(nil).CreateServerImage, in)
	w.imaged(t, in, made.ID)
	must(t, w, "name", (*nova.Activities)(nil).NameServerImage,
		nova.NameServerImageInput{Cloud: w.cloud, ID: made.ID, Name: in.Name})
	second := nova.CreateServerInput{Cloud: w.cloud, Name: w.run + "-second", FlavorID: w.plan(t).FlavorID,
		ImageID: made.ID}
	s := must(t, w, "second", (*nova.Activities)(nil).CreateServer, second)
	t.Cleanup(func() { undo(t, w, "second", (*nova.Activities)(nil).DeleteServer, second, nil) })
	_, err := call(t, w, (*nova.Activities)(nil).WaitServer, nova.ServerWait{Cloud: w.cloud, ID: s.ID, Name: s.Name})
	require.NoError(t, err)
	c, err := w.clouds.Open(context.Background(), w.cloud)
	require.NoError(t, err)
	theirs, err := servers.CreateImage(t.Context(), c.Compute, s.ID,
		servers.CreateImageOpts{Name: w.run + "-by-hand"}).ExtractImageID()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, images.Delete(context.Background(), c.Image, theirs).ExtractErr()) })
	w.imaged(t, nova.CreateServerImageInput{ServerID: s.ID}, theirs)
	seen, err := images.Get(t.Context(), c.Image, theirs).Extract()
	require.NoError(t, err)
	require.Equal(t, string(w.mark("image")), seen.Properties[resource.MarkKey], "this is what it is about")
	require.Equal(t, []string{"image " + made.ID}, w.saved(t))
	undo(t, w, "image", (*nova.Activities)(nil).DeleteServerImage, in, &made)
	undo(t, w, "image", (*nova.Activities)(nil).DeleteServerImage, in, nil)
	require.Empty(t, w.saved(t))
	_, err = images.Get(t.Context(), c.Image, theirs).Extract()
	require.NoError(t, err)
}

func volumeImageAndBack(t *testing.T, w *world) {
	in := w.imageOf(w.onVolumes(t))
	made := must(t, w, "image", (*nova.Activities)(nil).CreateServerImage, in)
	require.Equal(t, made.ID, must(t, w, "image", (*nova.Activities)(nil).CreateServerImage, in).ID)
	ready := w.imaged(t, in, made.ID)
	require.Len(t, ready.Snapshots, 2)
	require.Len(t, w.saved(t), 3)
	must(t, w, "name", (*nova.Activities)(nil).NameServerImage,
		nova.NameServerImageInput{Cloud: w.cloud, ID: made.ID, Name: in.Name})
	undo(t, w, "image", (*nova.Activities)(nil).DeleteServerImage, in, &made)
	require.Empty(t, w.saved(t))
	c, err := w.clouds.Open(context.Background(), w.cloud)
	require.NoError(t, err)
	for _, id := range ready.Snapshots {
		_, err := glance.VolumeSnapshots.Get(context.Background(), c, id)
		require.Equal(t, cloud.Gone, cloud.ClassOf(err))
	}
}

func lostImage(t *testing.T, w *world) {
	c, err := w.clouds.Open(context.Background(), w.cloud)
	require.NoError(t, err)
	network := &c.Compute.HTTPClient
	whole := network.Transport
	defer func() { network.Transport = whole }()
	for _, s := range []nova.Server{w.running(t), w.fresh(t).onVolumes(t)} {
		in := w.imageOf(s)
		l := &losing{RoundTripper: whole, path: regexp.MustCompile("/action$")}
		network.Transport = l
		out, attempts := retried(t, w, "image", (*nova.Activities)(nil).CreateServerImage, in)
		require.Equal(t, 2, attempts)
		w.imaged(t, in, out.ID)
		all := w.saved(t)
		require.Equal(t, 1, len(slices.DeleteFunc(slices.Clone(all),
			func(s string) bool { return !strings.HasPrefix(s, "image") })), all)
		undo(t, w, "image", (*nova.Activities)(nil).DeleteServerImage, in, nil)
		require.Empty(t, w.saved(t))
	}
}

// orphanSnapshots are what nova leaves when it fails after the first of several.
func orphanSnapshots(t *testing.T, w *world) {
	s := w.onVolumes(t)
	in := w.imageOf(s)
	c, err := w.clouds.Open(context.Background(), w.cloud)
	require.NoError(t, err)
	theirs := snapshot(t, w, c, s.Volumes[0], "snapshot for "+in.Name)
	snapshot(t, w, c, s.Volumes[0], "snapshot for "+glance.WorkingName(in.Name, w.mark("image")))
	require.Len(t, w.saved(t), 1)
	undo(t, w, "image", (*nova.Activities)(nil).DeleteServerImage, in, nil)
	require.Empty(t, w.saved(t))

	snapshot(t, w, c, s.Volumes[0], "snapshot for "+glance.WorkingName(in.Name, w.mark("image")))
	made := must(t, w, "image", (*nova.Activities)(nil).CreateServerImage, in)
	w.imaged(t, in, made.ID)
	require.Len(t, w.saved(t), 3, "what an earlier attempt left is still there")
	undo(t, w, "image", (*nova.Activities)(nil).DeleteServerImage, in, &made)
	_, err = glance.VolumeSnapshots.Get(context.Background(), c, theirs.ID)
	require.NoError(t, err, "deleted what only has a similar name")
	require.NoError(t, snapshots.Delete(context.Background(), c.Volume, theirs.ID).ExtractErr())
	require.Eventually(t, func() bool {
		_, err := glance.VolumeSnapshots.Get(context.Background(), c, theirs.ID)
		return cloud.ClassOf(err) == cloud.Gone
	}, time.Minute, 50*time.Millisecond)
}

func snapshot(t *testing.T, w *world, c *cloud.Client, volume, name string) glance.VolumeSnapshot {
	t.Helper()
	s, err := snapshots.Create(context.Background(), c.Volume, snapshots.CreateOpts{VolumeID: volume, Name: name,
		Force: true}).Extract()
	require.NoError(t, err)
	var now glance.VolumeSnapshot
	require.Eventually(t, func() bool {
		now, err = glance.VolumeSnapshots.Get(context.Background(), c, s.ID)
		return err == nil && now.Status == "available"
	}, time.Minute, 50*time.Millisecond)
	return now
}

func noImage(t *testing.T, w *world) {
	s := w.running(t)
	w.brought(t, s, "shelve")
	_, err := call(t, w, (*nova.Activities)(nil).CheckServerImage,
		nova.ServerImageQuery{Cloud: w.cloud, Server: s.Name})
	app := application(t, err)
	require.Equal(t, cloud.InvalidRequest, app.Type())
	require.Contains(t, app.Message(), "is SHELVED_OFFLOADED: an image can be created from a server that is ACTIVE, SHUTOFF")
	w.brought(t, s, "unshelve")
}

// A snapshot that nova fails to fill is deleted by nova: the wait must end with
// nova's failure, and not go on for ever.
func TestAnImageThatNovaCouldNotFill(t *testing.T) {
	w := newDevcloud(t, devcloud.Options{}).fresh(t)
	in := w.imageOf(w.running(t))
	w.dev.AddFault(devcloud.Fault{Service: "nova", Method: "POST", Path: "/action$", Action: "error",
		Text: "disk is broken", Count: 1})
	made := must(t, w, "image", (*nova.Activities)(nil).CreateServerImage, in)
	_, err := call(t, w, (*nova.Activities)(nil).WaitServerImage,
		nova.ServerImageWait{Cloud: w.cloud, ID: made.ID, ServerID: in.ServerID})
	app := application(t, err)
	require.Equal(t, cloud.ServerError, app.Type())
	require.Contains(t, app.Message(), "nova could not save server")
	undo(t, w, "image", (*nova.Activities)(nil).DeleteServerImage, in, &made)
	require.Empty(t, w.saved(t))
}

// Nova fails at the second of two volumes: the snapshot of the first must not stay,
// neither when the run is reverted nor when the next attempt succeeds.
func TestAnImageOfVolumesThatFailsHalfWay(t *testing.T) {
	w := newDevcloud(t, devcloud.Options{}).fresh(t)
	in := w.imageOf(w.onVolumes(t))
	w.dev.AddFault(devcloud.Fault{Service: "nova", Method: "POST", Path: "/action$", Action: "error",
		Text: "cinder is broken", Count: 1})
	_, err := do(t, w, "image", (*nova.Activities)(nil).CreateServerImage, in)
	require.Equal(t, string(cloud.Ambiguous), application(t, err).Type())
	require.Len(t, w.saved(t), 1, "nova leaves the snapshot of the first volume")
	undo(t, w, "image", (*nova.Activities)(nil).DeleteServerImage, in, nil)
	require.Empty(t, w.saved(t))

	w.dev.AddFault(devcloud.Fault{Service: "nova", Method: "POST", Path: "/action$", Action: "error",
		Text: "cinder is broken", Count: 1})
	out, attempts := retried(t, w, "image", (*nova.Activities)(nil).CreateServerImage, in)
	require.Equal(t, 2, attempts)
	require.Len(t, w.saved(t), 3)
	undo(t, w, "image", (*nova.Activities)(nil).DeleteServerImage, in, &out)
	require.Empty(t, w.saved(t))
}

// A long name must not push the mark out of the field.
func TestWorkingNamesFit(t *testing.T) {
	m := saga.Mark("novaflow:run/image#1")
	for _, name := range []string{"a", strings.Repeat("x", 255), strings.Repeat("ü", 255),
		strings.Repeat("\U0001F600", 100)} {
		got := glance.WorkingName(name, m)
		require.LessOrEqual(t, utf8.RuneCountInString("snapshot for "+got), 255)
		require.True(t, utf8.ValidString(got))
		require.True(t, strings.HasSuffix(got, "("+m.Digest()+")"))
	}
}
