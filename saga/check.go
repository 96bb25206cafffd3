package saga

import (
	"fmt"
	"log/slog"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"novaflow/saga/internal/engine"
)

// CheckCustomized does what [Check] does, for the flows as the interceptors of a worker
// change them; see [Customize]. Give it the interceptors of worker.Options.Interceptors.
// A change that asks for versions is checked as in a new run.
//
// Changes are code of a workflow, so each is applied in a workflow of one step, which is
// replayed and which no engine knows of.
func CheckCustomized(interceptors []interceptor.WorkerInterceptor, flows ...Example) error {
	return checkEach(flows, func(e Example) error { return e.checkIn(interceptors) })
}

// checkName is the type of the workflow in which changes are applied.
const checkName = "NovaflowCheck"

func (e Example) checkIn(interceptors []interceptor.WorkerInterceptor) error {
	found := fmt.Errorf("the flow was not built: an interceptor kept it from that")
	check := func(ctx workflow.Context) error {
		found = onlyError(e.plan(func(f *Flow) { engine.Customize(ctx, f.name(), f) }))
		return nil
	}
	replayer, err := worker.NewWorkflowReplayerWithOptions(worker.WorkflowReplayerOptions{
		Interceptors: append([]interceptor.WorkerInterceptor{&newest{}}, interceptors...),
	})
	if err != nil {
		return err
	}
	replayer.RegisterWorkflowWithOptions(check, workflow.RegisterOptions{Name: checkName})
	if err := replayer.ReplayWorkflowHistory(log.NewStructuredLogger(slog.New(slog.DiscardHandler)),
		oneStep()); err != nil {
		return err
	}
	return found
}

// oneStep returns the history of a workflow that ended in its first step.
func oneStep() *historypb.History {
	queue := &taskqueuepb.TaskQueue{Name: checkName}
	return &historypb.History{Events: []*historypb.HistoryEvent{
		{EventId: 1, EventType: enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED,
			Attributes: &historypb.HistoryEvent_WorkflowExecutionStartedEventAttributes{
				WorkflowExecutionStartedEventAttributes: &historypb.WorkflowExecutionStartedEventAttributes{
					WorkflowType: &commonpb.WorkflowType{Name: checkName}, TaskQueue: queue,
				}}},
		{EventId: 2, EventType: enumspb.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED,
			Attributes: &historypb.HistoryEvent_WorkflowTaskScheduledEventAttributes{
				WorkflowTaskScheduledEventAttributes: &historypb.WorkflowTaskScheduledEventAttributes{
					TaskQueue: queue,
				}}},
		{EventId: 3, EventType: enumspb.EVENT_TYPE_WORKFLOW_TASK_STARTED,
			Attributes: &historypb.HistoryEvent_WorkflowTaskStartedEventAttributes{
				WorkflowTaskStartedEventAttributes: &historypb.WorkflowTaskStartedEventAttributes{
					ScheduledEventId: 2,
				}}},
		{EventId: 4, EventType: enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED,
			Attributes: &historypb.HistoryEvent_WorkflowTaskCompletedEventAttributes{
				WorkflowTaskCompletedEventAttributes: &historypb.WorkflowTaskCompletedEventAttributes{
					ScheduledEventId: 2, StartedEventId: 3,
				}}},
		{EventId: 5, EventType: enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED,
			Attributes: &historypb.HistoryEvent_WorkflowExecutionCompletedEventAttributes{
				WorkflowExecutionCompletedEventAttributes: &historypb.WorkflowExecutionCompletedEventAttributes{
					WorkflowTaskCompletedEventId: 4,
				}}},
	}}
}

// newest answers who asks for a version with the newest, although the step is
// replayed.
type newest struct {
	interceptor.WorkerInterceptorBase
}

// InterceptWorkflow implements interceptor.WorkerInterceptor.
func (*newest) InterceptWorkflow(_ workflow.Context,
	next interceptor.WorkflowInboundInterceptor) interceptor.WorkflowInboundInterceptor {
	return &newestIn{interceptor.WorkflowInboundInterceptorBase{Next: next}}
}

type newestIn struct {
	interceptor.WorkflowInboundInterceptorBase
}

// Init implements interceptor.WorkflowInboundInterceptor.
func (n *newestIn) Init(out interceptor.WorkflowOutboundInterceptor) error {
	return n.Next.Init(&newestOut{interceptor.WorkflowOutboundInterceptorBase{Next: out}})
}

type newestOut struct {
	interceptor.WorkflowOutboundInterceptorBase
}

// GetVersion implements interceptor.WorkflowOutboundInterceptor.
func (*newestOut) GetVersion(_ workflow.Context, _ string, _, maxSupported workflow.Version) workflow.Version {
	return maxSupported
}
