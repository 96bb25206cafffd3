package saga_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"novaflow/saga"
)

// customized plays the diamond with a change from a user's module.
func customized(t *testing.T, change func(*saga.Flow)) *play {
	p := newPlay(t)
	p.env.SetWorkerOptions(worker.Options{Interceptors: []interceptor.WorkerInterceptor{
		saga.Customize("diamond", func(_ workflow.Context, f *saga.Flow) { change(f) }),
		saga.Customize("another", func(workflow.Context, *saga.Flow) { t.Error("this flow is not meant") }),
	}})
	return p
}

func named(name string) func(thing) thing { return func(thing) thing { return thing{Name: name} } }

func TestATaskIsInsertedBeforeAnother(t *testing.T) {
	p := customized(t, func(f *saga.Flow) {
		base := saga.ResultOf[thing](f, "base")
		saga.InsertBefore(f, "left", "approval", makes, saga.From(base, named("approval")))
	})
	p.commits(simpleDiamond)
	p.requireOrder(t, "make base", "make approval", "make left")
}

func TestAnInsertedTaskIsUndoneInItsPlace(t *testing.T) {
	p := customized(t, func(f *saga.Flow) {
		saga.InsertBefore(f, "left", "approval", makes, saga.Value(thing{Name: "approval"}))
	})
	p.fails("make top", -1)
	p.reverts("task top failed", simpleDiamond)
	p.requireOrder(t, "unmake top", "unmake left", "unmake approval")
}

func TestATaskIsInsertedAfterAnother(t *testing.T) {
	p := customized(t, func(f *saga.Flow) {
		base := saga.ResultOf[thing](f, "base")
		saga.InsertAfter(f, "base", "label", makes, saga.From(base, named("label")))
	})
	p.commits(simpleDiamond)
	p.requireOrder(t, "make base", "make label", "make left", "make top")
	p.requireOrder(t, "make label", "make right")
}

func TestATaskIsReplaced(t *testing.T) {
	p := customized(t, func(f *saga.Flow) { saga.Replace(f, "left", looks) })
	l := p.commits(simpleDiamond)
	require.Equal(t, "Look", l.Entry("left").Activity)
	require.Len(t, p.things, 3)
}

func TestAScopeIsSwapped(t *testing.T) {
	p := newPlay(t)
	p.env.SetWorkerOptions(worker.Options{Interceptors: []interceptor.WorkerInterceptor{
		saga.Customize("scoped", func(_ workflow.Context, f *saga.Flow) {
			saga.Swap(f, "in", func(in *saga.Flow) {
				c := add(in, "c")
				saga.Add(in, "b", makes, saga.From(c, named("b"))) // last uses it
			})
		}),
	}})
	l := p.commits(scoped())
	require.Equal(t, []string{"base=SUCCESS", "in/a=SKIPPED", "in/b=SUCCESS", "last=SUCCESS", "in/c=SUCCESS"},
		states(l))
	p.requireOrder(t, "make c", "make b", "make last")
}

func countThings(context.Context, thing) (int, error) { return 1, nil }

func TestChangesThatDoNotFitAreReportedTogether(t *testing.T) {
	p := newPlay(t)
	p.env.SetWorkerOptions(worker.Options{Interceptors: []interceptor.WorkerInterceptor{
		saga.Customize("scoped", func(_ workflow.Context, f *saga.Flow) {
			saga.Replace(f, "nowhere", makes)
			saga.Replace(f, "base", saga.Read(countThings))
			saga.ResultOf[int](f, "base")
			saga.InsertBefore(f, "nowhere", "x", makes, saga.Value(thing{}))
			saga.InsertAfter(f, "nowhere", "x", makes, saga.Value(thing{}))
			saga.Swap(f, "in", func(in *saga.Flow) { add(in, "c") })
			saga.Swap(f, "out", func(*saga.Flow) {})
		}),
	}})
	p.env.ExecuteWorkflow(flowOf(scoped()))
	for _, text := range []string{
		"task nowhere: there is none of this name to replace",
		"task base: it takes saga_test.thing and gives saga_test.thing, and what shall replace it does not",
		"task base: there is none of this name whose result is int",
		"none of this name to insert x before", "none of this name to insert x after",
		"task last uses task in/b, which the new scope in lacks", "scope out: there is none of this name to swap",
	} {
		require.ErrorContains(t, p.env.GetWorkflowError(), text)
	}
	require.Empty(t, p.world.events)
}

// A change that does not fit any more must be found when the worker starts, not
// by the first run.
func TestACustomizedFlowIsChecked(t *testing.T) {
	example := saga.Define("diamond", func(int) (*saga.Flow, saga.Ref[thing]) { return diamond() }).With(1)
	changes := func(path string) []interceptor.WorkerInterceptor {
		return []interceptor.WorkerInterceptor{saga.Listen(func(saga.Event) {}),
			saga.Customize("diamond", func(ctx workflow.Context, f *saga.Flow) {
				if workflow.GetVersion(ctx, "approval", workflow.DefaultVersion, 1) == 1 {
					saga.InsertBefore(f, path, "approval", makes, saga.Value(thing{Name: "approval"}))
				}
			})}
	}
	require.NoError(t, saga.CheckCustomized(changes("left"), example))
	require.EqualError(t, saga.CheckCustomized(changes("gone"), example),
		"flow diamond: task gone: there is none of this name to insert approval before")
	require.NoError(t, saga.Check(example), "as it is")
	panics := []interceptor.WorkerInterceptor{saga.Customize("diamond",
		func(workflow.Context, *saga.Flow) { panic("oh") })}
	require.ErrorContains(t, saga.CheckCustomized(panics, example), "what customizes flow diamond panicked: oh")
}
