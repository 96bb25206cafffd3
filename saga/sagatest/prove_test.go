package sagatest

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/workflow"

	"novaflow/saga"
)

func TestARightFlowPasses(t *testing.T) {
	r := Prove(t, Flow{Workflow: flowAround(makes), Input: order{"x"}},
		Start{Name: "clean", Open: openShelf},
		Start{Name: "trap", Open: openTrap},
		Start{Name: "full", Open: openFull, Refuses: true},
		Start{Name: "refusing", Open: openRefusing, Refuses: true})
	require.Equal(t, []string{"look", "base", "side", "subject", "top"}, r.Points)
	require.Equal(t, r.Points, r.Hit)
}

func forwardFlow(ctx workflow.Context, in order) (made, error) {
	if _, err := saga.ExecuteRead(ctx, "before", looks, in); err != nil {
		return made{}, err
	}
	f := saga.NewFlow("forward", saga.ForwardOnly("for the test"))
	remove := saga.Do(nobody.Remove).NoUndo("for the test")
	a := saga.Add(f, "a", remove, saga.Value(order{"a"}))
	saga.Add(f, "b", remove, saga.Value(order{"b"}))
	return saga.Run(ctx, f, saga.Add(f, "c", remove, named("c", a)))
}

func TestARightForwardOnlyFlowPasses(t *testing.T) {
	r := Prove(t, Flow{Workflow: forwardFlow, Input: order{"x"}, ForwardOnly: true},
		Start{Name: "stocked", Open: openStocked})
	require.Equal(t, []string{"before", "a", "b", "c"}, r.Points)
}

// slowLooks is forwardFlow after another look, and some time.
func slowLooks(ctx workflow.Context, in order) (made, error) {
	if _, err := saga.ExecuteRead(ctx, "first", looks, in); err != nil {
		return made{}, err
	}
	if err := workflow.Sleep(ctx, time.Minute); err != nil {
		return made{}, err
	}
	return forwardFlow(ctx, in)
}

// A run that is paused before its flow has begun may look further, which a pause
// holds up no more than the activity under way, but begins no task.
func TestAPauseHoldsTasksAndNoLooks(t *testing.T) {
	r := Prove(t, Flow{Workflow: slowLooks, Input: order{"x"}, ForwardOnly: true,
		Mishaps: []Mishap{Paused, PausedThenCancelled}}, Start{Name: "stocked", Open: openStocked})
	require.Equal(t, []string{"first", "before", "a", "b", "c"}, r.Points)
}

// openStocked is a shelf with what forwardFlow removes.
func openStocked(testing.TB) World {
	s := newShelf()
	for _, name := range []string{"a", "b", "c", "d"} {
		s.put(name, "stock")
	}
	return s
}

// Remove deletes a resource by name.
func (a *tasks) Remove(_ context.Context, i saga.Intent[order]) (made, error) {
	a.s.drop(a.s.find(func(it *item) bool { return it.name == i.In.Name })...)
	return made{}, nil
}
