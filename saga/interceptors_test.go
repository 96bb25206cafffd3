package saga_test

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

type (
	outbound     = interceptor.WorkflowOutboundInterceptor
	outboundBase = interceptor.WorkflowOutboundInterceptorBase
)

// through puts something between a workflow and the engine.
func through(env *testsuite.TestWorkflowEnvironment, put func(next outbound) outbound,
	others ...interceptor.WorkerInterceptor) {
	env.SetWorkerOptions(worker.Options{
		Interceptors:             append(others, &inserted{put: put}),
		DeadlockDetectionTimeout: time.Minute, // for a machine that does much else
	})
}

type inserted struct {
	interceptor.WorkerInterceptorBase
	put func(next outbound) outbound
}

func (i *inserted) InterceptWorkflow(_ workflow.Context,
	next interceptor.WorkflowInboundInterceptor) interceptor.WorkflowInboundInterceptor {
	return &insertedInbound{interceptor.WorkflowInboundInterceptorBase{Next: next}, i.put}
}

type insertedInbound struct {
	interceptor.WorkflowInboundInterceptorBase
	put func(next outbound) outbound
}

func (i *insertedInbound) Init(out outbound) error { return i.Next.Init(i.put(out)) }

// distinctIDs gives each activity of a run an id of its own. The engine takes the id
// of an activity that is over for another one; the SDK's test environment gives the
// late result of an activity that was cancelled to whichever has its id now, and
// panics. So it does when a person has an undo tried anew.
type distinctIDs struct {
	outboundBase
	activities int
}

func withDistinctIDs(next outbound) outbound {
	return &distinctIDs{outboundBase: outboundBase{Next: next}}
}

func (d *distinctIDs) ExecuteActivity(ctx workflow.Context, activity string, args ...any) workflow.Future {
	o := workflow.GetActivityOptions(ctx)
	d.activities++
	o.ActivityID = fmt.Sprintf("%s (%d)", o.ActivityID, d.activities)
	return d.Next.ExecuteActivity(workflow.WithActivityOptions(ctx, o), activity, args...)
}

// relentless lets every timer fire, as those do for which a cancellation comes too
// late.
type relentless struct{ outboundBase }

func withRelentlessTimers(next outbound) outbound { return &relentless{outboundBase{Next: next}} }

func (r *relentless) NewTimerWithOptions(ctx workflow.Context, d time.Duration,
	o workflow.TimerOptions) workflow.Future {
	ctx, _ = workflow.NewDisconnectedContext(ctx)
	return r.Next.NewTimerWithOptions(ctx, d, o)
}
