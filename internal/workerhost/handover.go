package workerhost

import (
	"context"
	"errors"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"
)

// errStopping is why a stopping worker cuts an activity short.
var errStopping = errors.New("the worker stops")

// handover makes a stopping worker give its activities back to the engine. Left
// alone, an activity that waits for a server would hold the worker up until it
// is killed, and nobody would go on with it before its heartbeat times out.
type handover struct {
	interceptor.WorkerInterceptorBase
	grace time.Duration // for what is about to finish
}

// InterceptActivity is part of interceptor.WorkerInterceptor.
func (h *handover) InterceptActivity(_ context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	i := &handoverActivity{grace: h.grace}
	i.Next = next
	return i
}

type handoverActivity struct {
	interceptor.ActivityInboundInterceptorBase
	grace time.Duration
}

// ExecuteActivity runs the activity. If the worker stops meanwhile, the attempt
// fails after the grace time in a way that makes another worker try at once;
// that attempt finds by mark what this one made.
func (a *handoverActivity) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	stop := activity.GetWorkerStopChannel(ctx)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go cutShort(ctx, cancel, stop, a.grace)
	result, err := a.Next.ExecuteActivity(ctx, in)
	if err != nil && errors.Is(context.Cause(ctx), errStopping) {
		return nil, temporal.NewApplicationErrorWithOptions("the worker stopped, another one goes on", "WorkerStopped",
			temporal.ApplicationErrorOptions{NextRetryDelay: time.Millisecond, Category: temporal.ApplicationErrorCategoryBenign})
	}
	return result, err
}

// cutShort cancels when stop has been closed for the grace time; it ends with
// the context.
func cutShort(ctx context.Context, cancel context.CancelCauseFunc, stop <-chan struct{}, grace time.Duration) {
	select {
	case <-ctx.Done():
		return
	case <-stop:
	}
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
		cancel(errStopping)
	}
}
