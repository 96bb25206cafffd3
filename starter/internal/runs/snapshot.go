package runs

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	failurepb "go.temporal.io/api/failure/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"novaflow/saga"
)

// LedgerTimeout bounds the question for the ledger, which only a worker can
// answer.
const LedgerTimeout = 3 * time.Second

// Snapshot is what is known about a run at one moment.
type Snapshot struct {
	Workflow string // id
	Run      string // id
	Kind     string // workflow type
	Queue    string // task queue
	Cloud    string // "" if the run did not say
	Status   enumspb.WorkflowExecutionStatus
	Started  time.Time
	Closed   time.Time          // zero while it runs
	waiting  time.Time          // since when the run's next step waits for a worker; zero if it does not
	Ledger   *saga.Ledger       // nil until a worker has returned it
	live     map[string]attempt // activities under way, by id
	Now      time.Time          // when this was true
}

// attempt is one activity under way.
type attempt struct {
	number  int32
	failure string    // of the attempt before; ""
	report  string    // what the activity says about itself; ""
	next    time.Time // when the next attempt starts; zero while one runs
}

// undoID returns the id of the activity that undoes a task.
func undoID(e saga.Entry) string { return "undo " + e.ActivityID() }

// Ended reports whether the run will not change any more.
func (s Snapshot) Ended() bool {
	return s.Status != enumspb.WORKFLOW_EXECUTION_STATUS_UNSPECIFIED &&
		s.Status != enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING &&
		s.Status != enumspb.WORKFLOW_EXECUTION_STATUS_PAUSED
}

// needsDecision reports whether the run waits for an operator: it is STUCK or HELD.
func (s Snapshot) needsDecision() bool {
	return !s.Ended() && s.Ledger != nil &&
		(s.Ledger.State == saga.RunHeld || s.Ledger.State == saga.RunStuck && !s.stops())
}

// stops reports whether a run that is STUCK on its way forward was asked to end where it
// is. It ends as soon as its tasks return.
func (s Snapshot) stops() bool {
	return s.Ledger.Cause != "" && len(listUndos(s)) == 0 &&
		slices.ContainsFunc(s.Ledger.Tasks, func(e saga.Entry) bool { return e.State == saga.TaskRunning })
}

// Describe asks the engine about a run. An empty run id means the latest.
func Describe(ctx context.Context, engine client.Client, workflow, run string) (Snapshot, error) {
	ctx, cancel := context.WithTimeout(ctx, EngineTimeout)
	defer cancel()
	d, err := engine.DescribeWorkflowExecution(ctx, workflow, run)
	if err != nil {
		return Snapshot{}, err
	}
	info := d.GetWorkflowExecutionInfo()
	s := Snapshot{
		Workflow: workflow, Run: info.GetExecution().GetRunId(), Kind: info.GetType().GetName(),
		Queue: info.GetTaskQueue(),
		Cloud: readAttribute(info, saga.AttributeProject), Status: info.GetStatus(),
		Started: info.GetStartTime().AsTime(), live: map[string]attempt{}, Now: time.Now(),
	}
	if info.GetCloseTime() != nil {
		s.Closed = info.GetCloseTime().AsTime()
	}
	if task := d.GetPendingWorkflowTask(); task.GetState() == enumspb.PENDING_WORKFLOW_TASK_STATE_SCHEDULED {
		s.waiting = task.GetScheduledTime().AsTime()
	}
	for _, p := range d.GetPendingActivities() {
		s.live[p.GetActivityId()] = newAttempt(p)
	}
	return s, nil
}

func newAttempt(p *workflowpb.PendingActivityInfo) attempt {
	a := attempt{number: p.GetAttempt(), failure: failureText(p.GetLastFailure()),
		report: reportText(p.GetHeartbeatDetails())}
	if p.GetState() == enumspb.PENDING_ACTIVITY_STATE_SCHEDULED && p.GetAttempt() > 1 {
		a.next = p.GetNextAttemptScheduleTime().AsTime()
	}
	return a
}

// failureText returns a failure in the words of its source.
func failureText(f *failurepb.Failure) string {
	if f == nil {
		return ""
	}
	if f.GetMessage() == "" || f.GetTimeoutFailureInfo() != nil && f.GetCause() != nil {
		return failureText(f.GetCause())
	}
	return f.GetMessage()
}

// reportText returns what a heartbeat says: a string as it is, saga.Progress in words,
// anything else as JSON.
func reportText(details *commonpb.Payloads) string {
	if len(details.GetPayloads()) == 0 {
		return ""
	}
	payload := details.GetPayloads()[0]
	var text string
	if converter.GetDefaultDataConverter().FromPayload(payload, &text) == nil {
		return text
	}
	var progress saga.Progress
	strict := json.NewDecoder(bytes.NewReader(payload.GetData()))
	strict.DisallowUnknownFields()
	if strict.Decode(&progress) == nil {
		return strings.TrimSpace(fmt.Sprintf("%d %% %s", progress.Percent, progress.Message))
	}
	return string(payload.GetData())
}

// AskLedger asks a worker for the run's ledger.
func AskLedger(ctx context.Context, engine client.Client, workflow, run string) (*saga.Ledger, error) {
	ctx, cancel := context.WithTimeout(ctx, LedgerTimeout)
	defer cancel()
	answer, err := engine.QueryWorkflow(ctx, workflow, run, saga.LedgerQuery)
	if err != nil {
		return nil, err
	}
	var l saga.Ledger
	return &l, answer.Get(&l)
}

// ReadResult returns the result of a run as JSON. It returns an error if the run did.
func ReadResult(ctx context.Context, engine client.Client, workflow, run string) (json.RawMessage, error) {
	var out json.RawMessage
	if err := engine.GetWorkflow(ctx, workflow, run).Get(ctx, &out); err != nil {
		return nil, err
	}
	return out, nil
}
