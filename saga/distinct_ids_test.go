package saga_test

import (
	"fmt"

	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/workflow"
)

// distinctIDs gives each activity of a run an id of its own. The engine takes the id
// of an activity that is over for another one; the SDK's test environment gives the
// late result of an activity that was cancelled to whichever has its id now, and
// panics. So it does when a person has an undo tried anew.
type distinctIDs struct {
	interceptor.WorkerInterceptorBase
}

func (d *distinctIDs) InterceptWorkflow(_ workflow.Context, next interceptor.WorkflowInboundInterceptor) interceptor.WorkflowInboundInterceptor {
	return &distinctInbound{interceptor.WorkflowInboundInterceptorBase{Next: next}}
}

type distinctInbound struct {
	interceptor.WorkflowInboundInterceptorBase
}

func (d *distinctInbound) Init(out interceptor.WorkflowOutboundInterceptor) error {
	return d.Next.Init(&distinctOutbound{WorkflowOutboundInterceptorBase: interceptor.WorkflowOutboundInterceptorBase{Next: out}})
}

type distinctOutbound struct {
	interceptor.WorkflowOutboundInterceptorBase
	activities int
}

func (d *distinctOutbound) ExecuteActivity(ctx workflow.Context, activity string, args ...any) workflow.Future {
	o := workflow.GetActivityOptions(ctx)
	d.activities++
	o.ActivityID = fmt.Sprintf("%s (%d)", o.ActivityID, d.activities)
	return d.Next.ExecuteActivity(workflow.WithActivityOptions(ctx, o), activity, args...)
}
