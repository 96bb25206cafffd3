//go:build openstack

package openstack

import (
	"bytes"
	"crypto/rand"
	"crypto/sha512"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"
	"github.com/gophercloud/gophercloud/v2/openstack/image/v2/images"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"novaflow/activities"
	"novaflow/activities/glance"
	"novaflow/saga"
	"novaflow/test/stage"
	"novaflow/workflows/image"
	"novaflow/workflows/ownership"
	"novaflow/workflows/spec"
)

const imageBytes = 8 << 20

// imageSpec asks for an image of a file, and imageFlags are those of a worker that
// has it.
func imageSpec(t *testing.T) (req image.PublishSpec, imageFlags []string, hash string) {
	t.Helper()
	content, dir := make([]byte, imageBytes), t.TempDir()
	_, _ = rand.Read(content) // it never fails
	require.NoError(t, os.WriteFile(filepath.Join(dir, "disk.raw"), content, 0o600))
	return image.PublishSpec{
		RunOptions: spec.RunOptions{Cloud: cloudName}, Name: "novaflow-test-" + uuid.NewString()[:8], File: "disk.raw",
		DiskFormat: "raw",
		Protected:  true, Members: []string{strings.ReplaceAll(uuid.NewString(), "-", "")},
		Properties: map[string]string{"os_type": "linux"},
	}, []string{"--image-dir", dir, "--image-host", "127.0.0.1"}, fmt.Sprintf("%x", sha512.Sum512(content))
}

func imageRun(t *testing.T, queue, name, workflow string, req any) client.WorkflowRun {
	t.Helper()
	return runOf(t, queue, spec.ImageWorkflowID(cloudName, name), workflow, req)
}

func removeImage(t *testing.T, queue, name string) {
	t.Helper()
	remove := image.DeleteSpec{RunOptions: spec.RunOptions{Cloud: cloudName}, Image: name, Protected: true}
	require.NoError(t, theStage.Get(t, imageRun(t, queue, name, image.Delete.Workflow, remove), nil))
}

func TestAnImageIsPublishedWholeAndDeletedWhole(t *testing.T) {
	before, queue := imagesAndSnapshots(t), stage.Queue()
	req, flags, hash := imageSpec(t)
	theStage.WorkerProcess(t, queue, "", flags...)
	var made image.Image
	require.NoError(t, theStage.Get(t, imageRun(t, queue, req.Name, image.Publish.Workflow, req), &made))
	require.Equal(t, hash, made.Hash)
	seen, err := images.Get(t.Context(), imageService(t), made.ID).Extract()
	require.NoError(t, err)
	require.Equal(t, []any{images.ImageStatusActive, images.ImageVisibilityShared, true, "linux"},
		[]any{seen.Status, seen.Visibility, seen.Protected, seen.Properties["os_type"]})
	removeImage(t, queue, req.Name)
	require.Equal(t, before, imagesAndSnapshots(t))
	requireNoLeaks(t)
}

// A released image belongs to nobody. An image that was created by hand is adopted.
func TestAnImageIsReleasedAndAdoptedOrAsItWas(t *testing.T) {
	before, queue := imagesAndSnapshots(t), stage.Queue()
	req, flags, _ := imageSpec(t)
	theStage.WorkerProcess(t, queue, "", flags...)
	run := func(workflow string, input, result any) error {
		return theStage.Get(t, imageRun(t, queue, req.Name, workflow, input), result)
	}
	var made image.Image
	require.NoError(t, run(image.Publish.Workflow, req, &made))
	properties := func() map[string]any {
		seen, err := images.Get(t.Context(), imageService(t), made.ID).Extract()
		require.NoError(t, err)
		return seen.Properties
	}
	mark := ownership.MarkSpec{RunOptions: req.RunOptions, Kind: activities.KindImage, Name: req.Name}
	under(t, "glance PATCH /images/ after:500 1",
		func() { require.NoError(t, run(ownership.Release.Workflow, mark, nil)) })
	require.NotContains(t, properties(), "novaflow_mark")
	require.Equal(t, "linux", properties()["os_type"])
	require.ErrorContains(t, run(image.Delete.Workflow,
		image.DeleteSpec{RunOptions: req.RunOptions, Image: req.Name, Protected: true}, nil), "not created by novaflow")
	if faultFile != "" {
		under(t, "glance PATCH /images/ 400", func() { require.Error(t, run(ownership.Adopt.Workflow, mark, nil)) })
		require.NotContains(t, properties(), "novaflow_mark")
	}
	var got ownership.Adopted
	under(t, "glance PATCH /images/ drop 1", func() { require.NoError(t, run(ownership.Adopt.Workflow, mark, &got)) })
	require.Equal(t, string(got.Mark), properties()["novaflow_mark"])
	removeImage(t, queue, req.Name)
	require.Equal(t, before, imagesAndSnapshots(t))
	requireNoLeaks(t)
}

// An image that may not be public is refused before anything is sent.
func TestAnImageThatMayNotBePublicLeavesNothing(t *testing.T) {
	imageFails(t, "data/image", "publicize_image", func(req *image.PublishSpec) { req.Visibility, req.Members = "public", nil })
}

// An image that exists, but not as it was asked for, is created again, once, and then
// reverted.
func TestAnImageOfTheWrongFileLeavesNothing(t *testing.T) {
	imageFails(t, "data/upload", "has the checksum sha256:", func(req *image.PublishSpec) {
		req.Checksum = glance.Checksum("sha256:" + strings.Repeat("0", 64))
	})
}

// imageFails publishes an image that cannot succeed, and requires that nothing of it is
// left.
func imageFails(t *testing.T, task, words string, wrong func(*image.PublishSpec)) {
	t.Helper()
	before, queue := imagesAndSnapshots(t), stage.Queue()
	req, flags, _ := imageSpec(t)
	theStage.WorkerProcess(t, queue, "", flags...)
	wrong(&req)
	err := theStage.Get(t, imageRun(t, queue, req.Name, image.Publish.Workflow, req), nil)
	requireReverted(t, err, task)
	require.ErrorContains(t, err, words)
	require.Equal(t, before, imagesAndSnapshots(t))
	requireNoLeaks(t)
}

// slowSource sends a part and then nothing, as long as it is held.
type slowSource struct {
	content []byte
	held    atomic.Bool
}

func (s *slowSource) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	rw.Header().Set("Content-Length", fmt.Sprint(len(s.content)))
	if !s.held.Load() {
		_, _ = rw.Write(s.content) // the worker only looks at the length
		return
	}
	_, _ = rw.Write(s.content[:len(s.content)/2])
	rw.(http.Flusher).Flush()
	<-r.Context().Done()
}

// A worker that is killed in the middle of an upload leaves the image saving, then
// queued. The next worker fills the same image from the start.
func TestAnImageIsFilledThoughTheWorkerDiesInTheUpload(t *testing.T) {
	before, queue := imagesAndSnapshots(t), stage.Queue()
	req, flags, _ := imageSpec(t)
	source := &slowSource{content: bytes.Repeat([]byte("0123456789abcdef"), imageBytes/16)}
	source.held.Store(true)
	server := httptest.NewServer(source)
	t.Cleanup(server.Close)
	req.File, req.URL, req.Members, req.Protected = "", server.URL+"/disk.raw", nil, false
	doomed := theStage.WorkerProcess(t, queue, "", flags...)
	run := imageRun(t, queue, req.Name, image.Publish.Workflow, req)
	var id string
	stage.Await(t, "the image to be saving", func() bool {
		pages, err := images.List(imageService(t), images.ListOpts{Name: req.Name}).AllPages(t.Context())
		require.NoError(t, err)
		found, err := images.ExtractImages(pages)
		require.NoError(t, err)
		if len(found) == 0 {
			return false
		}
		id = found[0].ID
		return found[0].Status == images.ImageStatusSaving
	})
	doomed.Kill()
	source.held.Store(false)
	theStage.WorkerProcess(t, queue, "", flags...)
	var made image.Image
	require.NoError(t, theStage.Get(t, run, &made))
	require.Equal(t, id, made.ID, "the same image, filled from the start")
	require.Equal(t, fmt.Sprintf("%x", sha512.Sum512(source.content)), made.Hash)
	require.EqualValues(t, 1, theStage.Ledger(t, run).Entry("data/image").Attempt)
	require.Equal(t, saga.RunCommitted, theStage.Ledger(t, run).State)
	require.Len(t, imagesAndSnapshots(t), len(before)+1)
	removeImage(t, queue, req.Name)
	require.Equal(t, before, imagesAndSnapshots(t))
	requireNoLeaks(t)
}

func TestAnImageIsMadeOnceThoughAnswersAreLost(t *testing.T) {
	if faultFile == "" {
		t.Log("NOVAFLOW_FAULTS names no file: no faults to try")
		return
	}
	before, queue := imagesAndSnapshots(t), stage.Queue()
	req, flags, hash := imageSpec(t)
	theStage.WorkerProcess(t, queue, "", flags...)
	require.NoError(t, os.WriteFile(faultFile, []byte("glance POST /images$ after:500 1\nglance PUT /file$ after:500 "+
		"1\nglance POST /members$ drop 1\nglance PATCH /images/ after:503 1\n"), 0o644))
	t.Cleanup(func() { require.NoError(t, os.Remove(faultFile)) })
	var made image.Image
	require.NoError(t, theStage.Get(t, imageRun(t, queue, req.Name, image.Publish.Workflow, req), &made))
	require.Equal(t, hash, made.Hash)
	require.Len(t, imagesAndSnapshots(t), len(before)+1, "nothing twice")
	removeImage(t, queue, req.Name)
	require.Equal(t, before, imagesAndSnapshots(t))
}
