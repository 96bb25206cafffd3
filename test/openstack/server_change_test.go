//go:build openstack

package openstack

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack"
	"github.com/gophercloud/gophercloud/v2/openstack/blockstorage/v3/snapshots"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/servers"
	"github.com/gophercloud/gophercloud/v2/openstack/image/v2/images"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"novaflow/saga"
	"novaflow/test/stage"
	"novaflow/workflows/server"
	"novaflow/workflows/spec"
)

var options = spec.RunOptions{Cloud: cloudName}

// changed is a server of its own, to which a test applies changes one after the other.
type changed struct {
	t     *testing.T
	queue string
	spec  server.CreateSpec
	made  server.Server
}

func forChanges(t *testing.T, volumes bool) changed {
	t.Helper()
	c := changed{t: t, queue: worker(t), spec: serverSpec()}
	c.spec.FloatingIP, c.spec.Ingress = "", nil
	if !volumes {
		c.spec.BootVolume, c.spec.Volumes = 0, nil
	}
	require.NoError(t, theStage.Get(t, theStage.Create(t, c.queue, c.spec), &c.made))
	return c
}

// migrate moves the server as the administrator, under the administrator's name of the
// cloud. The run takes the locks of the owner's runs by itself.
func (c changed) migrate(req server.MigrateSpec, result any) error {
	c.t.Helper()
	req.Cloud = adminCloud
	return theStage.Get(c.t,
		runOf(c.t, c.queue, spec.ServerWorkflowID(adminCloud, c.spec.Name), server.Migrate.Workflow, req), result)
}

// do runs a workflow on the server to its end.
func (c changed) do(workflow string, req, result any) error {
	c.t.Helper()
	return theStage.Get(c.t, theStage.Start(c.t, c.queue, cloudName, c.spec.Name, workflow, req), result)
}

// cancelledAt runs a workflow and cancels it when it is at a task.
func (c changed) cancelledAt(task, workflow string, req any) {
	c.t.Helper()
	run := theStage.Start(c.t, c.queue, cloudName, c.spec.Name, workflow, req)
	theStage.AwaitTask(c.t, run, task, saga.TaskRunning)
	require.NoError(c.t, theStage.CancelWorkflow(c.t.Context(), run.GetID(), run.GetRunID()))
	require.True(c.t, temporal.IsCanceledError(theStage.Get(c.t, run, nil)))
	require.Equal(c.t, saga.RunReverted, theStage.Ledger(c.t, run).State)
}

// now asks nova for the server.
func (c changed) now() *servers.Server {
	c.t.Helper()
	compute, _, _ := services(c.t)
	s, err := servers.Get(c.t.Context(), compute, c.made.ID).Extract()
	require.NoError(c.t, err)
	return s
}

// under does something while a fault is in force. Without a fault file it does it without
// the fault.
func under(t *testing.T, rule string, do func()) {
	t.Helper()
	if faultFile != "" {
		require.NoError(t, os.WriteFile(faultFile, []byte(rule+"\n"), 0o644))
		defer func() { require.NoError(t, os.Remove(faultFile)) }()
	}
	do()
}

// hooks is a folder. A file in it causes a part of the cloud to fail.
var hooks = os.Getenv("NOVAFLOW_HOOKS")

// broken does something while a part of the cloud fails. Without a folder of hooks it
// does nothing.
func broken(t *testing.T, part string, do func()) {
	t.Helper()
	if hooks == "" {
		t.Log("NOVAFLOW_HOOKS names no folder: " + part + " is not tried")
		return
	}
	hook := filepath.Join(hooks, part)
	require.NoError(t, os.WriteFile(hook, []byte("."), 0o644))
	defer func() { require.NoError(t, os.Remove(hook)) }()
	do()
}

func TestAServerIsStoppedStartedAndShelvedOrBroughtBack(t *testing.T) {
	before := inventory(t)
	c := forChanges(t, false)
	power := func(verb string) server.PowerSpec {
		return server.PowerSpec{RunOptions: options, Server: c.spec.Name, Verb: verb}
	}
	var got server.Powered
	under(t, "nova POST /action$ after:500 1", func() {
		require.NoError(t, c.do(server.Power.Workflow, power("stop"), &got))
	})
	require.Equal(t, "SHUTOFF", got.Status)
	require.NoError(t, c.do(server.Power.Workflow, power("stop"), &got), "twice is no mistake")
	require.ErrorContains(t, c.do(server.Power.Workflow, power("pause"), nil),
		"is SHUTOFF: the status does not allow pause, only to shelve, start")
	c.cancelledAt("done", server.Power.Workflow, power("shelve"))
	require.Equal(t, "SHUTOFF", c.now().Status)
	require.NoError(t, c.do(server.Power.Workflow, power("start"), &got))
	require.NoError(t, c.do(server.Power.Workflow, power("reboot"), &got))
	c.cancelledAt("done", server.Power.Workflow, power("stop"))
	require.Equal(t, "ACTIVE", c.now().Status)
	remove(t, c.queue, c.spec)
	requireSame(t, before)
}

func TestAServerIsRenamedAndGivenPropertiesOrIsAsItWas(t *testing.T) {
	before := inventory(t)
	c := forChanges(t, false)
	set := server.SetSpec{RunOptions: options, Server: c.spec.Name, Name: c.spec.Name + "-new",
		Properties: map[string]string{"tier": "front", "a: key": "1"}}
	if faultFile != "" {
		under(t, "nova POST /metadata$ 400", func() {
			require.Error(t, c.do(server.Set.Workflow, set, nil))
		})
		require.Equal(t, c.spec.Name, c.now().Name)
		require.NotContains(t, c.now().Metadata, "tier")
	}
	under(t, "nova POST /metadata$ after:500 1", func() {
		require.NoError(t, c.do(server.Set.Workflow, set, nil))
	})
	require.Equal(t, set.Name, c.now().Name)
	require.Equal(t, "front", c.now().Metadata["tier"])
	back := server.SetSpec{RunOptions: options, Server: c.made.ID, Name: c.spec.Name, Unset: []string{"tier", "a: key"}}
	require.ErrorContains(t, c.do(server.Set.Workflow, back, nil), "was renamed after you asked",
		"the run would hold the old name")
	renamed := c
	renamed.spec.Name = set.Name
	require.NoError(t, renamed.do(server.Set.Workflow, back, nil))
	require.NotContains(t, c.now().Metadata, "a: key")
	remove(t, c.queue, c.spec)
	requireSame(t, before)
}

func TestAServerIsSavedWithItsVolumesOrNothingIsLeft(t *testing.T) {
	before := inventory(t)
	c := forChanges(t, true)
	req := server.SnapshotSpec{RunOptions: options, Server: c.spec.Name, Name: c.spec.Name + "-image"}
	c.cancelledAt("ready", server.Snapshot.Workflow, req)
	require.Empty(t, saves(t, req.Name))
	broken(t, "snapshot_fail", func() {
		require.ErrorContains(t, c.do(server.Snapshot.Workflow, req, nil), "reached status error")
		require.Empty(t, saves(t, req.Name))
	})
	var got server.CreatedImage
	under(t, "nova POST /action$ drop 1", func() {
		require.NoError(t, c.do(server.Snapshot.Workflow, req, &got))
	})
	require.Len(t, got.Snapshots, 2)
	require.Equal(t, req.Name, got.Name)
	require.Len(t, saves(t, req.Name), 3, "an image and two snapshots, nothing twice")
	dropSaves(t, got)
	remove(t, c.queue, c.spec)
	requireSame(t, before)
}

// saves lists the images and snapshots with the name in theirs.
func saves(t *testing.T, name string) (all []string) {
	t.Helper()
	for _, s := range imagesAndSnapshots(t) {
		if strings.Contains(s, name) {
			all = append(all, s)
		}
	}
	return all
}

func imagesAndSnapshots(t *testing.T) []string {
	t.Helper()
	_, _, storage := services(t)
	glance := imageService(t)
	return slices.Concat(
		list(t, "image", images.List(glance, images.ListOpts{}), images.ExtractImages,
			func(i images.Image) string { return i.ID + " " + i.Name }),
		list(t, "snapshot", snapshots.List(storage, snapshots.ListOpts{}), snapshots.ExtractSnapshots,
			func(s snapshots.Snapshot) string { return s.ID + " " + s.Name }),
	)
}

// dropSaves deletes what a committed run has saved, as its user would.
func dropSaves(t *testing.T, s server.CreatedImage) {
	t.Helper()
	_, _, storage := services(t)
	require.NoError(t, images.Delete(t.Context(), imageService(t), s.ID).ExtractErr())
	for _, id := range s.Snapshots {
		require.NoError(t, snapshots.Delete(t.Context(), storage, id).ExtractErr())
		stage.Await(t, "the snapshot to be gone", func() bool {
			_, err := snapshots.Get(t.Context(), storage, id).Extract()
			return err != nil
		})
	}
}

func imageService(t *testing.T) *gophercloud.ServiceClient {
	t.Helper()
	provider, endpoint := connect(t, cloudName)
	glance, err := openstack.NewImageV2(provider, endpoint)
	require.NoError(t, err)
	return glance
}

func TestAServerIsResizedMigratedAndRebuiltOrIsAsItWas(t *testing.T) {
	before := inventory(t)
	c := forChanges(t, false)
	resize := server.ResizeSpec{RunOptions: options, Server: c.spec.Name,
		Flavors: []string{"m1.impossible", "m1.small"}}
	c.cancelledAt("flavor/resized", server.Resize.Workflow,
		server.ResizeSpec{RunOptions: options, Server: c.spec.Name, Flavors: resize.Flavors[1:]})
	require.Equal(t, "ACTIVE", c.now().Status)
	nowhere := resize
	nowhere.Flavors = resize.Flavors[:1]
	require.ErrorContains(t, c.do(server.Resize.Workflow, nowhere, nil), "nova accepted to resize it and did not")
	require.Equal(t, "ACTIVE", c.now().Status)
	silent := resize
	silent.Readiness = spec.Readiness{Ready: []spec.Probe{{Protocol: "http", Port: 9}},
		ReadyWithin: spec.Duration(2 * time.Second)}
	require.ErrorContains(t, c.do(server.Resize.Workflow, silent, nil), "does not answer at http://")
	require.Equal(t, "ACTIVE", c.now().Status)
	var got server.Resized
	require.NoError(t, c.do(server.Resize.Workflow, resize, &got))
	require.Equal(t, c.made.Flavor, got.Was, "each that failed went back")
	require.Equal(t, "ACTIVE m1.small", got.Status+" "+got.Flavor)
	if adminCloud != "" {
		for _, live := range []bool{false, true} {
			require.NoError(t, c.migrate(server.MigrateSpec{Server: c.spec.Name, Live: live}, &got))
			require.NotEqual(t, got.From, got.Host)
		}
	}
	var built server.Rebuilt
	require.NoError(t, c.do(server.Rebuild.Workflow,
		server.RebuildSpec{RunOptions: options, Server: c.spec.Name, Image: imageName}, &built))
	require.Equal(t, "ACTIVE", built.Status)
	require.Equal(t, built.Was, built.Image)
	remove(t, c.queue, c.spec)
	requireSame(t, before)
}
