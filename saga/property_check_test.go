package saga_test

import (
	"encoding/json"
	"slices"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"novaflow/saga"
)

// checkEnd requires that all exists once or nothing does, or what there is when the run
// ended where it was, and that the run says what people have left.
func (w *witness) checkEnd(t *rapid.T, l *saga.Ledger, err error) {
	asked := func(v saga.Verb, task string) bool {
		return slices.ContainsFunc(l.Requests, func(q saga.Request) bool { return q.Verb == v && q.Task == task })
	}
	switch l.State {
	case saga.RunCommitted:
		require.NoError(t, err)
		w.checkInputs(t, l)
	case saga.RunStopped:
		require.True(t, slices.Contains(w.events, pastPivot) || asked(saga.VerbAbandon, "") ||
			l.OnFailure == saga.OnFailureKeep)
	default:
		require.Equal(t, saga.RunReverted, l.State)
		require.NotContains(t, w.events, pastPivot)
	}
	left := l.LeftBehind()
	for mark, name := range w.things {
		e := l.Entry(mark.Task())
		committed := l.State == saga.RunCommitted && e.Mark == mark && e.State == saga.TaskSuccess
		require.True(t, committed || slices.Contains(left, e.Task), "%s is there as %s, and nobody says so", name, mark)
	}
	for _, e := range l.Tasks {
		_, there := w.things[e.Mark]
		switch e.State {
		case saga.TaskSuccess:
			require.True(t, there, "%s is not there", e.Task)
		case saga.TaskReverted, saga.TaskPending:
			require.False(t, there, "%s is there", e.Task)
		case saga.TaskSkipped:
			require.False(t, there && !asked(saga.VerbSkip, e.Task), "%s is there", e.Task)
		}
		if l.State != saga.RunStopped {
			require.False(t, slices.Contains(left, e.Task) && !asked(saga.VerbSkip, e.Task), "nobody has given %s up",
				e.Task)
		}
	}
	require.Empty(t, w.crowded)
	require.Empty(t, w.after, "after the end")
	require.Empty(t, w.with("unmake hand"), "somebody else's")
}

// checkInputs requires that each resource was created from resources that still exist.
func (w *witness) checkInputs(t *rapid.T, l *saga.Ledger) {
	skipped, names, with := make([]bool, len(w.Steps)), make([]string, len(w.Steps)), map[int]string{}
	no := func(c *clause) bool { return skipped[c.Of] == c.Made }
	for i := range w.Steps {
		e := w.entry(l, i)
		byPerson := e.State == saga.TaskSkipped && (e.Note == byHand || e.Note == notNeeded)
		if names[i] = taskName(i); byPerson {
			skipped[i], names[i] = e.Note == notNeeded, handmade(i).Name
			continue
		}
		if skipped[i] = slices.ContainsFunc(w.clauses(i), no); skipped[i] {
			require.Equal(t, saga.TaskSkipped, e.State, e.Task)
			continue
		}
		require.Equal(t, saga.TaskSuccess, e.State, e.Task)
		var in thing
		require.NoError(t, json.Unmarshal(e.In, &in))
		want := thing{Name: names[i], With: in.With}
		for _, j := range w.Steps[i].Needs {
			if !skipped[j] {
				want.Of = append(want.Of, names[j])
			}
		}
		require.Equal(t, want, in)
		place := w.each(i)
		if was, ok := with[place]; ok {
			require.Equal(t, was, in.With, "one alternative at a time")
		}
		with[place] = in.With
		require.Equal(t, place != 0, in.With != "")
	}
}

func (w *witness) entry(l *saga.Ledger, i int) *saga.Entry {
	at := slices.IndexFunc(l.Tasks, func(e saga.Entry) bool { return stepOf(e.Task) == i })
	return &l.Tasks[at]
}
