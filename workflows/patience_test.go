package workflows_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

// bePatient sets long heartbeat timeouts, as sagatest does. In the SDK's test environment
// they run on the clock of the machine. The machine may be busy, and silence would be
// taken for the death of a worker.
func bePatient(env *testsuite.TestWorkflowEnvironment) {
	env.SetWorkerOptions(worker.Options{Interceptors: []interceptor.WorkerInterceptor{&patience{}}})
}

type patience struct {
	interceptor.WorkerInterceptorBase
}

func (*patience) InterceptWorkflow(_ workflow.Context, next interceptor.WorkflowInboundInterceptor) interceptor.WorkflowInboundInterceptor {
	return &patientIn{interceptor.WorkflowInboundInterceptorBase{Next: next}}
}

type patientIn struct {
	interceptor.WorkflowInboundInterceptorBase
}

func (w *patientIn) Init(next interceptor.WorkflowOutboundInterceptor) error {
	return w.Next.Init(&patientOut{interceptor.WorkflowOutboundInterceptorBase{Next: next}})
}

type patientOut struct {
	interceptor.WorkflowOutboundInterceptorBase
}

func (w *patientOut) ExecuteActivity(ctx workflow.Context, activityType string, args ...any) workflow.Future {
	o := workflow.GetActivityOptions(ctx)
	return w.Next.ExecuteActivity(workflow.WithHeartbeatTimeout(ctx, 100*o.HeartbeatTimeout), activityType, args...)
}

// Of the full matrix, cases failed on a busy machine while their cloud was prepared:
// "no answer in time (Heartbeat timeout)".
func TestABusyMachineIsNoDeadWorker(t *testing.T) {
	const silence = 60 * time.Millisecond
	for _, patient := range []bool{true, false} {
		var suite testsuite.WorkflowTestSuite
		suite.SetLogger(quiet{})
		env := suite.NewTestWorkflowEnvironment()
		if patient {
			bePatient(env)
		}
		env.RegisterActivityWithOptions(func(context.Context) error { time.Sleep(silence); return nil }, activity.RegisterOptions{Name: "silent"})
		env.ExecuteWorkflow(func(ctx workflow.Context) error {
			return workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
				StartToCloseTimeout: time.Minute, HeartbeatTimeout: silence / 3, RetryPolicy: &temporal.RetryPolicy{MaximumAttempts: 1},
			}), "silent").Get(ctx, nil)
		})
		require.Equal(t, patient, env.GetWorkflowError() == nil, "%v", env.GetWorkflowError())
	}
}
