package saga_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"novaflow/saga"
)

// shelf is an archive: what it was told, by workflow.
type shelf struct {
	parts []saga.Archive
	fails int // so many times; negative is for ever
}

func (s *shelf) Keep(ctx context.Context, a saga.Archive) error {
	if s.fails != 0 {
		s.fails--
		return errors.New("the archive is closed")
	}
	s.parts = append(s.parts, a)
	return ctx.Err()
}

var shelfOf *shelf // only its method names are used

// archived is a play whose runs are archived.
func archived(t *testing.T) (*play, *shelf, saga.FlowOption) {
	p, s := newPlay(t), &shelf{}
	p.env.RegisterActivity(s)
	return p, s, saga.ArchivedBy(shelfOf.Keep, saga.Options{})
}

// requireWhole fails unless the archive has the whole run, with the events that
// listeners were told.
func (s *shelf) requireWhole(t *testing.T, p *play, outcome saga.RunState) saga.Ledger {
	t.Helper()
	require.Len(t, s.parts, 1)
	a := s.parts[0]
	require.Equal(t, outcome, a.Ledger.State)
	require.Equal(t, []int{1, 1}, []int{a.Part, a.Parts})
	require.False(t, a.Ledger.Ended.IsZero())
	require.Len(t, a.Events, len(p.events))
	seen := map[string]bool{}
	for i, e := range p.events {
		require.Equal(t, e.ID, a.Events[i].ID)
		require.Equal(t, e.To, a.Events[i].To)
		require.True(t, e.Time.Equal(a.Events[i].Time))
		require.False(t, seen[e.ID], "id %s twice", e.ID)
		seen[e.ID] = true
	}
	require.Equal(t, string(outcome), a.Events[len(a.Events)-1].To)
	return a.Ledger
}

// Who looks for a run after the engine has forgotten it must find who asked for
// it, what came of it, and the same event ids as in the log.
func TestACommittedRunIsArchivedWhole(t *testing.T) {
	p, s, option := archived(t)
	require.NoError(t, p.env.SetMemoOnStart(map[string]any{saga.MemoBy: "ada", saga.MemoReason: "ticket 7"}))
	p.commits(func() (*saga.Flow, saga.Ref[thing]) { return diamond(option) })
	l := s.requireWhole(t, p, saga.RunCommitted)
	require.Equal(t, []string{"base=SUCCESS", "left=SUCCESS", "right=SUCCESS", "top=SUCCESS"}, states(&l))
	require.Equal(t, []string{"ada", "ticket 7"}, []string{l.By, l.Reason})
	require.False(t, ledger(t, p.env).Archived.IsZero())
}

func TestARevertedRunIsArchivedWithItsUndos(t *testing.T) {
	p, s, option := archived(t)
	p.fails("make top", -1)
	p.reverts("no valid host", func() (*saga.Flow, saga.Ref[thing]) { return diamond(option) })
	l := s.requireWhole(t, p, saga.RunReverted)
	require.Equal(t, "task top failed: no valid host was found", l.Cause)
	require.Empty(t, l.By, "there was no memo")
}

// The record of what a person left behind is wanted most of all.
func TestAStoppedRunIsArchived(t *testing.T) {
	p, s, option := archived(t)
	p.fails("make top", -1)
	p.at(time.Minute, func() { p.tell(saga.VerbAbandon, saga.Request{Reason: "we keep it", By: "ada"}) })
	p.run(func() (*saga.Flow, saga.Ref[thing]) { return diamond(option, saga.FailurePolicy(saga.OnFailureHold)) })
	l := s.requireWhole(t, p, saga.RunStopped)
	require.Equal(t, []string{"base", "left", "right", "top"}, l.LeftBehind())
	require.Equal(t, "ada", l.Requests[0].By)
}

// A cancelled workflow cannot run activities in its own context.
func TestACancelledRunIsArchived(t *testing.T) {
	p, s, option := archived(t)
	p.faults["make left"] = fault{times: -1, retryable: true}
	p.at(time.Second, p.env.CancelWorkflow)
	p.run(func() (*saga.Flow, saga.Ref[thing]) { return diamond(option) })
	s.requireWhole(t, p, saga.RunReverted)
}

func TestAnArchiveThatComesBackGetsTheRun(t *testing.T) {
	p, s, option := archived(t)
	s.fails = 3
	l := p.commits(func() (*saga.Flow, saga.Ref[thing]) { return diamond(option) })
	s.requireWhole(t, p, saga.RunCommitted)
	require.Empty(t, l.ArchiveError)
}

// An archive that is down must neither change the outcome nor hold the run up
// without end.
func TestAnArchiveThatFailsChangesNoOutcome(t *testing.T) {
	p, s, option := archived(t)
	s.fails = -1
	began := p.env.Now()
	l := p.commits(func() (*saga.Flow, saga.Ref[thing]) { return diamond(option) })
	require.Empty(t, s.parts)
	require.Contains(t, l.ArchiveError, "the archive is closed")
	require.True(t, l.Archived.IsZero())
	require.InDelta(t, 10*time.Minute, p.env.Now().Sub(began), float64(time.Minute))
}

// The engine refuses a call of more than 2 MiB, and with it the run could never
// end.
func TestALargeRecordIsDivided(t *testing.T) {
	p, s, option := archived(t)
	name := strings.Repeat("x", 90_000)
	l := p.commits(func() (*saga.Flow, saga.Ref[thing]) {
		f := saga.NewFlow("large", option)
		var last saga.Ref[thing]
		for _, n := range []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"} {
			last = saga.Add(f, n, makes, saga.Value(thing{Name: name}))
		}
		return f, last
	})
	require.Greater(t, len(s.parts), 1)
	var tasks, events int
	for i, a := range s.parts {
		require.Equal(t, []int{i + 1, len(s.parts)}, []int{a.Part, a.Parts})
		require.Equal(t, saga.RunCommitted, a.Ledger.State)
		tasks, events = tasks+len(a.Ledger.Tasks), events+len(a.Events)
	}
	require.Equal(t, []int{len(l.Tasks), len(p.events)}, []int{tasks, events})
}

func TestChildrenArchiveTheirOwnPart(t *testing.T) {
	p := newFleet(t)
	s := &shelf{}
	p.env.RegisterActivity(s)
	p.env.ExecuteWorkflow(runFleet, fleetInput{Parts: 2, Times: 1, Archived: true})
	require.NoError(t, p.env.GetWorkflowError())
	tasks := map[string][]string{}
	for _, a := range s.parts {
		tasks[a.Scope] = states(&a.Ledger)
		for _, e := range a.Events {
			require.Equal(t, a.Workflow, e.Workflow)
		}
	}
	require.Len(t, tasks, 3)
	require.Len(t, tasks[""], 6)
	require.Equal(t, []string{"t1/bottom=SUCCESS", "t1/top=SUCCESS"}, tasks["t1"])
}

func TestAnArchiveBelongsToTheFlowAsAWhole(t *testing.T) {
	f := saga.NewFlow("web")
	add(f.Scope("inner", saga.ArchivedBy(shelfOf.Keep, saga.Options{})), "a")
	require.ErrorContains(t, f.Validate(),
		"scope inner: ArchivedBy takes a function or method with a name of its own and belongs to the flow as a whole")
}

// A ledger that is rebuilt from history must not take the archive for a task.
func TestTheArchiveIsNoTask(t *testing.T) {
	s := newScript(t, "Web", nil)
	s.whole("a")
	s.schedule("archive ledger", "Keep", saga.Archive{Workflow: "w"})
	s.done("archive ledger", nil)
	past := mustRead(t, s.terminate(), nil)
	require.Equal(t, []string{"a=SUCCESS"}, states(past.Ledger))
	require.Empty(t, past.Busy)
}

// parcel stands for two resources and for the request that connected them.
type parcel struct{ From, To string }

func (p parcel) ResourceIDs() []string { return []string{p.From, p.To} }

func (p parcel) RequestID() string { return "req-" + p.From }

// A user who asks about a resource must find every change to it, with the request that
// caused it. These include the changes by a run that reverts another run.
func TestEventsSayWhatTheyAreAbout(t *testing.T) {
	p, s, option := archived(t)
	p.env.RegisterActivity(wires)
	p.fails("make last", -1)
	p.reverts("no valid host", func() (*saga.Flow, saga.Ref[thing]) {
		f := saga.NewFlow("connecting", option)
		c := saga.Add(f, "connect", saga.Do(wires.Connect).UndoneBy(wires.Disconnect), saga.Value("x"))
		return f, saga.Add(f, "last", makes, saga.Value(thing{Name: "last"}), saga.After(c))
	})
	told := map[string][]string{}
	for _, e := range s.parts[0].Events {
		if e.Task == "connect" {
			told[e.To] = append(append([]string{e.Activity}, e.Resources...), e.RequestID)
		}
	}
	require.Equal(t, map[string][]string{
		"RUNNING": {"Connect", ""}, "SUCCESS": {"Connect", "a", "b", "req-a"},
		"REVERTING": {"Disconnect", "a", "b", ""}, "REVERTED": {"Disconnect", "a", "b", ""},
	}, told)
	require.Equal(t, []string{"a", "b"}, s.parts[0].Ledger.Entry("connect").Resources)
}

// connections are activities by name.
type connections struct{}

func (*connections) Connect(context.Context, saga.Intent[string]) (parcel, error) {
	return parcel{"a", "b"}, nil
}

func (*connections) Disconnect(context.Context, saga.Undo[string, parcel]) error { return nil }

var wires *connections
