//go:build e2e

package test

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"novaflow/internal/devcloud"
	"novaflow/test/stage"
	"novaflow/workflows/server"
	"novaflow/workflows/spec"
	"novaflow/workflows/volume"
)

var (
	verbsSeed  = flag.Uint64("verbs.seed", 0, "seed of the random verbs; 0 takes a random one")
	verbsTime  = flag.Duration("verbs.time", 20*time.Second, "how long random verbs are begun")
	verbsCount = flag.Int("verbs.count", 400, "how many random verbs are begun at most")
)

// People send random requests, all at once, about a few servers and volumes. No two runs
// may change one resource at the same time, none may wait for ever, and in the end every
// resource can be deleted. Elsewhere deletes that came all at once failed, and so did
// their undo, which left what they had allocated for good.
// https://github.com/oxidecomputer/omicron/issues/3698
func TestRandomVerbsNeitherInterleaveNorWaitForEver(t *testing.T) {
	t.Parallel()
	seed := *verbsSeed
	if seed == 0 {
		seed = rand.Uint64N(1 << 32)
	}
	t.Logf("seed %d: repeat with -verbs.seed %d (what is asked for repeats, what runs at once does not)", seed, seed)
	c := newCrowd(t)
	before := c.book.Inventory()
	var people sync.WaitGroup
	for n := range 4 {
		people.Go(func() { c.person(t, rand.New(rand.NewPCG(seed, uint64(n))), *verbsCount/4) })
	}
	people.Wait()
	c.deleteAll(t)
	require.Equal(t, before, c.book.Inventory(), "residue after everything was deleted")
	t.Logf("%d runs begun, %d of them committed, %d requests refused at once, %d calls that change something",
		len(c.runs), c.committed, c.refused, len(c.book.Changes()))
	require.Positive(t, c.committed, "nothing was tried")
	requireAlone(t, c.book.Changes(), holdsOf(t, c.runs))
}

// crowd is a group of people that ask for changes of the same resources.
type crowd struct {
	queue, prefix string
	book          *stage.CallBook
	end           time.Time // nothing is begun after it

	mu                 sync.Mutex
	runs               []client.WorkflowRun
	refused, committed int
}

func newCrowd(t *testing.T) *crowd {
	cloud, err := devcloud.Open(devcloud.Options{BuildTime: 60 * time.Millisecond, DeleteTime: 30 * time.Millisecond})
	require.NoError(t, err)
	url, err := cloud.Start("127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, cloud.Close()) })
	c := &crowd{queue: stage.Queue(), book: stage.NoteCalls(t, cloud, url), end: time.Now().Add(*verbsTime)}
	c.prefix = c.queue + "-"
	theStage.Worker(t, c.queue, c.book.File)
	return c
}

// id finds the id of the resource with this name, as the command line does before it
// asks. Without such a resource it returns the name.
func (c *crowd) id(kind, name string) string {
	for _, o := range c.book.Inventory() {
		if o.Kind == kind && o.Name == name && o.Project == "demo" {
			return o.ID
		}
	}
	return name
}

// ask begins a run, or returns nil if another run holds its workflow id.
func (c *crowd) ask(t *testing.T, id, workflow string, req any) client.WorkflowRun {
	run, err := theStage.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{
		ID: id, TaskQueue: c.queue, WorkflowTaskTimeout: spec.StepTimeout,
		WorkflowIDConflictPolicy:                 enumspb.WORKFLOW_ID_CONFLICT_POLICY_FAIL,
		WorkflowExecutionErrorWhenAlreadyStarted: true,
	}, workflow, req)
	c.mu.Lock()
	defer c.mu.Unlock()
	var held *serviceerror.WorkflowExecutionAlreadyStarted
	switch {
	case errors.As(err, &held):
		c.refused++
		return nil
	case err != nil:
		t.Errorf("%s of %s: %v", workflow, id, err)
		return nil
	}
	c.runs = append(c.runs, run)
	return run
}

// person sends one request after the other.
func (c *crowd) person(t *testing.T, random *rand.Rand, most int) {
	for range most {
		if time.Now().After(c.end) {
			return
		}
		id, workflow, req := c.wish(random)
		impatient := random.IntN(8) == 0
		run := c.ask(t, id, workflow, req)
		if run == nil {
			continue
		}
		if impatient {
			if err := theStage.CancelWorkflow(t.Context(), run.GetID(), run.GetRunID()); err != nil &&
				!strings.Contains(err.Error(), "already completed") {
				t.Errorf("cancel of %s: %v", id, err)
			}
		}
		if err := theStage.Get(t, run, nil); err == nil {
			c.mu.Lock()
			c.committed++
			c.mu.Unlock()
		}
	}
}

// wish picks one of the changes: its workflow id, its workflow and its input.
func (c *crowd) wish(random *rand.Rand) (id, workflow string, req any) {
	volumeName := c.prefix + pick(random, "v", "w")
	if random.IntN(5) == 0 {
		workflow, req = c.wishForVolume(random, volumeName)
		return spec.VolumeWorkflowID("devcloud", volumeName), workflow, req
	}
	serverName := c.prefix + pick(random, "a", "b", "c")
	workflow, req = c.wishForServer(random, serverName, c.id("volume", volumeName))
	return spec.ServerWorkflowID("devcloud", serverName), workflow, req
}

func (c *crowd) wishForServer(random *rand.Rand, name, volumeID string) (workflow string, req any) {
	serverID := c.id("server", name)
	verb := pick(random, "create", "delete", "power", "power", "rename", "rename", "property", "resize", "attach",
		"attach", "attach", "detach")
	if serverID == name && random.IntN(4) > 0 {
		verb = "create" // a missing resource is created more often than not
	}
	switch verb {
	case "create":
		s := server.CreateSpec{RunOptions: onDevcloud, Name: name, Image: "tiny", Flavor: "m1.nano",
			Ports: []server.PortSpec{{Network: "private"}}}
		if random.IntN(3) == 0 {
			s.Volumes = []server.VolumeSpec{{Volume: volumeID}}
		}
		return server.Create.Workflow, s
	case "delete":
		return server.Delete.Workflow, server.DeleteSpec{RunOptions: onDevcloud, Server: serverID}
	case "power":
		return server.Power.Workflow,
			server.PowerSpec{RunOptions: onDevcloud, Server: serverID, Verb: pick(random, "stop", "start", "reboot")}
	case "rename":
		return server.Set.Workflow,
			server.SetSpec{RunOptions: onDevcloud, Server: serverID, Name: c.prefix + pick(random, "a", "b", "c")}
	case "property":
		return server.Set.Workflow, server.SetSpec{RunOptions: onDevcloud, Server: serverID,
			Properties: map[string]string{"tier": pick(random, "front", "back")}}
	case "resize":
		return server.Resize.Workflow, server.ResizeSpec{RunOptions: onDevcloud, Server: serverID,
			Flavors: []string{pick(random, "m1.small", "m1.nano")}}
	case "attach":
		return server.AddVolume.Workflow,
			server.AttachVolumeSpec{RunOptions: onDevcloud, Server: serverID, Volume: volumeID}
	}
	return server.RemoveVolume.Workflow,
		server.AttachVolumeSpec{RunOptions: onDevcloud, Server: serverID, Volume: volumeID}
}

func (c *crowd) wishForVolume(random *rand.Rand, name string) (workflow string, req any) {
	volumeID := c.id("volume", name)
	verb := pick(random, "create", "extend", "extend", "delete")
	if volumeID == name && random.IntN(4) > 0 {
		verb = "create"
	}
	switch verb {
	case "create":
		return volume.Create.Workflow, volume.CreateSpec{RunOptions: onDevcloud, Name: name, Size: 1}
	case "extend":
		return volume.Extend.Workflow,
			volume.ExtendSpec{RunOptions: onDevcloud, Volume: volumeID, Size: 2 + random.IntN(3)}
	}
	return volume.Delete.Workflow, volume.DeleteSpec{RunOptions: onDevcloud, Volume: volumeID}
}

func pick(random *rand.Rand, from ...string) string { return from[random.IntN(len(from))] }

// deleteAll deletes what exists. Servers go first, because they have the volumes.
func (c *crowd) deleteAll(t *testing.T) {
	t.Helper()
	for _, kind := range []string{"server", "volume"} {
		for _, o := range c.book.Inventory() {
			if o.Kind != kind || !strings.HasPrefix(o.Name, c.prefix) {
				continue
			}
			id, workflow, req := spec.ServerWorkflowID("devcloud", o.Name), server.Delete.Workflow,
				any(server.DeleteSpec{RunOptions: onDevcloud, Server: o.ID})
			if kind == "volume" {
				id, workflow, req = spec.VolumeWorkflowID("devcloud", o.Name), volume.Delete.Workflow,
					volume.DeleteSpec{RunOptions: onDevcloud, Volume: o.ID}
			}
			run := c.ask(t, id, workflow, req)
			require.NotNil(t, run, "%s is held although every run has ended", id)
			require.NoError(t, theStage.Get(t, run, nil), "delete of %s %s", o.Kind, o.Name)
		}
	}
}

// requireAlone fails for each changing call whose run did not hold what it changed, and
// for runs that changed one resource by turns.
func requireAlone(t *testing.T, calls []stage.ChangingCall, held map[string][]hold) {
	t.Helper()
	for _, c := range calls {
		for _, name := range c.Holds {
			kind, name, _ := strings.Cut(name, ":")
			if !strings.HasPrefix(name, "test-") || strings.Count(name, "-") > 2 {
				continue // a part of a server, which the server's id guards
			}
			id := spec.WorkflowID(kind, "devcloud", name)
			if !slices.ContainsFunc(held[c.Run], func(h hold) bool { return h.covers(id, c) }) {
				t.Errorf("run %s changed %s without holding it: %s %s, %s", c.Run, id, c.Method, c.Path,
					fmt.Sprint(held[c.Run]))
			}
		}
	}
	last, done := map[string]stage.ChangingCall{}, map[string]bool{}
	for _, c := range calls {
		for _, o := range c.Objects {
			before, ok := last[o]
			if ok && before.Run != c.Run {
				done[o+before.Run] = true
				if c.Begun.Before(before.Ended) {
					t.Errorf("runs %s and %s changed %s at once: %s %s, %s %s", before.Run, c.Run, o, before.Method,
						before.Path, c.Method, c.Path)
				}
			}
			if done[o+c.Run] {
				t.Errorf("run %s changed %s again after another run had: %s %s", c.Run, o, c.Method, c.Path)
			}
			last[o] = c
		}
	}
}
