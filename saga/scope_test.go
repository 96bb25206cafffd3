package saga_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"novaflow/saga"
)

// scoped is: base, then a scope "in" with a -> b, then last.
func scoped(options ...saga.FlowOption) func() (*saga.Flow, saga.Ref[thing]) {
	return func() (*saga.Flow, saga.Ref[thing]) {
		f := saga.NewFlow("scoped")
		base := add(f, "base")
		in := f.Scope("in", options...)
		b := add(in, "b", add(in, "a", base))
		return f, add(f, "last", b)
	}
}

func TestAScopeIsUndoneAndTriedAgain(t *testing.T) {
	p := newPlay(t)
	p.fails("make b", 2)
	l := p.commits(scoped(saga.Retrying(saga.Times(3))))
	p.requireStory("in/b FAILURE", "in/b REVERTING", "in/b REVERTED", "in/a REVERTED", "in/a PENDING", "in/a RUNNING",
		"in/b FAILURE", "in/a REVERTED", "in/a RUNNING", "in/b SUCCESS", "last SUCCESS", "COMMITTED")
	require.NotContains(t, p.story(), "base REVERTING")
	b := l.Entry("in/b")
	require.Equal(t, 3, b.Attempt)
	require.Len(t, b.Earlier, 2)
	require.NotEqual(t, b.Earlier[0].Mark, b.Earlier[1].Mark, "each attempt has a mark of its own")
	require.Len(t, p.things, 4)
}

// TaskFlow left what is outside of an exhausted retry behind.
func TestAnExhaustedScopeUndoesEverything(t *testing.T) {
	p := newPlay(t)
	p.fails("make b", -1)
	l := p.reverts("task in/b failed", scoped(saga.Retrying(saga.Times(2))))
	require.Equal(t, saga.TaskReverted, l.Entry("base").State)
	require.Equal(t, 2, l.Entry("in/b").Attempt)
}

func TestAScopeThatGivesUpAsksItsParent(t *testing.T) {
	tries := 0
	p := newPlay(t)
	p.fails("make x", -1)
	l := p.reverts("task outer/inner/x failed", func() (*saga.Flow, saga.Ref[thing]) {
		f := saga.NewFlow("nested")
		outer := f.Scope("outer", saga.Retrying(saga.Times(2)))
		first := add(outer, "first")
		inner := outer.Scope("inner", saga.Retrying(func(failures []saga.Failure) saga.Decision {
			tries++
			return saga.Times(2)(failures)
		}))
		return f, add(inner, "x", first)
	})
	require.Equal(t, 4, tries, "the inner counter starts again with each attempt of the outer scope")
	require.Equal(t, 4, l.Entry("outer/inner/x").Attempt)
	require.Equal(t, 2, l.Entry("outer/first").Attempt)
}

func TestAbortUndoesEverythingWhateverParentsSay(t *testing.T) {
	p := newPlay(t)
	p.fails("make x", -1)
	p.reverts("task outer/inner/x failed", func() (*saga.Flow, saga.Ref[thing]) {
		f := saga.NewFlow("aborted")
		outer := f.Scope("outer", saga.Retrying(saga.Times(100)))
		inner := outer.Scope("inner", saga.Retrying(func(failures []saga.Failure) saga.Decision {
			require.Equal(t, "terminal", failures[0].Type, "a policy can tell errors apart by type")
			return saga.Abort()
		}))
		return f, add(inner, "x")
	})
	require.Len(t, p.with("unmake x"), 1)
}

func TestForEachTriesTheNextAlternative(t *testing.T) {
	p := newPlay(t)
	p.fails("make zone-a", -1)
	p.fails("make zone-b", -1)
	l := p.commits(threeZones)
	require.Contains(t, p.things, l.Entry("zone/server").Mark)
	require.JSONEq(t, `{"name":"zone-c"}`, string(l.Entry("zone/server").In))
	require.Len(t, p.things, 1)
}

func TestForEachExhaustedReverts(t *testing.T) {
	p := newPlay(t)
	for _, zone := range []string{"a", "b", "c"} {
		p.fails("make zone-"+zone, -1)
	}
	l := p.reverts("no valid host was found", threeZones)
	require.Equal(t, 3, l.Entry("zone/server").Attempt)
	require.Len(t, l.Scopes[1].Failures, 3)
}

// A wrong request would be tried in each zone.
func TestForEachMovesOnOnlyAfterSomeFailures(t *testing.T) {
	for of, attempts := range map[string]int{"terminal": 3, "quota": 1} {
		p := newPlay(t)
		p.fails("make zone-a", -1)
		p.fails("make zone-b", -1)
		l := p.run(func() (*saga.Flow, saga.Ref[thing]) {
			return zones(saga.TryNextIf(func(f saga.Failure) bool { return f.Type == of }))
		})
		require.Equal(t, attempts, l.Entry("zone/server").Attempt, of)
		require.Equal(t, attempts == 3, l.State == saga.RunCommitted)
	}
}

func threeZones() (*saga.Flow, saga.Ref[thing]) { return zones() }

func zones(options ...saga.FlowOption) (*saga.Flow, saga.Ref[thing]) {
	f := saga.NewFlow("zones")
	scope, zone := saga.ForEach(f, "zone", []string{"a", "b", "c"}, options...)
	return f, saga.Add(scope, "server", makes,
		saga.From(zone, func(z string) thing { return thing{Name: "zone-" + z} }))
}

func TestForEachRefTakesItsAlternativesFromATask(t *testing.T) {
	p := newPlay(t)
	p.fails("make one", -1)
	l := p.commits(func() (*saga.Flow, saga.Ref[thing]) {
		f := saga.NewFlow("found")
		found := saga.Add(f, "found", looks, saga.Value(thing{Name: "found", Of: []string{"one", "two"}}))
		scope, name := saga.ForEachRef(f, "each", saga.From(found, func(t thing) []string { return t.Of }))
		return f, saga.Add(scope, "made", makes, saga.From(name, func(n string) thing { return thing{Name: n} }))
	})
	require.JSONEq(t, `{"name":"two"}`, string(l.Entry("each/made").Out))
}

func TestForEachOverNothingReverts(t *testing.T) {
	p := newPlay(t)
	p.reverts("has 0 alternatives and no further one", func() (*saga.Flow, saga.Ref[thing]) {
		f := saga.NewFlow("nothing")
		scope, name := saga.ForEach(f, "each", []string{})
		return f, saga.Add(scope, "made", makes, saga.From(name, func(n string) thing { return thing{Name: n} }))
	})
}

// A retry would only repeat a mistake in the flow.
func TestAPanicInAnInputIsNotRetried(t *testing.T) {
	p := newPlay(t)
	l := p.reverts("the function that computes the input panicked: oh", func() (*saga.Flow, saga.Ref[thing]) {
		f := saga.NewFlow("mistaken")
		in := f.Scope("in", saga.Retrying(saga.Times(5)))
		base := add(in, "base")
		return f, saga.Add(in, "next", makes, saga.From(base, func(thing) thing { panic("oh") }))
	})
	require.Equal(t, 1, l.Entry("in/next").Attempt)
}

// TaskFlow undid nothing when a policy itself went wrong.
func TestAPanicInAPolicyUndoesEverythingAndIsNamed(t *testing.T) {
	p := newPlay(t)
	p.fails("make b", -1)
	p.reverts("the retry policy of scope in panicked: oh",
		scoped(saga.Retrying(func([]saga.Failure) saga.Decision { panic("oh") })))
}

// TaskFlow passed stale failures to the undo of a later attempt.
func TestAnUndoIsToldTheFailureOfItsOwnAttempt(t *testing.T) {
	p := newPlay(t)
	p.fails("make a", 1)
	p.fails("make b", 1)
	p.commits(scoped(saga.Retrying(saga.Times(5))))
	require.Equal(t, []string{"task in/a failed: no valid host was found", "task in/b failed: no valid host was found",
		"task in/b failed: no valid host was found"}, p.causes)
}

func TestOthersWaitForAllOfAScope(t *testing.T) {
	p := newPlay(t)
	p.fails("make slow", 1)
	p.commits(func() (*saga.Flow, saga.Ref[thing]) {
		f := saga.NewFlow("whole")
		in := f.Scope("in", saga.Retrying(saga.Times(2)))
		quick := add(in, "quick")
		add(in, "slow", quick)
		return f, add(f, "user", quick)
	})
	p.requireStory("in/slow FAILURE", "in/quick REVERTED", "in/slow SUCCESS", "user RUNNING")
	require.Len(t, p.with("make user"), 1, "a user of a part of the scope never sees a part that is undone")
}

func TestWidthBoundsWhatRunsAtOnce(t *testing.T) {
	p := newPlay(t)
	l := p.commits(func() (*saga.Flow, saga.Ref[thing]) {
		f := saga.NewFlow("wide")
		in := f.Scope("in", saga.MaxConcurrent(3))
		var all []saga.Ref[thing]
		for i := range 12 {
			all = append(all, add(in, taskName(i)))
		}
		return f, saga.From(saga.Collect(all), func(all []thing) thing { return all[0] })
	})
	require.Len(t, l.Tasks, 12)
	running, most := 0, 0
	for _, e := range p.events {
		switch {
		case e.Task == "":
		case e.To == string(saga.TaskRunning):
			running++
		case e.To == string(saga.TaskSuccess):
			running--
		}
		most = max(most, running)
	}
	require.Equal(t, 3, most)
}

func TestSiblingsMayFinishFirst(t *testing.T) {
	p := newPlay(t)
	p.fails("make bad", -1)
	p.faults["make good"] = fault{times: 3, retryable: true}
	p.reverts("task in/bad failed", func() (*saga.Flow, saga.Ref[thing]) {
		f := saga.NewFlow("siblings")
		in := f.Scope("in", saga.AwaitSiblings(), saga.Retrying(saga.Times(1)))
		add(in, "good")
		return f, add(in, "bad")
	})
	require.Contains(t, p.story(), "in/good FAILURE", "the flow itself does not wait")
	p = newPlay(t)
	p.fails("make bad", 1)
	p.faults["make good"] = fault{times: 3, retryable: true}
	p.commits(func() (*saga.Flow, saga.Ref[thing]) {
		f := saga.NewFlow("siblings")
		in := f.Scope("in", saga.AwaitSiblings(), saga.Retrying(saga.Times(2)))
		add(in, "good")
		return f, add(in, "bad")
	})
	p.requireStory("in/bad FAILURE", "in/good SUCCESS", "in/bad REVERTING")
}

func TestTheDeadlineOfAScopeIsAFailureOfIt(t *testing.T) {
	p := newPlay(t)
	p.faults["make b"] = fault{times: 8, retryable: true}
	l := p.commits(scoped(saga.Deadline(30*time.Second), saga.Retrying(saga.Times(9))))
	require.Greater(t, l.Entry("in/b").Attempt, 1)
	require.Equal(t, "the deadline of 30s of scope in passed", l.Scopes[1].Failures[0].Reason)
}

func TestAScopeCanBeUndoneByOneOperation(t *testing.T) {
	p := newPlay(t)
	p.fails("make last", -1)
	p.reverts("task last failed", scoped(saga.UndoneTogether(worldOf.UnmakeAll, saga.Options{})))
	require.Equal(t, []string{"unmake all of in"}, p.with("unmake all"))
	require.NotContains(t, p.world.events, "unmake a", "no undo of its tasks")
	require.NotContains(t, p.world.events, "unmake b", "no undo of its tasks")
	p.requireOrder(t, "unmake last", "unmake all of in", "unmake base")
}

// One operation that takes all of a network away must not begin while what uses it
// is still being undone.
func TestAScopeIsUndoneTogetherOnlyWhenNothingNeedsItAnyMore(t *testing.T) {
	p := newPlay(t)
	p.fails("make last", -1)
	p.faults["unmake last"] = fault{times: 3, retryable: true}
	p.reverts("task last failed", scoped(saga.UndoneTogether(worldOf.UnmakeAll, saga.Options{})))
	p.requireOrder(t, "unmake last", "unmake all of in", "unmake base")
}

func TestPausesBetweenAttemptsGrowToAMinute(t *testing.T) {
	var pauses []time.Duration
	for n := range 9 {
		pauses = append(pauses, saga.Backoff(n)/time.Second)
	}
	require.Equal(t, []time.Duration{1, 1, 2, 4, 8, 16, 32, 60, 60}, pauses)
}

func TestARetryInsideIsUndoneTaskByTask(t *testing.T) {
	p := newPlay(t)
	p.fails("make x", 1)
	p.commits(func() (*saga.Flow, saga.Ref[thing]) {
		f := saga.NewFlow("inside")
		stack := f.Scope("stack", saga.UndoneTogether(worldOf.UnmakeAll, saga.Options{}))
		return f, add(stack.Scope("part", saga.Retrying(saga.Times(2))), "x")
	})
	require.Equal(t, []string{"unmake x"}, p.with("unmake"))
}

func TestScopesThatWaitForEachOtherAreRefused(t *testing.T) {
	f := saga.NewFlow("knot")
	one, two := f.Scope("one"), f.Scope("two")
	a, b := add(one, "a"), add(two, "b")
	add(one, "c", b)
	add(two, "d", a)
	require.ErrorContains(t, f.Validate(),
		"tasks [one/c two/d] can never begin, because they or their scopes wait for each other")
}

func TestMistakesInScopesAreReportedTogether(t *testing.T) {
	f := saga.NewFlow("bad")
	s := f.Scope("s", saga.MaxConcurrent(0), saga.ForwardOnly("no"), saga.UndoDeadline(time.Second),
		saga.FailurePolicy(saga.OnFailureHold), saga.Deadline(0))
	inner := add(s, "t")
	add(s, "t")
	f.Scope("s")
	f.Scope("late", saga.WhenScope(inner, func(thing) bool { return true }))
	err := f.Validate()
	var joined interface{ Unwrap() []error }
	require.True(t, errors.As(err, &joined))
	require.Len(t, joined.Unwrap(), 7, "%v", err)
}

// What a run left out is not an error: it is what was asked for.
func TestATargetedRunLeavesOutTheRest(t *testing.T) {
	p := newPlay(t)
	l := p.commits(func() (*saga.Flow, saga.Ref[thing]) {
		f, _ := diamond()
		left := saga.From(saga.Value(0), func(int) thing { return thing{} })
		only := add(f, "only")
		saga.Only(f, only)
		return f, saga.From2(left, only, func(_, o thing) thing { return o })
	})
	require.Equal(t, []string{"base=SKIPPED", "left=SKIPPED", "right=SKIPPED", "top=SKIPPED", "only=SUCCESS"},
		states(l))
}

func TestTwoBranchesThatFailAtOnceAreOneRevert(t *testing.T) {
	p := newPlay(t)
	p.fails("make left", -1)
	p.fails("make right", -1)
	l := p.reverts("failed: no valid host was found", simpleDiamond)
	require.Len(t, p.with("unmake left"), 1)
	require.Len(t, p.with("unmake right"), 1)
	require.Equal(t, saga.TaskPending, l.Entry("top").State)
	p.requireStory("REVERTING", "base REVERTING", "REVERTED")
}

func TestAFailureInAWideScopeLeavesNothingOfIt(t *testing.T) {
	p := newPlay(t)
	p.fails("make t57", 1)
	l := p.commits(func() (*saga.Flow, saga.Ref[thing]) {
		f := saga.NewFlow("wide")
		in := f.Scope("in", saga.Retrying(saga.Times(2)))
		var all []saga.Ref[thing]
		for i := range 100 {
			all = append(all, add(in, taskName(i)))
		}
		return f, add(f, "last", all...)
	})
	require.Len(t, p.things, 101, "each once: nothing of the first attempt is left")
	for _, e := range l.Tasks[:100] {
		require.Equal(t, 2, e.Attempt, e.Task)
	}
}

func TestAScopeThatIsTriedForEverIsRefused(t *testing.T) {
	always := saga.Retrying(func([]saga.Failure) saga.Decision { return saga.Again(0) })
	_, err := saga.Define("endless", func(int) (*saga.Flow, saga.Ref[thing]) {
		f := saga.NewFlow("endless")
		add(f.Scope("bounded", always, saga.Deadline(time.Minute)), "x")
		return f, add(f.Scope("endless", always), "y")
	}).Plan(0)
	require.EqualError(t, err,
		"scope endless: its retry policy goes on for ever: let it give up, or give the scope a Deadline")
}

func TestAnInputThatHistoryCannotHoldIsRefused(t *testing.T) {
	f := saga.NewFlow("large")
	saga.Add(f, "upload", makes, saga.Value(thing{Name: strings.Repeat("x", 600<<10)}))
	require.ErrorContains(t, f.Validate(), "task upload: the input has 614")
	p := newPlay(t)
	p.reverts("task copy failed: the input has", func() (*saga.Flow, saga.Ref[thing]) {
		f := saga.NewFlow("large")
		base := add(f, "base")
		return f, saga.Add(f, "copy", makes,
			saga.From(base, func(thing) thing { return thing{Name: strings.Repeat("x", 600<<10)} }))
	})
}
