package saga_test

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"novaflow/saga"
)

// random is the flow of a shape.
var random = saga.Define("random", func(s shape) (*saga.Flow, saga.Ref[thing]) {
	b := &builder{shape: s, places: make([]*saga.Flow, len(s.Places))}
	for i := range s.Steps {
		b.add(i)
	}
	return b.place(0), saga.From(saga.Collect(b.made), func([]*thing) thing { return thing{Name: "all"} })
})

func runRandom(ctx workflow.Context, s shape) (thing, error) { return random.Run(ctx, s) }

type builder struct {
	shape
	places []*saga.Flow
	made   []saga.Ref[*thing] // of each step; nil if it is passed over
}

// place is a scope, which comes to be with the first task in it.
func (b *builder) place(i int) *saga.Flow {
	if b.places[i] == nil && i == 0 {
		b.places[i] = saga.NewFlow("random", append(b.policies(i), saga.Deadline(20*time.Minute))...)
	} else if b.places[i] == nil {
		b.places[i] = b.place(b.Places[i].In).Scope(fmt.Sprintf("s%d", i), b.policies(i)...)
	}
	return b.places[i]
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
	add(p.Width > 0, func() saga.FlowOption { return saga.Width(p.Width) })
	add(p.Deadline > 0, func() saga.FlowOption { return saga.Deadline(p.Deadline) })
	add(p.If != nil, func() saga.FlowOption { return saga.WhenScope(b.made[p.If.Of], p.If.holds) })
	return all
}

func (c clause) holds(t *thing) bool { return (t != nil) == c.Made }

// add adds a step whose thing knows of those that it needs and that are there.
func (b *builder) add(i int) {
	p := b.Steps[i]
	var of []saga.Ref[*thing]
	for _, j := range p.Needs {
		of = append(of, b.made[j])
	}
	in := saga.From(saga.Collect(of), func(parts []*thing) thing {
		t := thing{Name: taskName(i)}
		for _, p := range parts {
			if p != nil {
				t.Of = append(t.Of, p.Name)
			}
		}
		return t
	})
	var options []saga.TaskOption
	if p.If != nil {
		options = append(options, saga.When(b.made[p.If.Of], p.If.holds))
	}
	if i > 0 && i == b.Pivot {
		options = append(options, saga.Pivot())
	}
	ref := saga.Add(b.place(p.Place), taskName(i), makes, in, options...)
	b.made = append(b.made, saga.Optional(ref))
}
