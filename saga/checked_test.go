package saga_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"novaflow/saga"
)

// refusal builds a flow with one mistake, and returns what Validate says.
func refusal(build func(f *saga.Flow, base saga.Ref[thing])) string {
	f := saga.NewFlow("mistaken")
	build(f, add(f, "base"))
	if err := f.Validate(); err != nil {
		return err.Error()
	}
	return ""
}

// All of these passed the check: they panicked in the run, or did nothing.
func TestAnEmptyRefIsFoundWhenTheFlowIsChecked(t *testing.T) {
	var none saga.Ref[thing]
	var list saga.Ref[[]string]
	in := saga.Value(thing{})
	for want, build := range map[string]func(f *saga.Flow, base saga.Ref[thing]){
		"task x: the condition of When is an empty ref: create it with Value, From or Collect": func(
			f *saga.Flow, _ saga.Ref[thing],
		) {
			saga.Add(f, "x", makes, in, saga.When(none, yes))
		},
		"scope in: the condition of WhenScope is an empty ref: create it with Value, From or Collect": func(
			f *saga.Flow, _ saga.Ref[thing],
		) {
			add(f.Scope("in", saga.WhenScope(none, yes)), "x")
		},
		"task x: the input is an empty ref: create it with Value, From or Collect": func(
			f *saga.Flow, _ saga.Ref[thing],
		) {
			saga.Add(f, "x", makes, saga.From(saga.Optional(none), func(*thing) thing { return thing{} }))
		},
		"scope in: the list of alternatives of ForEachRef is an empty ref: create it with Value, From or Collect": func(
			f *saga.Flow, _ saga.Ref[thing],
		) {
			scope, name := saga.ForEachRef(f, "in", list)
			saga.Add(scope, "x", makes, saga.From(name, func(string) thing { return thing{} }))
		},
		"task x: After is given an empty ref: create it with Value, From or Collect": func(
			f *saga.Flow, base saga.Ref[thing],
		) {
			saga.Add(f, "x", makes, in, saga.After(base, none))
		},
		"task x: After is given nil: give it refs": func(f *saga.Flow, base saga.Ref[thing]) {
			saga.Add(f, "x", makes, in, saga.After(nil))
		},
	} {
		require.Equal(t, want, refusal(build))
	}
}

func TestANilFunctionIsFoundWhenTheFlowIsChecked(t *testing.T) {
	in := saga.Value(thing{})
	for want, build := range map[string]func(f *saga.Flow, base saga.Ref[thing]){
		"task x: When is given a nil function": func(f *saga.Flow, base saga.Ref[thing]) {
			saga.Add(f, "x", makes, in, saga.When(base, nil))
		},
		"scope in: WhenScope is given a nil function": func(f *saga.Flow, base saga.Ref[thing]) {
			add(f.Scope("in", saga.WhenScope(base, nil)), "x")
		},
		"task x: the input is an empty ref: From is given a nil function": func(f *saga.Flow, base saga.Ref[thing]) {
			saga.Add(f, "x", makes, saga.From[thing, thing](base, nil))
		},
		"task x: the input is an empty ref: From2 is given a nil function": func(f *saga.Flow, base saga.Ref[thing]) {
			saga.Add(f, "x", makes, saga.From2[thing, thing, thing](base, base, nil))
		},
		"task x: the input is an empty ref: From3 is given a nil function": func(f *saga.Flow, base saga.Ref[thing]) {
			saga.Add(f, "x", makes, saga.From3[thing, thing, thing, thing](base, base, base, nil))
		},
		"task x: the condition of When is an empty ref: From4 is given a nil function": func(
			f *saga.Flow, base saga.Ref[thing],
		) {
			none := saga.From4[thing, thing, thing, thing, thing](base, base, base, base, nil)
			saga.Add(f, "x", makes, in, saga.When(saga.Optional(none), func(*thing) bool { return true }))
		},
		"scope in: Retrying is given a nil policy": func(f *saga.Flow, _ saga.Ref[thing]) {
			add(f.Scope("in", saga.Retrying(nil)), "x")
		},
		"scope in: TryNextIf is given a nil function": func(f *saga.Flow, _ saga.Ref[thing]) {
			scope, _ := saga.ForEach(f, "in", []string{"a"}, saga.TryNextIf(nil))
			add(scope, "x")
		},
		"scope in: UndoneTogether takes a function or method with a name of its own": func(
			f *saga.Flow, _ saga.Ref[thing],
		) {
			add(f.Scope("in", saga.UndoneTogether(nil, saga.Options{})), "x")
		},
	} {
		require.Equal(t, want, refusal(build))
	}
}

// Both were dropped without a word.
func TestAPolicyThatAScopeCannotHaveIsRefused(t *testing.T) {
	require.Equal(t, "scope in: ForEach decides itself whether to try again, so Retrying has no effect: put what "+
		"should be retried into a scope inside it or around it", refusal(func(f *saga.Flow, _ saga.Ref[thing]) {
		scope, _ := saga.ForEach(f, "in", []string{"a"}, saga.Retrying(saga.Times(3)))
		add(scope, "x")
	}))
	ever := saga.TryNextIf(func(saga.Failure) bool { return true })
	text := "TryNextIf has no effect without alternatives: make the scope with ForEach or ForEachRef"
	require.Equal(t, "scope in: "+text, refusal(func(f *saga.Flow, _ saga.Ref[thing]) { add(f.Scope("in", ever), "x") }))
	f := saga.NewFlow("whole", ever)
	add(f, "x")
	require.EqualError(t, f.Validate(), "flow whole: "+text)
}

// The alternative was the first one there: a volume could land in another zone than its
// server.
func TestAnAlternativeIsRefusedOutsideItsScope(t *testing.T) {
	const text = "uses the alternative of scope zone, which has a value only there: put this into the scope too, or " +
		"use the result of a task in it"
	zones := func(f *saga.Flow) (*saga.Flow, saga.Ref[thing]) {
		scope, zone := saga.ForEach(f, "zone", []string{"a", "b"})
		in := saga.From(zone, func(z string) thing { return thing{Name: z} })
		saga.Add(scope, "server", makes, in)
		return scope, in
	}
	require.Equal(t, "task volume: the input "+text, refusal(func(f *saga.Flow, base saga.Ref[thing]) {
		_, in := zones(f)
		saga.Add(f, "volume", makes, saga.From2(base, in, func(_, t thing) thing { return t }))
	}))
	require.Equal(t, "task volume: the condition of When "+text, refusal(func(f *saga.Flow, base saga.Ref[thing]) {
		_, in := zones(f)
		saga.Add(f, "volume", makes, base, saga.When(in, yes))
	}))
	require.Equal(t, "scope other: the condition of WhenScope "+text, refusal(func(f *saga.Flow, base saga.Ref[thing]) {
		_, in := zones(f)
		add(f.Scope("other", saga.WhenScope(saga.Optional(in), func(*thing) bool { return true })), "x")
	}))
	const list = "scope other: the list of alternatives of ForEachRef "
	require.Equal(t, list+text, refusal(func(f *saga.Flow, _ saga.Ref[thing]) {
		_, in := zones(f)
		scope, _ := saga.ForEachRef(f, "other", saga.Collect([]saga.Ref[thing]{in}))
		add(scope, "x")
	}))
	require.Empty(t, refusal(func(f *saga.Flow, base saga.Ref[thing]) {
		scope, in := zones(f)
		saga.Add(scope.Scope("deeper", saga.WhenScope(in, yes)), "x", makes, in)
	}), "scopes in the scope have the alternative too")
}

// With the result of a task in the scope, what is outside waits for the scope, so it sees
// the alternative that the scope ended with.
func TestAnAlternativeIsRightOutsideItsScopeBesideAResultOfIt(t *testing.T) {
	p := newPlay(t)
	p.fails("make a", 1)
	l := p.commits(func() (*saga.Flow, saga.Ref[thing]) {
		f := saga.NewFlow("zones")
		scope, zone := saga.ForEach(f, "zone", []string{"a", "b"})
		server := saga.Add(scope, "server", makes, saga.From(zone, func(z string) thing { return thing{Name: z} }))
		return f, saga.Add(f, "volume", makes,
			saga.From2(server, zone, func(_ thing, z string) thing { return thing{Name: "volume", With: z} }))
	})
	require.JSONEq(t, `{"name":"volume","with":"b"}`, string(l.Entry("volume").Out))
}

// The flow's result is computed when the scope is done, so the alternative is the one
// that it ended with.
func TestTheFlowsResultMayBeTheAlternative(t *testing.T) {
	p := newPlay(t)
	p.fails("make a", 1)
	p.commits(func() (*saga.Flow, saga.Ref[thing]) {
		f := saga.NewFlow("zones")
		scope, zone := saga.ForEach(f, "zone", []string{"a", "b"})
		in := saga.From(zone, func(z string) thing { return thing{Name: z} })
		saga.Add(scope, "server", makes, in)
		return f, in
	})
	var got thing
	require.NoError(t, p.env.GetWorkflowResult(&got))
	require.Equal(t, "b", got.Name)
}
