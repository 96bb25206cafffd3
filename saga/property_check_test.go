package saga_test

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"novaflow/saga"
)

// checkOrder follows what happened: nothing is made before what it needs, nothing is undone
// before what needs it, and past the pivot nothing is.
func (w *witness) checkOrder(t *rapid.T) {
	exists, skipped, past := map[int]bool{}, w.skipped(), false
	for at, event := range w.events {
		before := w.events[:at]
		if past = past || event == pastPivot; event == pastPivot {
			continue
		}
		if path, all := strings.CutPrefix(event, "unmake all of "); all {
			require.False(t, past, "undid %s past the pivot: %q", path, before)
			w.forget(t, path, exists)
			continue
		}
		i := stepOf(event)
		exists[i] = strings.HasPrefix(event, "make")
		require.False(t, skipped[i] && exists[i], "t%d was to be passed over: %q", i, before)
		require.False(t, past && !exists[i], "undid t%d past the pivot: %q", i, before)
		for j := range w.Steps {
			if exists[i] && slices.Contains(w.waits(i), j) {
				require.True(t, exists[j] || skipped[j], "made t%d before t%d: %q", i, j, before)
			}
			if !exists[i] && slices.Contains(w.waits(j), i) {
				require.False(t, exists[j], "undid t%d before t%d: %q", i, j, before)
			}
		}
	}
}

// forget undoes what is in a place, which nothing outside may need any more.
func (w *witness) forget(t *rapid.T, path string, exists map[int]bool) {
	place := w.placeAt(path)
	for i := range w.Steps {
		if exists[i] = exists[i] && !w.inside(w.Steps[i].Place, place); exists[i] {
			for _, j := range w.waits(i) {
				require.False(t, w.inside(w.Steps[j].Place, place), "undid %s before t%d", path, i)
			}
		}
	}
}

// checkEnd requires that all exists once or nothing does, or what there is when somebody
// cancelled a run that had no way back.
func (w *witness) checkEnd(t *rapid.T, l *saga.Ledger, err error) {
	skipped, names := w.skipped(), map[string]int{}
	for _, name := range w.things {
		names[name]++
	}
	switch l.State {
	case saga.RunCommitted:
		require.NoError(t, err)
		w.checkInputs(t, l)
	case saga.RunStopped:
		require.Contains(t, w.events, pastPivot)
	default:
		require.Equal(t, saga.RunReverted, l.State)
		require.Empty(t, w.things)
	}
	for _, e := range l.Tasks {
		i, name := stepOf(e.Task), taskName(stepOf(e.Task))
		require.LessOrEqual(t, names[name], 1, "%s is there twice", name)
		if e.State == saga.TaskSuccess {
			require.Equal(t, 1, names[name], "%s is not there", name)
		}
		if e.State == saga.TaskReverted || e.State == saga.TaskSkipped || e.State == saga.TaskPending {
			require.Zero(t, names[name], "%s is there", name)
		}
		require.False(t, e.State == saga.TaskSkipped && !skipped[i], "%s was passed over", name)
	}
	require.Empty(t, w.crowded)
}

// checkInputs requires that each thing was made out of those that there are.
func (w *witness) checkInputs(t *rapid.T, l *saga.Ledger) {
	skipped := w.skipped()
	for _, e := range l.Tasks {
		i := stepOf(e.Task)
		if skipped[i] {
			require.Equal(t, saga.TaskSkipped, e.State, e.Task)
			continue
		}
		require.Equal(t, saga.TaskSuccess, e.State, e.Task)
		want := thing{Name: taskName(i)}
		for _, j := range w.Steps[i].Needs {
			if !skipped[j] {
				want.Of = append(want.Of, taskName(j))
			}
		}
		var in thing
		require.NoError(t, json.Unmarshal(e.In, &in))
		require.Equal(t, want, in)
	}
}
