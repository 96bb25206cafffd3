package activities

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack/image/v2/images"
	"github.com/gophercloud/gophercloud/v2/openstack/image/v2/members"
	"github.com/stretchr/testify/require"

	"novaflow/activities/glance"
	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/resource"
	"novaflow/internal/devcloud"
)

// publishContracts are what every cloud must hold to when an image is created from a
// file.
var publishContracts = []struct {
	name string
	try  func(*testing.T, *world)
}{
	{"an image is made, filled, shown and shared once, and goes whole", imageLife},
	{"an id that was used is passed over", usedIDs},
	{"an upload that is cut begins anew on the same image", cutUpload},
	{"a source that stands still is cut", stalledSource},
	{"an image that is deleted while it is filled tells the uploader", deletedWhileSaving},
	{"an upload whose answer was lost is compared with its source", comparedUpload},
	{"an image with other data is found out", wrongData},
	{"data with another checksum than was asked for are refused", wrongChecksum},
	{"a check of an image reports every problem at once", imageProblems},
	{"an image with the mark of another is left alone", foreignImage},
	{"only what novaflow made is found to be deleted", imageToDelete},
	{"an image that may not be public is refused before it is filled", notPublic},
	{"an image that somebody hides is found all the same", hiddenImage},
}

func TestImagePublishContracts(t *testing.T) { tryContracts(t, publishContracts) }

// imageFile is a file of random data in a folder that the world's workers read.
func (w *world) imageFile(t *testing.T, size int) []byte {
	t.Helper()
	content := make([]byte, size)
	_, _ = rand.Read(content) // it never fails
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "disk.raw"), content, 0o600))
	w.clouds, w.images = w.anew(), dir
	w.clouds.SetImages(cloud.ImageSources{Dir: dir, Hosts: []string{"127.0.0.1"}, Stall: time.Second})
	return content
}

func (w *world) image() glance.CreateImageInput {
	return glance.CreateImageInput{Cloud: w.cloud, Name: w.run, DiskFormat: "raw", ContainerFormat: "bare",
		MinRAMMiB: 64, Properties: map[string]string{"os_type": "linux"}}
}

func (w *world) upload(im glance.Image, size int) glance.UploadImageInput {
	return glance.UploadImageInput{Cloud: w.cloud, ImageID: im.ID, Name: im.Name,
		From: glance.ImageSource{File: "disk.raw"}, SizeBytes: int64(size)}
}

// imageSeen is an image as the cloud has it.
func (w *world) imageSeen(t *testing.T, id string) glance.Image {
	t.Helper()
	return lookAt(t, w, glance.Images, id)
}

func imageLife(t *testing.T, w *world) {
	const size = 3 << 20
	w.imageFile(t, size)
	in := w.image()
	plan, err := call(t, w, (*glance.Activities)(nil).CheckImage,
		glance.ImageQuery{Cloud: w.cloud, Run: w.run, Name: w.run, From: glance.ImageSource{File: "disk.raw"},
			DiskFormat: "raw", ContainerFormat: "bare",
			Members: []string{strings.ReplaceAll(uuid.NewString(), "-", "")}})
	require.NoError(t, err)
	require.EqualValues(t, size, plan.SizeBytes)
	made := must(t, w, "image", (*glance.Activities)(nil).CreateImage, in)
	require.Equal(t, made.ID, must(t, w, "image", (*glance.Activities)(nil).CreateImage, in).ID,
		"a repeated create makes no twin")
	require.Equal(t, []string{"queued", "private"}, []string{made.Status, made.Visibility})
	require.Equal(t, w.mark("image"), made.Mark)

	var sent glance.Uploaded
	for range 2 { // the second finds the image active
		sent = must(t, w, "upload", (*glance.Activities)(nil).UploadImage, w.upload(made, size))
	}
	ready, err := call(t, w, (*glance.Activities)(nil).WaitImage,
		glance.ImageWait{Cloud: w.cloud, Name: w.run, Sent: sent})
	require.NoError(t, err)
	require.EqualValues(t, size, ready.SizeBytes)
	require.Equal(t, sent.SHA512, ready.Hash)

	show := glance.PublishImageInput{Cloud: w.cloud, ImageID: made.ID, Visibility: "shared", Protected: true}
	share := glance.ShareImageInput{Cloud: w.cloud, ImageID: made.ID, Project: plan.Members[0]}
	for range 2 {
		require.True(t, must(t, w, "publish", (*glance.Activities)(nil).PublishImage, show).Protected)
		require.Equal(t, "pending", must(t, w, "share", (*glance.Activities)(nil).ShareImage, share).Status)
	}
	for range 2 {
		undo(t, w, "share", (*glance.Activities)(nil).UnshareImage, share, nil)
	}
	c, err := w.clouds.Open(context.Background(), w.cloud)
	require.NoError(t, err)
	pages, err := members.List(c.Image, made.ID).AllPages(context.Background())
	require.NoError(t, err)
	left, err := members.ExtractMembers(pages)
	require.NoError(t, err)
	require.Empty(t, left)
	for range 2 {
		undo(t, w, "publish", (*glance.Activities)(nil).UnpublishImage, show, nil)
		undo(t, w, "share", (*glance.Activities)(nil).UnshareImage, share, nil) // not shared with anybody
	}
	back := w.imageSeen(t, made.ID)
	require.Equal(t, []any{"private", false}, []any{back.Visibility, back.Protected})
	must(t, w, "publish", (*glance.Activities)(nil).PublishImage, show)
	undo(t, w, "image", (*glance.Activities)(nil).DeleteImage, in, nil) // though it is protected
	undo(t, w, "publish", (*glance.Activities)(nil).UnpublishImage, show, nil)
	undo(t, w, "share", (*glance.Activities)(nil).UnshareImage, share, nil)
	undo(t, w, "image", (*glance.Activities)(nil).DeleteImage, in, &made)
}

// Glance gives an id out once: a run that was reverted and reset gets the next.
func usedIDs(t *testing.T, w *world) {
	in := w.image()
	first := must(t, w, "image", (*glance.Activities)(nil).CreateImage, in)
	require.Equal(t, glance.ImageID(w.mark("image"), 0), first.ID)
	undo(t, w, "image", (*glance.Activities)(nil).DeleteImage, in, nil)
	second := must(t, w, "image", (*glance.Activities)(nil).CreateImage, in)
	require.Equal(t, glance.ImageID(w.mark("image"), 1), second.ID)
	undo(t, w, "image", (*glance.Activities)(nil).DeleteImage, in, nil)
}

// server serves data in pieces, as the test says: bytes to send before it stops,
// and then hangs or hangs up.
type slowServer struct {
	content []byte
	first   atomic.Int64 // bytes that are sent before it stops; all if not less than there are
	hang    atomic.Bool
	asked   atomic.Int64
	stop    chan struct{}
}

func (s *slowServer) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	s.asked.Add(1)
	rw.Header().Set("Content-Length", fmt.Sprint(len(s.content)))
	n := min(int(s.first.Load()), len(s.content))
	_, _ = rw.Write(s.content[:n]) // the client may have gone
	if n == len(s.content) {
		return
	}
	rw.(http.Flusher).Flush()
	if s.hang.Load() {
		select {
		case <-r.Context().Done():
		case <-s.stop:
		}
	}
	panic(http.ErrAbortHandler)
}

// serve starts one, at an address that the world's workers may read from.
func serve(t *testing.T, content []byte) (*slowServer, string) {
	t.Helper()
	s := &slowServer{content: content, stop: make(chan struct{})}
	server := httptest.NewServer(s)
	t.Cleanup(func() { close(s.stop); server.Close() })
	return s, server.URL + "/disk.raw"
}

// The worker dies, or the source breaks off: what glance has got is dropped, the
// image is queued again, and the next attempt sends all of it.
func cutUpload(t *testing.T, w *world) {
	content := w.imageFile(t, 3<<20)
	s, address := serve(t, content)
	made := must(t, w, "image", (*glance.Activities)(nil).CreateImage, w.image())
	in := w.upload(made, len(content))
	in.From = glance.ImageSource{URL: address}
	s.first.Store(1 << 20)
	_, err := do(t, w, "upload", (*glance.Activities)(nil).UploadImage, in)
	app := application(t, err)
	require.Equal(t, string(cloud.Transient), app.Type(), app.Message())
	require.Contains(t, app.Message(), "it ends after")
	s.first.Store(int64(len(content)))
	// glance may only now begin with the first one
	sent, _ := retried(t, w, "upload", (*glance.Activities)(nil).UploadImage, in)
	require.Equal(t, sent.SHA512, w.imageSeen(t, made.ID).Hash)
	undo(t, w, "image", (*glance.Activities)(nil).DeleteImage, w.image(), nil)
}

func stalledSource(t *testing.T, w *world) {
	content := w.imageFile(t, 2<<20)
	s, address := serve(t, content)
	made := must(t, w, "image", (*glance.Activities)(nil).CreateImage, w.image())
	in := w.upload(made, len(content))
	in.From = glance.ImageSource{URL: address}
	s.first.Store(1 << 20)
	s.hang.Store(true)
	_, err := do(t, w, "upload", (*glance.Activities)(nil).UploadImage, in)
	app := application(t, err)
	require.Equal(t, string(cloud.Transient), app.Type())
	require.Contains(t, app.Message(), "nothing has moved")
	undo(t, w, "image", (*glance.Activities)(nil).DeleteImage, w.image(), nil)
}

func deletedWhileSaving(t *testing.T, w *world) {
	content := w.imageFile(t, 2<<20)
	made := must(t, w, "image", (*glance.Activities)(nil).CreateImage, w.image())
	c, err := w.clouds.Open(context.Background(), w.cloud)
	require.NoError(t, err)
	in := w.upload(made, len(content))
	read, write := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		ended <- putImage(context.Background(), c, in, read)
	}()
	_, err = write.Write(content[:1<<20])
	require.NoError(t, err)
	require.Eventually(t, func() bool { return w.imageSeen(t, made.ID).Status == "saving" }, 10*time.Second,
		20*time.Millisecond)
	second, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	err = putImage(second, c, in, bytes.NewReader(content))
	require.Error(t, err, "nobody else may fill it meanwhile")
	undo(t, w, "image", (*glance.Activities)(nil).DeleteImage, w.image(), &made)
	_, _ = write.Write(content[1<<20:]) // it may have been cut
	err = cloud.Glance.Op(cloud.Changing, "upload").Wrap(t.Context(), <-ended)
	require.ErrorContains(t, err, "could not be found after upload")
	_, err = do(t, w, "upload", (*glance.Activities)(nil).UploadImage, in)
	require.Equal(t, cloud.ImageError, application(t, err).Type())
}

// putImage sends the data of an image past the worker.
func putImage(ctx context.Context, c *cloud.Client, in glance.UploadImageInput, content io.Reader) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPut, c.Image.ServiceURL("images", in.ImageID, "file"),
		io.NopCloser(content))
	if err != nil {
		return err
	}
	req.ContentLength = in.SizeBytes
	for k, v := range c.Image.AuthenticatedHeaders() {
		req.Header.Set(k, v)
	}
	req.Header.Set("Content-Type", "application/octet-stream")
	answer, err := (&http.Client{Transport: c.Image.HTTPClient.Transport}).Do(req)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode == http.StatusNoContent {
		return nil
	}
	words, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	return gophercloud.ErrUnexpectedResponseCode{Method: http.MethodPut, Actual: answer.StatusCode, Body: words,
		ResponseHeader: answer.Header}
}

func comparedUpload(t *testing.T, w *world) {
	content := w.imageFile(t, 1<<20)
	made := must(t, w, "image", (*glance.Activities)(nil).CreateImage, w.image())
	in := w.upload(made, len(content))
	first := must(t, w, "upload", (*glance.Activities)(nil).UploadImage, in)
	again := must(t, w, "upload", (*glance.Activities)(nil).UploadImage, in)
	require.Equal(t, first.SHA512, again.SHA512)
	content[7]++
	require.NoError(t, os.WriteFile(filepath.Join(w.images, "disk.raw"), content, 0o600))
	_, err := do(t, w, "upload", (*glance.Activities)(nil).UploadImage, in)
	require.Equal(t, cloud.ImageError, application(t, err).Type())
	undo(t, w, "image", (*glance.Activities)(nil).DeleteImage, w.image(), nil)
}

func wrongData(t *testing.T, w *world) {
	content := w.imageFile(t, 1<<20)
	made := must(t, w, "image", (*glance.Activities)(nil).CreateImage, w.image())
	sent := must(t, w, "upload", (*glance.Activities)(nil).UploadImage, w.upload(made, len(content)))
	for _, other := range []glance.Uploaded{{SizeBytes: sent.SizeBytes + 1, MD5: sent.MD5, SHA512: sent.SHA512},
		{SizeBytes: sent.SizeBytes, MD5: sent.MD5, SHA512: strings.Repeat("0", 128)}} {
		other.ImageID = made.ID
		_, err := call(t, w, (*glance.Activities)(nil).WaitImage, glance.ImageWait{Cloud: w.cloud, Sent: other})
		require.Equal(t, cloud.ImageError, application(t, err).Type())
		require.Contains(t, application(t, err).Message(), "does not hold what was sent")
	}
	undo(t, w, "image", (*glance.Activities)(nil).DeleteImage, w.image(), nil)
}

func wrongChecksum(t *testing.T, w *world) {
	content := w.imageFile(t, 1<<20)
	made := must(t, w, "image", (*glance.Activities)(nil).CreateImage, w.image())
	in := w.upload(made, len(content))
	in.Checksum = glance.Checksum("sha256:" + strings.Repeat("0", 64))
	_, err := do(t, w, "upload", (*glance.Activities)(nil).UploadImage, in)
	require.Equal(t, cloud.ImageError, application(t, err).Type())
	sum := sha256.Sum256(content)
	in.Checksum = glance.Checksum("sha256:" + hex.EncodeToString(sum[:]))
	must(t, w, "upload", (*glance.Activities)(nil).UploadImage, in)
	undo(t, w, "image", (*glance.Activities)(nil).DeleteImage, w.image(), nil)
}

func imageProblems(t *testing.T, w *world) {
	w.imageFile(t, 10)
	made := must(t, w, "image", (*glance.Activities)(nil).CreateImage, w.image())
	_, err := call(t, w, (*glance.Activities)(nil).CheckImage, glance.ImageQuery{
		Cloud: w.cloud, Run: "another", Name: w.run, From: glance.ImageSource{File: "../disk.raw"}, DiskFormat: "qcow",
		ContainerFormat: "box", Members: []string{"none%' .*"},
	})
	app := application(t, err)
	require.Equal(t, cloud.InvalidRequest, app.Type())
	require.Equal(t, 5, strings.Count(app.Message(), "\n- "), app.Message())
	for _, words := range []string{"exists already", `"../disk.raw"`, `did you mean "qcow2"`, `"box"`,
		`member "none%' .*"`} {
		require.Contains(t, app.Message(), words)
	}
	undo(t, w, "image", (*glance.Activities)(nil).DeleteImage, w.image(), &made)
}

// foreignImage has the id of ours, or our mark as a property that it inherited.
func foreignImage(t *testing.T, w *world) {
	c, err := w.clouds.Open(context.Background(), w.cloud)
	require.NoError(t, err)
	in, private := w.image(), images.ImageVisibilityPrivate
	opts := images.CreateOpts{ID: glance.ImageID(w.mark("image"), 0), Name: in.Name, DiskFormat: in.DiskFormat,
		ContainerFormat: in.ContainerFormat,
		Visibility:      &private, MinRAM: in.MinRAMMiB, Properties: resource.MarkMetadata(w.mark("image"))}
	opts.Properties[glance.SelfKey] = uuid.NewString()
	theirs, err := images.Create(context.Background(), c.Image, opts).Extract()
	require.NoError(t, err)
	defer func() { require.NoError(t, images.Delete(context.Background(), c.Image, theirs.ID).ExtractErr()) }()
	ours := must(t, w, "image", (*glance.Activities)(nil).CreateImage, w.image())
	require.NotEqual(t, theirs.ID, ours.ID)
	undo(t, w, "image", (*glance.Activities)(nil).DeleteImage, w.image(), nil)
	undo(t, w, "image", (*glance.Activities)(nil).DeleteImage, w.image(),
		&glance.Image{ServerImage: glance.ServerImage{OwnedObject: resource.OwnedObject{ID: theirs.ID}}})
	undo(t, w, "publish", (*glance.Activities)(nil).UnpublishImage,
		glance.PublishImageInput{Cloud: w.cloud, ImageID: theirs.ID}, nil)
	require.Equal(t, "queued", w.imageSeen(t, theirs.ID).Status)
}

func imageToDelete(t *testing.T, w *world) {
	_, err := call(t, w, (*glance.Activities)(nil).ResolveOwnedImage,
		glance.OwnedImageQuery{Cloud: w.cloud, Image: w.run})
	require.Contains(t, application(t, err).Message(), "there is no image")
	made := must(t, w, "image", (*glance.Activities)(nil).CreateImage, w.image())
	show := glance.PublishImageInput{Cloud: w.cloud, ImageID: made.ID, Visibility: "private", Protected: true}
	must(t, w, "publish", (*glance.Activities)(nil).PublishImage, show)
	_, err = call(t, w, (*glance.Activities)(nil).ResolveOwnedImage,
		glance.OwnedImageQuery{Cloud: w.cloud, Image: w.run})
	require.Contains(t, application(t, err).Message(), "is protected")
	found, err := call(t, w, (*glance.Activities)(nil).ResolveOwnedImage,
		glance.OwnedImageQuery{Cloud: w.cloud, Image: made.ID, Protected: true})
	require.NoError(t, err)
	require.Equal(t, made.ID, found.ID)
	for range 2 {
		must(t, w, "remove", (*glance.Activities)(nil).RemoveImage, found.OwnedObject)
	}
}

func notPublic(t *testing.T, w *world) {
	in := w.image()
	in.Public = true
	_, err := do(t, w, "image", (*glance.Activities)(nil).CreateImage, in)
	app := application(t, err)
	require.Equal(t, string(cloud.Terminal), app.Type())
	require.Contains(t, app.Message(), "publicize_image")
	undo(t, w, "image", (*glance.Activities)(nil).DeleteImage, in, nil)
}

func hiddenImage(t *testing.T, w *world) {
	for range 2 { // under the first id, and under another, which only lists tell
		made := must(t, w, "image", (*glance.Activities)(nil).CreateImage, w.image())
		c, err := w.clouds.Open(context.Background(), w.cloud)
		require.NoError(t, err)
		require.NoError(t, images.Update(t.Context(), c.Image, made.ID,
			images.UpdateOpts{images.ReplaceImageHidden{NewHidden: true}}).Err)
		require.Equal(t, made.ID, must(t, w, "image", (*glance.Activities)(nil).CreateImage, w.image()).ID)
		found, err := call(t, w, (*glance.Activities)(nil).ResolveOwnedImage,
			glance.OwnedImageQuery{Cloud: w.cloud, Image: w.run})
		require.NoError(t, err)
		require.Equal(t, made.ID, found.ID)
		require.Len(t, w.marked(t), 1)
		undo(t, w, "image", (*glance.Activities)(nil).DeleteImage, w.image(), nil)
		require.Empty(t, w.marked(t))
	}
}

// Who may make images public does so without anybody seeing one that is not whole.
func TestAPublicImageIsHiddenUntilItIsPublished(t *testing.T) {
	w := newDevcloud(t, devcloud.Options{}).fresh(t)
	w.cloud = "devcloud-admin"
	in := w.image()
	in.Public = true
	made := must(t, w, "image", (*glance.Activities)(nil).CreateImage, in)
	names := func() []string {
		all, err := glance.ListImageNames(t.Context(), w.clouds, "devcloud")
		require.NoError(t, err)
		return all
	}
	require.NotContains(t, names(), w.run)
	show := glance.PublishImageInput{Cloud: w.cloud, ImageID: made.ID, Visibility: "public"}
	require.Equal(t, "public", must(t, w, "publish", (*glance.Activities)(nil).PublishImage, show).Visibility)
	require.Contains(t, names(), w.run)
	undo(t, w, "publish", (*glance.Activities)(nil).UnpublishImage, show, nil)
	require.NotContains(t, names(), w.run)
	undo(t, w, "image", (*glance.Activities)(nil).DeleteImage, in, &made)
}

// A worker died without a word, and glance does not notice: the image is saving
// for ever, and only a new one helps.
func TestAnImageThatStaysSavingIsGivenUp(t *testing.T) {
	w := newDevcloud(t, devcloud.Options{}).fresh(t)
	w.clouds.SetPatience(50 * time.Millisecond)
	content := w.imageFile(t, 1000)
	made := must(t, w, "image", (*glance.Activities)(nil).CreateImage, w.image())
	w.dev.AddFault(devcloud.Fault{Service: "glance", Method: "PUT", Path: "/file$", Action: "stuck", Count: 1})
	in := w.upload(made, len(content))
	for _, class := range []string{string(cloud.Ambiguous), cloud.ImageError} {
		_, err := do(t, w, "upload", (*glance.Activities)(nil).UploadImage, in)
		require.Equal(t, class, application(t, err).Type())
	}
	_, err := call(t, w, (*glance.Activities)(nil).WaitImage,
		glance.ImageWait{Cloud: w.cloud, Sent: glance.Uploaded{ImageID: made.ID}})
	app := application(t, err)
	require.Equal(t, cloud.ImageError, app.Type())
	require.Contains(t, app.Message(), "nobody sends anything")
	undo(t, w, "image", (*glance.Activities)(nil).DeleteImage, w.image(), &made)
}

// Whatever becomes of the answer to an upload, the next attempt finds what it has
// done.
func TestLostAnswersOfAnUpload(t *testing.T) {
	for _, lost := range []string{"after:500", "drop", "cut", "503", "own:409", "own:410"} {
		t.Run(lost, func(t *testing.T) {
			w := newDevcloud(t, devcloud.Options{}).fresh(t)
			content := w.imageFile(t, 1<<20)
			made := must(t, w, "image", (*glance.Activities)(nil).CreateImage, w.image())
			w.dev.AddFault(devcloud.Fault{Service: "glance", Method: "PUT", Path: "/file$", Action: lost, Count: 1})
			sent, attempts := retried(t, w, "upload", (*glance.Activities)(nil).UploadImage,
				w.upload(made, len(content)))
			require.Equal(t, 2, attempts)
			require.Equal(t, sent.SHA512, w.imageSeen(t, made.ID).Hash)
			undo(t, w, "image", (*glance.Activities)(nil).DeleteImage, w.image(), &made)
		})
	}
}
