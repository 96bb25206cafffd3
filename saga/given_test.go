package saga_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"novaflow/saga"
)

// The bug: the undo of a task was told that the task had created what a person created in
// its place. It would look for the wrong resource, and look only once for its own.
func TestAnUndoIsNotToldWhatAPersonMade(t *testing.T) {
	p := newPlay(t)
	p.skipLeft()
	p.fails("make top", -1)
	p.at(2*time.Minute, func() { p.tell(saga.VerbRevert, saga.Request{Reason: "enough"}) })
	p.reverts("enough", held)
	require.NotEmpty(t, p.with("unmake left"))
	require.Empty(t, p.with("unmake handmade"))

	w, l := past(t, held, func(p *play) { p.skipLeft() })
	require.Equal(t, []string{"id-handmade"}, l.Entry("left").Resources)
	_, after := back(t, w).takeBack(saga.RevertInput{Ledger: *l})
	require.Empty(t, w.things)
	require.Empty(t, w.with("unmake handmade"))
	require.Empty(t, after.Entry("left").Resources)
}

// The same for one operation that undoes a scope.
func TestTheUndoOfAScopeIsNotToldWhatAPersonMade(t *testing.T) {
	p := newPlay(t)
	p.faults["make b"] = fault{times: -1, after: true}
	p.fails("make last", -1)
	p.at(time.Minute, func() {
		p.tell(saga.VerbSkip,
			saga.Request{Task: "in/b", Reason: "by hand", Result: json.RawMessage(`{"name":"handmade"}`)})
	})
	p.at(2*time.Minute, func() { p.tell(saga.VerbRevert, saga.Request{Reason: "enough"}) })
	p.reverts("enough", func() (*saga.Flow, saga.Ref[thing]) {
		f := saga.NewFlow("held", saga.FailurePolicy(saga.OnFailureHold))
		return f, add(f, "last", add(f.Scope("in", saga.UndoneTogether(worldOf.UnmakeAll, saga.Options{})), "b"))
	})
	require.NotEmpty(t, p.with("unmake all of in"))
	require.Empty(t, p.with("unmake handmade"))
}
