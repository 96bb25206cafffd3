package sagatest

import (
	"encoding/json"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/workflow"

	"novaflow/saga"
)

// InterceptWorkflow adds what the injector does to the calls of a workflow. The SDK calls
// it once per run.
func (i *injector) InterceptWorkflow(_ workflow.Context,
	next interceptor.WorkflowInboundInterceptor) interceptor.WorkflowInboundInterceptor {
	return &inbound{interceptor.WorkflowInboundInterceptorBase{Next: next}, i}
}

type inbound struct {
	interceptor.WorkflowInboundInterceptorBase
	i *injector
}

// Init puts the injector between the workflow and the SDK.
func (w *inbound) Init(next interceptor.WorkflowOutboundInterceptor) error {
	return w.Next.Init(&outbound{interceptor.WorkflowOutboundInterceptorBase{Next: next}, w.i})
}

type outbound struct {
	interceptor.WorkflowOutboundInterceptorBase
	i *injector
}

// GetInfo gives every run an id of its own. The environment has one for all.
func (w *outbound) GetInfo(ctx workflow.Context) *workflow.Info {
	info := *w.Next.GetInfo(ctx)
	info.FirstRunID = w.i.run
	return &info
}

// ExecuteActivity records what is scheduled.
func (w *outbound) ExecuteActivity(ctx workflow.Context, activityType string, args ...any) workflow.Future {
	o := workflow.GetActivityOptions(ctx)
	p := readPlan(o.ActivityID, args)
	if o.RetryPolicy != nil {
		p.attempts = int(o.RetryPolicy.MaximumAttempts)
	}
	w.i.schedule(p)
	return w.Next.ExecuteActivity(workflow.WithHeartbeatTimeout(ctx, o.HeartbeatTimeout*patience), activityType,
		args...)
}

// patience lengthens heartbeat timeouts. They run on the clock of the machine, which may
// be busy, and silence is not among the mishaps.
const patience = 100

func (i *injector) schedule(p plan) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.plans[p.id] = p
	i.scheduled = append(i.scheduled, p.point())
	delete(i.gone, p.id)
	if !p.undo && !slices.Contains(i.order, p.point()) {
		i.order = append(i.order, p.point())
	}
}

// readIntent reads the task and the mark from a saga.Intent of any type. Other
// arguments are those of reads, and have neither.
func readIntent(arg any) (string, saga.Mark) {
	v := reflect.ValueOf(arg)
	if !v.IsValid() || v.Type().PkgPath() != reflect.TypeFor[saga.Mark]().PkgPath() ||
		!strings.HasPrefix(v.Type().Name(), "Intent[") {
		return "", ""
	}
	return v.FieldByName("Task").String(), saga.Mark(v.FieldByName("Mark").String())
}

// plan is what the workflow said when it scheduled an activity.
type plan struct {
	id       string
	task     string    // path of the task of an effect or an undo; "" otherwise
	mark     saga.Mark // of an effect or undo
	undo     bool
	undoes   []string // paths of the tasks that an undo is for: one, or those of a scope
	result   bool     // of an undo: it was given the result of the task
	attempts int
}

// point returns the path of the task, or the name of a read before the flow.
func (p plan) point() string {
	if p.task != "" {
		return p.task
	}
	return attemptSuffix.ReplaceAllString(p.id, "")
}

// attemptSuffix distinguishes the activities of one task when its scope is
// tried again.
var attemptSuffix = regexp.MustCompile(`#[0-9]+$`)

// readPlan reads from an activity's argument what it is.
func readPlan(id string, args []any) plan {
	p := plan{id: id}
	if len(args) != 1 {
		return p
	}
	switch a := args[0].(type) {
	case saga.Undo[json.RawMessage, json.RawMessage]:
		p.task, p.mark, p.undo, p.undoes, p.result = a.Task, a.Mark, true, []string{a.Task}, a.Out != nil
	case saga.ScopeUndo:
		p.undo = true
		for _, e := range a.Tasks {
			p.undoes = append(p.undoes, e.Task)
		}
	default:
		p.task, p.mark = readIntent(a)
	}
	return p
}
