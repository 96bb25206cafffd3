//go:build e2e

package test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"novaflow/internal/devcloud"
	"novaflow/saga"
)

// recordedDramas are flows whose histories are recorded, played with workers that die:
// those that make and delete networks and images, attach volumes and change servers.
func recordedDramas() (all []drama) {
	for _, kind := range []string{"network-create", "network-delete", "server-add-volume", "server-resize", "image-publish", "image-delete"} {
		c := recordings[slices.IndexFunc(recordings, func(c recording) bool { return c.kind == kind })]
		all = append(all, c.drama())
		if kind == "network-create" || kind == "image-publish" {
			all = append(all, c.revertDrama())
		}
	}
	return all
}

// drama turns the recording with its committed end into a drama. The cloud must then hold
// what it held in a run in which nobody died.
func (c recording) drama() drama {
	var whole []string
	return drama{
		name: c.kind, sampled: true, prepare: behind(c.before),
		play: func(t *testing.T, s *scene) client.WorkflowRun { return s.begin(t, c.workflow, c.spec(t, s)) },
		ends: func(t *testing.T, s *scene, run client.WorkflowRun) {
			require.NoError(t, theStage.Get(t, run, nil))
			if whole == nil { // the first play, in which the worker lives
				whole = s.shape()
			}
			require.Equal(t, whole, s.shape())
		},
	}
}

// revertDrama turns the recording with its reverted end into a drama, with deaths at its
// undos.
func (c recording) revertDrama() drama {
	return drama{
		name: c.kind + "-revert", sampled: true, prepare: behind(c.before), dies: undos,
		play: func(t *testing.T, s *scene) client.WorkflowRun {
			s.refuse(t, c.refusal)
			return s.begin(t, c.workflow, c.spec(t, s))
		},
		ends: func(t *testing.T, s *scene, run client.WorkflowRun) {
			require.Error(t, theStage.Get(t, run, nil))
			require.Equal(t, saga.RunReverted, theStage.Ledger(t, run).State)
			require.Equal(t, s.before, s.Inventory())
		},
	}
}

// behind prepares what comes before the drama, if anything does, with a worker of its
// own.
func behind(prepare func(*testing.T, *scene)) func(*testing.T, *scene) {
	if prepare == nil {
		return nil
	}
	return func(t *testing.T, s *scene) {
		w := theStage.WorkerProcess(t, s.queue, s.file)
		prepare(t, s)
		require.NoError(t, w.Terminate())
	}
}

// shape lists what the cloud holds beyond its start content, without what no two scenes
// share.
func (s *scene) shape() (things []string) {
	names := strings.NewReplacer(s.queue, theServer)
	for _, o := range s.Inventory() {
		if !slices.ContainsFunc(s.before, func(b devcloud.Object) bool { return b.ID == o.ID }) {
			things = append(things, strings.Join([]string{o.Kind, names.Replace(o.Name), o.Status, o.Flavor}, " "))
		}
	}
	slices.Sort(things)
	return append(things, "and no more")
}
