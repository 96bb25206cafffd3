package saga_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"novaflow/saga"
)

func yes(thing) bool { return true }
func no(thing) bool  { return false }

func TestATaskWhoseConditionDoesNotHoldIsSkipped(t *testing.T) {
	p := newPlay(t)
	l := p.commits(func() (*saga.Flow, saga.Ref[thing]) {
		f := saga.NewFlow("conditional")
		base := add(f, "base")
		taken := saga.Add(f, "taken", makes, saga.Value(thing{Name: "taken"}), saga.When(base, yes))
		passed := saga.Add(f, "passed", makes, saga.Value(thing{Name: "passed"}), saga.When(base, no))
		return f, saga.Add(f, "join", makes,
			saga.From2(saga.Optional(taken), saga.Optional(passed), func(a, b *thing) thing {
				require.Nil(t, b)
				return thing{Name: "join", Of: []string{a.Name}}
			}))
	})
	require.Equal(t, []string{"base=SUCCESS", "taken=SUCCESS", "passed=SKIPPED", "join=SUCCESS"}, states(l))
	require.JSONEq(t, `{"name":"join","of":["taken"]}`, string(l.Entry("join").Out))
	require.Len(t, p.things, 3)
}

func TestAScopeIsSkippedWhole(t *testing.T) {
	p := newPlay(t)
	l := p.commits(func() (*saga.Flow, saga.Ref[thing]) {
		f := saga.NewFlow("conditional")
		base := add(f, "base")
		in := f.Scope("in", saga.WhenScope(base, no))
		b := add(in, "b", add(in, "a")) // inside, the result needs no Optional
		return f, saga.Add(f, "join", makes,
			saga.From(saga.Optional(b), func(*thing) thing { return thing{Name: "join"} }))
	})
	require.Equal(t, []string{"base=SUCCESS", "in/a=SKIPPED", "in/b=SKIPPED", "join=SUCCESS"}, states(l))
}

// A condition that were asked for each task could skip half of a scope.
func TestTheConditionOfAScopeIsAskedOnceAnAttempt(t *testing.T) {
	p := newPlay(t)
	p.fails("make b", 1)
	asked := 0
	p.commits(func() (*saga.Flow, saga.Ref[thing]) {
		f := saga.NewFlow("conditional")
		base := add(f, "base")
		in := f.Scope("in", saga.Retrying(saga.Times(2)),
			saga.WhenScope(base, func(thing) bool { asked++; return true }))
		b := add(in, "b", add(in, "a"))
		return f, saga.Add(f, "join", makes,
			saga.From(saga.Optional(b), func(*thing) thing { return thing{Name: "join"} }))
	})
	require.Equal(t, 2, asked, "the scope was tried twice")
}

func TestAResultThatMayNotBeMustBeTakenAsOptional(t *testing.T) {
	f := saga.NewFlow("careless")
	base := add(f, "base")
	maybe := saga.Add(f, "maybe", makes, base, saga.When(base, no))
	add(f, "user", maybe)
	inner := add(f.Scope("in", saga.WhenScope(base, no)), "x")
	add(f, "other", inner)
	err := f.Validate()
	require.ErrorContains(t, err, "task user uses the result of maybe, which a condition may skip")
	require.ErrorContains(t, err, "task other uses the result of in/x, which a condition may skip")
}

func TestOrderAloneNeedsNoOptional(t *testing.T) {
	p := newPlay(t)
	p.commits(func() (*saga.Flow, saga.Ref[thing]) {
		f := saga.NewFlow("ordered")
		base := add(f, "base")
		maybe := saga.Add(f, "maybe", makes, base, saga.When(base, no))
		return f, saga.Add(f, "then", makes, saga.Value(thing{Name: "then"}), saga.After(maybe))
	})
}

func TestAPanicInAConditionUndoesEverythingAndIsNamed(t *testing.T) {
	p := newPlay(t)
	p.reverts("the condition of task maybe panicked: oh", func() (*saga.Flow, saga.Ref[thing]) {
		f := saga.NewFlow("conditional")
		base := add(f, "base")
		saga.Add(f, "maybe", makes, base, saga.When(base, func(thing) bool { panic("oh") }))
		return f, base
	})
	p = newPlay(t)
	p.reverts("the condition of scope in panicked: oh", func() (*saga.Flow, saga.Ref[thing]) {
		f := saga.NewFlow("conditional")
		base := add(f, "base")
		add(f.Scope("in", saga.Retrying(saga.Times(9)), saga.WhenScope(base, func(thing) bool { panic("oh") })), "x")
		return f, base
	})
}

func TestAConditionIsAskedAgainInEachAttempt(t *testing.T) {
	p := newPlay(t)
	asked := 0
	p.fails("make last", 1)
	p.commits(func() (*saga.Flow, saga.Ref[thing]) {
		f := saga.NewFlow("again")
		outer := f.Scope("outer", saga.Retrying(saga.Times(2)))
		base := add(outer, "base")
		in := outer.Scope("in", saga.WhenScope(base, func(thing) bool { asked++; return true }))
		x := add(in, "x")
		return f, saga.Add(outer, "last", makes,
			saga.From(saga.Optional(x), func(x *thing) thing { return thing{Name: "last"} }))
	})
	require.GreaterOrEqual(t, asked, 2)
}

// The second condition used to replace the first without a word.
func TestEveryConditionOfATaskAndOfAScopeMustHold(t *testing.T) {
	for _, holds := range [][]func(thing) bool{{no, yes}, {yes, no}, {yes, yes}} {
		p := newPlay(t)
		l := p.commits(func() (*saga.Flow, saga.Ref[thing]) {
			f := saga.NewFlow("conditional")
			a, b := add(f, "a"), add(f, "b")
			saga.Add(f, "task", makes, saga.Value(thing{Name: "task"}), saga.When(a, holds[0]), saga.When(b, holds[1]))
			add(f.Scope("in", saga.WhenScope(a, holds[0]), saga.WhenScope(b, holds[1])), "x")
			return f, a
		})
		want := saga.TaskSkipped
		if holds[0](thing{}) && holds[1](thing{}) {
			want = saga.TaskSuccess
		}
		require.Equal(t, want, l.Entry("task").State)
		require.Equal(t, want, l.Entry("in/x").State)
		require.Equal(t, []string{"a", "b"}, l.Entry("task").Needs, "the task waits for what both conditions need")
		require.Equal(t, []string{"a", "b"}, l.Entry("in/x").Needs)
	}
}
