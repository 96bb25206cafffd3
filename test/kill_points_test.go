//go:build e2e

package test

import (
	"errors"
	"flag"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"novaflow/internal/devcloud"
	"novaflow/saga"
	"novaflow/workflows/server"
)

// everyKill lets workers die at every point of every drama. Without it, the sampled
// dramas have one death at each activity, by turns before and after it.
var everyKill = flag.Bool("kill.all", false, "let workers die before and after every activity of every flow")

// drama is a run in which workers die, and how it must end all the same.
type drama struct {
	name    string
	sampled bool
	prepare func(*testing.T, *scene) // before there is any mortal worker
	play    func(*testing.T, *scene) client.WorkflowRun
	dies    func(activity string) bool // whether a worker is to die there; nil for always
	ends    func(*testing.T, *scene, client.WorkflowRun)
}

// undos reports whether an activity is an undo, where workers are to die at undos alone.
func undos(activity string) bool { return strings.HasPrefix(activity, "undo ") }

var dramas = []drama{
	{
		name: "create",
		play: func(t *testing.T, s *scene) client.WorkflowRun { return theStage.Create(t, s.queue, s.spec) },
		ends: func(t *testing.T, s *scene, run client.WorkflowRun) {
			var got server.Server
			require.NoError(t, theStage.Get(t, run, &got))
			require.Equal(t, "ACTIVE", got.Status)
			s.requireWhole(t)
		},
	},
	{
		name: "revert",
		play: func(t *testing.T, s *scene) client.WorkflowRun {
			s.AddFault(devcloud.Fault{Service: "neutron", Method: "PUT", Path: "/floatingips/", Action: "own:400", Text: "refused by the test"})
			return theStage.Create(t, s.queue, s.spec)
		},
		dies: undos,
		ends: func(t *testing.T, s *scene, run client.WorkflowRun) {
			require.ErrorContains(t, theStage.Get(t, run, nil), "refused by the test")
			require.Equal(t, saga.RunReverted, theStage.Ledger(t, run).State)
			require.Equal(t, s.before, s.Inventory())
		},
	},
	{
		name: "delete",
		prepare: behind(func(t *testing.T, s *scene) {
			require.NoError(t, theStage.Get(t, theStage.Create(t, s.queue, s.spec), nil))
		}),
		play: func(t *testing.T, s *scene) client.WorkflowRun {
			return theStage.Delete(t, s.queue, s.spec.Cloud, s.spec.Name)
		},
		ends: func(t *testing.T, s *scene, run client.WorkflowRun) {
			require.NoError(t, theStage.Get(t, run, nil))
			require.Equal(t, s.before, s.Inventory())
		},
	},
}

// Nova's own builds do not survive a crash: a server whose compute service restarts in
// mid-build goes to ERROR, and keeps its ports and volumes until a person notices. Here a
// worker dies at every activity of a create, of its revert and of a delete, before its
// effect and after it. It also dies at the activities of other flows. The activities come
// from a recorded run, so that none is forgotten. Elsewhere, a controller that dies in a
// create leaves a note that a create was started, and refuses to go on until a person has
// looked.
// https://github.com/crossplane/crossplane-runtime/issues/340
// https://github.com/crossplane/crossplane/issues/3037
func TestAnotherWorkerGoesOnWhereverOneDies(t *testing.T) {
	for _, d := range slices.Concat(dramas, recordedDramas()) {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			points, died := d.record(t), &register{names: map[string]bool{}}
			t.Run("at", func(t *testing.T) {
				for _, point := range points {
					t.Run(point, func(t *testing.T) { t.Parallel(); d.dieAt(t, point, died) })
				}
			})
			require.Len(t, died.names, len(points), "a worker must have died at every point: %v", points)
			t.Logf("%s: workers died at %d of %d points", d.name, len(died.names), len(points))
		})
	}
}

// theServer replaces the name of the server in points. No two scenes share the name.
const theServer = "SERVER"

// record plays the drama once with a worker that lives, and returns the points at which a
// worker can die.
func (d drama) record(t *testing.T) (points []string) {
	s := newScene(t, 300*time.Millisecond)
	if d.prepare != nil {
		d.prepare(t, s)
	}
	theStage.WorkerProcess(t, s.queue, s.file)
	run := d.play(t, s)
	d.ends(t, s, run)
	for _, e := range historyOf(t, run).Events {
		id := strings.ReplaceAll(e.GetActivityTaskScheduledEventAttributes().GetActivityId(), s.spec.Name, theServer)
		if id != "" && (d.dies == nil || d.dies(id)) {
			points = append(points, "before "+id, "after "+id)
		}
	}
	require.NotEmpty(t, points)
	if d.sampled && !*everyKill {
		points = byTurns(points)
	}
	return points
}

// byTurns picks from the pairs of points, by turns, the one before and the one after an
// activity.
func byTurns(points []string) (taken []string) {
	for i, p := range points {
		if i/2%2 == i%2 {
			taken = append(taken, p)
		}
	}
	return taken
}

// dieAt plays the drama with a worker that dies at a point and another one that follows
// it.
func (d drama) dieAt(t *testing.T, point string, died *register) {
	s := newScene(t, 300*time.Millisecond)
	if d.prepare != nil {
		d.prepare(t, s)
	}
	first := theStage.MortalWorker(t, s.queue, s.file, strings.ReplaceAll(point, theServer, s.spec.Name))
	run := d.play(t, s)
	require.True(t, first.Killed(), "the worker must die, and by SIGKILL")
	require.NoError(t, died.enter(point))
	theStage.WorkerProcess(t, s.queue, s.file)
	d.ends(t, s, run)
}

// register holds the points at which workers died.
type register struct {
	mu    sync.Mutex
	names map[string]bool
}

func (r *register) enter(name string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.names[name] {
		return errors.New(name + " was played twice")
	}
	r.names[name] = true
	return nil
}
