package saga_test

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"novaflow/saga"
)

// random is the flow of a shape.
var random = saga.Define("random", func(s shape) (*saga.Flow, saga.Ref[thing]) {
	b := &builder{shape: s, places: make([]*saga.Flow, len(s.Places)), current: make([]saga.Ref[string], len(s.Places))}
	for i := range s.Steps {
		b.add(i)
	}
	all := step{Must: s.Must}
	for i := range s.Steps {
		all.Needs = append(all.Needs, i)
	}
	return b.place(0), saga.From(saga.Collect(b.needed(all)), func([]*thing) thing { return thing{Name: "all"} })
})

func runRandom(ctx workflow.Context, s shape) (thing, error) { return random.Run(ctx, s) }

type builder struct {
	shape
	places  []*saga.Flow
	current []saga.Ref[string] // alternatives of places
	values  []saga.Ref[thing]  // of each step
	made    []saga.Ref[*thing] // of each step; nil if it is passed over
}

// place is a scope, which comes to be with the first task in it.
func (b *builder) place(i int) *saga.Flow {
	switch p, name := b.Places[i], fmt.Sprintf("s%d", i); {
	case b.places[i] != nil:
	case i == 0:
		b.places[i] = saga.NewFlow("random", append(b.policies(i), saga.Deadline(20*time.Minute))...)
	case p.Each != 0:
		b.places[i], b.current[i] = saga.ForEachRef(b.place(p.In), name, b.alternatives(p), b.policies(i)...)
	default:
		b.places[i] = b.place(p.In).Scope(name, b.policies(i)...)
	}
	return b.places[i]
}

// alternatives are those of a place. There are none if the step that is to find them is
// passed over.
func (b *builder) alternatives(p place) saga.Ref[[]string] {
	all := []string{"a", "b", "c"}[:max(0, p.Each)]
	if p.List == nil {
		return saga.Value(all)
	}
	return saga.From(b.made[*p.List], func(t *thing) []string {
		if t == nil {
			return nil
		}
		return all
	})
}

func (b *builder) policies(i int) (all []saga.FlowOption) {
	p := b.Places[i]
	add := func(really bool, o func() saga.FlowOption) {
		if really {
			all = append(all, o())
		}
	}
	add(p.Child, saga.AsChild)
	add(p.Await, saga.AwaitSiblings)
	add(p.Together, func() saga.FlowOption { return saga.UndoneTogether(worldOf.UnmakeAll, saga.Options{}) })
	add(p.Tries > 0, func() saga.FlowOption { return saga.Retrying(saga.Times(p.Tries)) })
	add(p.Width > 0, func() saga.FlowOption { return saga.MaxConcurrent(p.Width) })
	add(p.Deadline > 0, func() saga.FlowOption { return saga.Deadline(p.Deadline) })
	add(p.If != nil, func() saga.FlowOption { return saga.WhenScope(b.made[p.If.Of], p.If.holds) })
	add(p.Picky, func() saga.FlowOption {
		return saga.TryNextIf(func(f saga.Failure) bool { return f.Type == "terminal" })
	})
	return all
}

func (c clause) holds(t *thing) bool { return (t != nil) == c.Made }

// add adds a step whose resource refers to the existing resources that it needs.
func (b *builder) add(i int) {
	p, scope := b.Steps[i], b.place(b.Steps[i].Place)
	var options []saga.TaskOption
	if p.If != nil {
		options = append(options, saga.When(b.made[p.If.Of], p.If.holds))
	}
	if i > 0 && i == b.Pivot {
		options = append(options, saga.Pivot())
	}
	of := saga.From(saga.Collect(b.needed(p)), func(parts []*thing) (t thing) {
		for _, p := range parts {
			if p != nil {
				t.Of = append(t.Of, p.Name)
			}
		}
		return t
	})
	in := saga.From2(of, b.alternative(i), func(t thing, alternative string) thing {
		return thing{Name: taskName(i), Of: t.Of, With: alternative}
	})
	ref := saga.Add(scope, taskName(i), makes, in, options...)
	b.values, b.made = append(b.values, ref), append(b.made, saga.Optional(ref))
}

// needed returns the resources that a step needs.
func (b *builder) needed(p step) (of []saga.Ref[*thing]) {
	for _, j := range p.Needs {
		if p.Must && len(b.clauses(j)) == 0 {
			of = append(of, saga.From(b.values[j], func(t thing) *thing { return &t }))
		} else {
			of = append(of, b.made[j])
		}
	}
	return of
}

// alternative is the one of the innermost place around a step that has any.
func (b *builder) alternative(i int) saga.Ref[string] {
	if place := b.each(i); place != 0 {
		return b.current[place]
	}
	return saga.Value("")
}
