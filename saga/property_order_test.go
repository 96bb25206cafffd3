package saga_test

import (
	"strings"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// follower knows what there is, while it follows what happened.
type follower struct {
	*witness
	t        *rapid.T
	happened []string
	exists   map[int]bool
	passed   map[int]string // how a step was passed over
	past     bool           // the pivot
}

// checkOrder follows the events: no resource is created before those that it needs, none
// is undone before those that need it, and none is undone past the pivot.
func (w *witness) checkOrder(t *rapid.T) {
	f := &follower{witness: w, t: t, exists: map[int]bool{}, passed: map[int]string{}}
	for _, event := range w.events {
		f.follow(event)
		f.happened = append(f.happened, event)
	}
}

func (f *follower) follow(event string) {
	if event == pastPivot {
		f.past = true
		return
	}
	if path, all := strings.CutPrefix(event, "unmake all of "); all {
		f.forget(path)
		return
	}
	at := strings.LastIndex(event, " ")
	switch i, what := stepOf(event), event[:at]; what {
	case "make":
		f.make(i)
	case "unmake":
		f.unmake(i)
	case "leave":
		f.exists[i] = false // for what it needs
	case "begin anew":
		delete(f.passed, i)
	default:
		f.passed[i] = what
	}
}

func (f *follower) make(i int) {
	f.exists[i] = true
	for _, j := range f.waits(i) {
		require.True(f.t, f.exists[j] || f.passed[j] != "", "made t%d before t%d: %q", i, j, f.happened)
	}
	for _, c := range f.clauses(i) {
		there := f.passed[c.Of] == "replace" || f.passed[c.Of] == "" && f.exists[c.Of]
		require.Equal(f.t, c.Made, there, "t%d was to be passed over: %q", i, f.happened)
	}
}

func (f *follower) unmake(i int) {
	f.exists[i] = false
	require.False(f.t, f.past && f.stays(i), "undid t%d past the pivot: %q", i, f.happened)
	for j := range f.Steps {
		for _, need := range f.waits(j) {
			require.False(f.t, need == i && f.exists[j], "undid t%d before t%d: %q", i, j, f.happened)
		}
	}
}

// forget undoes what is in a place, which nothing outside may need any more.
func (f *follower) forget(path string) {
	place := f.placeAt(path)
	for i := range f.Steps {
		if f.inside(f.Steps[i].Place, place) {
			require.False(f.t, f.past && f.exists[i] && f.stays(i), "undid %s past the pivot: %q", path, f.happened)
		}
		if f.exists[i] = f.exists[i] && !f.inside(f.Steps[i].Place, place); f.exists[i] {
			for _, j := range f.waits(i) {
				require.False(f.t, f.inside(f.Steps[j].Place, place), "undid %s before t%d", path, i)
			}
		}
	}
}
