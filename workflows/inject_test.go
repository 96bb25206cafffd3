package workflows_test

import (
	"context"
	"slices"
	"sync"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"
)

// mishap is what can happen to an activity.
type mishap string

const (
	nothing     mishap = "nothing happens"
	failsBefore mishap = "fails before its effect"
	failsAfter  mishap = "fails after its effect" // for good: the run reverts
	losesAnswer mishap = "loses the answer once"  // and is retried
	repeated    mishap = "runs twice"             // as after a late heartbeat
	undoFails   mishap = "fails, and its undo fails three times"
)

// injector lets a mishap happen to the activity with one id, and records the
// ids of all activities. It is a worker interceptor: the flow under test and
// its activities know nothing of it.
type injector struct {
	interceptor.WorkerInterceptorBase
	point string
	what  mishap

	mu    sync.Mutex
	seen  []string // ids in the order of their first attempt
	hits  int      // mishaps of the activity
	undos int      // failures of its undo
}

func (i *injector) InterceptActivity(_ context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	return &injected{interceptor.ActivityInboundInterceptorBase{Next: next}, i}
}

type injected struct {
	interceptor.ActivityInboundInterceptorBase
	*injector
}

func (i *injected) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	run := func() (any, error) { return i.ActivityInboundInterceptorBase.ExecuteActivity(ctx, in) }
	switch i.at(activity.GetInfo(ctx).ActivityID) {
	case failsBefore:
		return nil, injectedError(true)
	case failsAfter:
		return lost(run, true)
	case losesAnswer:
		return lost(run, false)
	case repeated:
		if out, err := run(); err != nil {
			return out, err
		}
	}
	return run()
}

// at records an activity and says what is to happen to it now.
func (i *injector) at(id string) mishap {
	i.mu.Lock()
	defer i.mu.Unlock()
	if !slices.Contains(i.seen, id) {
		i.seen = append(i.seen, id)
	}
	switch {
	case i.what == undoFails && id == "undo "+i.point && i.undos < 3:
		i.undos++
		return losesAnswer
	case id != i.point || i.hits > 0:
		return nothing
	}
	i.hits++
	if i.what == undoFails {
		return failsAfter
	}
	return i.what
}

// lost runs the activity and drops its answer.
func lost(run func() (any, error), final bool) (any, error) {
	if out, err := run(); err != nil {
		return out, err
	}
	return nil, injectedError(final)
}

const injectedText = "injected by the test"

func injectedError(final bool) error {
	return temporal.NewApplicationErrorWithOptions(injectedText, "injected", temporal.ApplicationErrorOptions{NonRetryable: final})
}
