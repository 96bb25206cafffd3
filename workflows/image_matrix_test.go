package workflows_test

import (
	"bytes"
	"crypto/sha512"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"novaflow/activities"
	"novaflow/activities/glance"
	"novaflow/internal/devcloud"
	"novaflow/saga/sagatest"
	"novaflow/workflows/image"
	"novaflow/workflows/server"
	"novaflow/workflows/spec"
)

var (
	anImage = image.PublishSpec{
		RunOptions: onDevcloud, Name: "golden", File: "disk.raw", DiskFormat: "raw", MinRAM: 64,
		Properties: map[string]string{"os_type": "linux"},
		Protected:  true, Members: []string{"11111111111111111111111111111111", "22222222222222222222222222222222"},
	}
	deleteImage = image.DeleteSpec{RunOptions: onDevcloud, Image: "golden", Protected: true}
)

const imageBytes = 300_000

var (
	imageData = bytes.Repeat([]byte("disk"), imageBytes/4)
	imageHash = fmt.Sprintf("%x", sha512.Sum512(imageData))
)

// withFile gives the workers of the world a file to make images of.
func withFile(t testing.TB, w *cloudWorld) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "disk.raw"), imageData, 0o600))
	w.clouds.SetImages(activities.ImageSources{Dir: dir})
	w.clouds.SetPatience(100 * time.Millisecond)
}

func onGlance(method, path, action string, count, skip int) []devcloud.Fault {
	return []devcloud.Fault{{Service: "glance", Method: method, Path: path, Action: action, Count: count, Skip: skip,
		Text: "glance is broken"}}
}

// glanceTroubles are those that every flow of images has to get along with.
var glanceTroubles = []trouble{
	{name: "answers to POST are lost", faults: onGlance("POST", ".", "after:500", 2, 0)},
	{name: "lists lag", faults: onGlance("POST", "/images$", "lag:25ms", 0, 0)},
	{name: "the answer to the upload is lost", faults: onGlance("PUT", "/file$", "after:500", 1, 0)},
	{name: "the connection drops after the upload", faults: onGlance("PUT", "/file$", "drop", 1, 0)},
	{name: "the upload is refused for a while", faults: onGlance("PUT", "/file$", "503", 2, 0)},
	{name: "glance dies during the upload", faults: onGlance("PUT", "/file$", "stuck", 1, 0)},
	{name: "the first image is damaged", faults: onGlance("PUT", "/file$", "error", 1, 0)},
	{name: "answers to changes are lost", faults: onGlance("PATCH", ".", "after:503", 2, 0)},
	{name: "answers to DELETE are lost", faults: onGlance("DELETE", ".", "after:500", 2, 0)},
	{name: "deletes are refused for a while", faults: onGlance("DELETE", ".", "own:409", 2, 0)},
	{name: "bursts of 503", faults: append(onGlance("GET", ".", "503", 1, 2), onGlance("POST", ".", "503", 2, 1)...)},
	{name: "tokens expire", faults: onGlance("*", ".", "expire", 1, 3)},
}

// imageRefusals are clouds in which an image cannot come to be.
var imageRefusals = []trouble{
	{name: "every image is damaged", refuses: true, faults: onGlance("PUT", "/file$", "error", 0, 0)},
	{name: "no room for the data", refuses: true, faults: onGlance("PUT", "/file$", "own:413", 0, 0)},
	{name: "it may not be shown", refuses: true, faults: onGlance("PATCH", ".", "own:403", 1, 0)},
	{name: "it may not be shared", refuses: true, faults: onGlance("POST", "/members$", "own:403", 1, 1)},
}

func imageWorlds(more []trouble, prepare func(testing.TB, *cloudWorld)) []sagatest.Start {
	starts := worlds(slices.Concat(glanceTroubles, more), perTrouble, prepare)
	starts[0].Sample = perClean / 5
	return starts
}

// An image is there with all its data and for those it is meant for, or nothing of
// it is, whatever happens to which task; and it can be deleted without a trace.
func TestImagePublishLeavesNothingOrExactlyItself(t *testing.T) {
	t.Parallel()
	r := sagatest.Prove(t, sagatest.Flow{
		Workflow: image.Publish.Workflow, Input: anImage, Pairs: pairs / 3,
		Inverse: func(sagatest.Result) (any, any) { return image.Delete.Workflow, deleteImage },
		Check: func(_ sagatest.World, result sagatest.Result) error {
			var im image.Image
			if err := result(&im); err != nil {
				return err
			}
			if im.Status != "active" || im.Hash != imageHash || im.SizeBytes != imageBytes ||
				im.Visibility != "shared" || !im.Protected || !slices.Equal(im.Members, anImage.Members) {
				return fmt.Errorf("the image is not as asked for: %+v", im)
			}
			return nil
		},
	}, imageWorlds(imageRefusals, withFile)...)
	requireAll(t, r, 7)
}

// awaitImage reports whether a project comes to see an image: lists may lag.
func (w *cloudWorld) awaitImage(t *testing.T, cloud, name string) (seen bool, err error) {
	t.Helper()
	for range 500 {
		names, err := glance.ListImageNames(t.Context(), w.clouds, cloud)
		if err != nil || slices.Contains(names, name) {
			return err == nil, err
		}
		time.Sleep(10 * time.Millisecond)
	}
	return false, nil
}

// A public image is hidden until it is whole, and its undo finds it all the same.
func TestAPublicImageIsPublishedWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	req := image.PublishSpec{RunOptions: spec.RunOptions{Cloud: "devcloud-admin"}, Name: "golden", File: "disk.raw",
		DiskFormat: "raw", Visibility: "public"}
	starts := worlds(glanceTroubles[:3], perTrouble, withFile)
	starts[0].Sample = 3 * perVerb
	r := sagatest.Prove(t, sagatest.Flow{
		Workflow: image.Publish.Workflow, Input: req, Pairs: pairs / 3,
		Check: func(w sagatest.World, result sagatest.Result) error {
			var im image.Image
			if err := result(&im); err != nil {
				return err
			}
			seen, err := w.(*cloudWorld).awaitImage(t, "devcloud", req.Name)
			if err == nil && (im.Visibility != "public" || !seen) {
				err = fmt.Errorf("others do not see the image: %+v", im)
			}
			return err
		},
	}, starts...)
	requireAll(t, r, 5)
}

// A delete takes the image, protected as it is, and nothing else.
func TestImageDeleteRemovesTheImageAndNothingElse(t *testing.T) {
	t.Parallel()
	r := sagatest.Prove(t, sagatest.Flow{
		Workflow: image.Delete.Workflow, Input: deleteImage, ForwardOnly: true,
		NothingLeft: thereIsNo("image"),
		Check:       asBefore,
	}, imageWorlds(nil, func(t testing.TB, w *cloudWorld) {
		withFile(t, w)
		w.run(t, image.Publish.Workflow, anImage)
	})...)
	requireAll(t, r, 2)
}

// An image of a server that boots from a volume is no more than a list of
// snapshots: they go with it.
func TestImageDeleteTakesTheSnapshotsOfAServersImage(t *testing.T) {
	w := openWorld(t, devcloud.Options{})
	w.run(t, server.Create.Workflow, volumeServer)
	before := w.Inventory()
	w.run(t, server.Snapshot.Workflow, snapshotServer)
	w.run(t, image.Delete.Workflow, image.DeleteSpec{RunOptions: onDevcloud, Image: snapshotServer.Name})
	require.Equal(t, before, w.Inventory())
}
