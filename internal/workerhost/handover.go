package workerhost

import (
	"context"
	"errors"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"
)

// errStopping is the reason with which a stopping worker cancels an activity.
var errStopping = errors.New("the worker stops")

// handover lets a stopping worker return its activities to the engine. Without it, an
// activity that waits for a server would delay the worker until the worker is killed, and
// no other worker would go on with the activity before its heartbeat times out.
type handover struct {
	interceptor.WorkerInterceptorBase
	grace time.Duration // for activities that are about to finish
}

// InterceptActivity implements interceptor.WorkerInterceptor.
func (h *handover) InterceptActivity(
	_ context.Context, next interceptor.ActivityInboundInterceptor,
) interceptor.ActivityInboundInterceptor {
	i := &handoverActivity{grace: h.grace}
	i.Next = next
	return i
}

type handoverActivity struct {
	interceptor.ActivityInboundInterceptorBase
	grace time.Duration
}

// ExecuteActivity runs the activity. If the worker stops meanwhile, the attempt fails
// after the grace time, and another worker tries at once. That attempt finds by mark
// what this one has created.
func (a *handoverActivity) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	stop := activity.GetWorkerStopChannel(ctx)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go cancelAfterGrace(ctx, cancel, stop, a.grace)
	result, err := a.Next.ExecuteActivity(ctx, in)
	if err != nil && errors.Is(context.Cause(ctx), errStopping) {
		options := temporal.ApplicationErrorOptions{
			NextRetryDelay: time.Millisecond, Category: temporal.ApplicationErrorCategoryBenign,
		}
		const text = "the worker stopped, another one goes on"
		return nil, temporal.NewApplicationErrorWithOptions(text, "WorkerStopped", options)
	}
	return result, err
}

// cancelAfterGrace cancels the activity when stop has been closed for the grace time. It
// ends with the context.
func cancelAfterGrace(ctx context.Context, cancel context.CancelCauseFunc, stop <-chan struct{}, grace time.Duration) {
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
