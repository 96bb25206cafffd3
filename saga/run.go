package saga

import (
	"encoding/json"
	"fmt"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// Run executes a flow in the calling workflow and returns the value of result.
// It returns only when the run has committed, or when everything that was begun
// is gone again. The error is then
//
//   - a [temporal.CanceledError] if the workflow was cancelled,
//   - else a [temporal.ApplicationError] of type ErrTypeReverted with a
//     [Reverted] as its detail, or of type ErrTypeInvalidFlow.
//
// Call Run once per workflow: it answers the query [LedgerQuery] and sets the
// workflow's current details and search attributes.
func Run[T any](ctx workflow.Context, f *Flow, result Ref[T]) (T, error) {
	var none T
	if result.get == nil || (result.flow != nil && result.flow != f) {
		f.problem("the flow's result is not a ref of this flow")
	}
	if err := f.Validate(); err != nil {
		return none, temporal.NewNonRetryableApplicationError(err.Error(), ErrTypeInvalidFlow, err)
	}
	r, err := begin(ctx, f)
	if err != nil {
		return none, err
	}
	if why := r.forward(); why != nil {
		return none, r.giveUp(*why)
	}
	v, err := try("the function that makes the flow's result", func() (T, error) { return result.get(r.results) })
	if err != nil {
		return none, r.giveUp(failure{reason: err.Error()})
	}
	r.enter(RunCommitted)
	return v, nil
}

// run is the state of one execution of a flow.
type run struct {
	ctx        workflow.Context
	flow       *Flow
	ledger     *Ledger
	results    results
	futures    []workflow.Future // of the activity under way, by task
	unmet      []int             // how many needs of a task are still open
	dependents [][]int           // the tasks that need a task
	ready      []int             // tasks that may start
	finished   int               // tasks that succeeded
	why        *failure          // set when the run must stop going forward
}

// begin prepares a run and makes it visible.
func begin(ctx workflow.Context, f *Flow) (*run, error) {
	n := len(f.tasks)
	r := &run{
		ctx: ctx, flow: f, ledger: newLedger(f, RunID(ctx), workflow.Now(ctx)),
		results: make(results, n), futures: make([]workflow.Future, n),
		unmet: make([]int, n), dependents: make([][]int, n),
	}
	for i, t := range f.tasks {
		r.unmet[i] = len(t.needs)
		if len(t.needs) == 0 {
			r.ready = append(r.ready, i)
		}
		for _, need := range t.needs {
			r.dependents[need] = append(r.dependents[need], i)
		}
	}
	if err := workflow.SetQueryHandler(ctx, LedgerQuery, func() (*Ledger, error) { return r.ledger, nil }); err != nil {
		return nil, err
	}
	r.enter(RunRunning)
	return r, nil
}

// forward runs tasks until all have succeeded or something stops the run. When
// it returns, no activity is under way.
func (r *run) forward() *failure {
	ctx, cancel := workflow.WithCancel(r.ctx)
	events := workflow.NewNamedSelector(ctx, r.flow.name)
	events.AddReceive(r.ctx.Done(), func(workflow.ReceiveChannel, bool) {
		r.stop(failure{reason: "cancelled", canceled: true})
	})
	r.watchDeadline(ctx, events)
	for {
		r.startReady(ctx, events)
		if r.why != nil || r.finished == len(r.flow.tasks) {
			break
		}
		r.describe()
		events.Select(ctx)
	}
	cancel()
	r.awaitRunning()
	return r.why
}

// watchDeadline stops the run when its time is up. A forward-only run has
// nothing to revert to: it becomes STUCK and goes on.
func (r *run) watchDeadline(ctx workflow.Context, events workflow.Selector) {
	timer := workflow.NewTimerWithOptions(ctx, r.flow.deadline, workflow.TimerOptions{Summary: "deadline of the run"})
	events.AddFuture(timer, func(timer workflow.Future) {
		switch {
		case timer.Get(ctx, nil) != nil: // cancelled along with the run
		case r.flow.forwardOnly != "":
			r.enter(RunStuck)
		default:
			r.stop(failure{reason: fmt.Sprintf("the deadline of %s passed", r.flow.deadline)})
		}
	})
}

// stop ends the way forward; the first reason counts.
func (r *run) stop(why failure) {
	if r.why == nil {
		r.why = &why
	}
}

// startReady starts every task whose needs are met, in the order of the flow.
func (r *run) startReady(ctx workflow.Context, events workflow.Selector) {
	for len(r.ready) > 0 && r.why == nil {
		i := r.ready[0]
		r.ready = r.ready[1:]
		r.start(ctx, i, events)
	}
}

// start arms the undo of a task, by moving it to RUNNING, and schedules it.
func (r *run) start(ctx workflow.Context, i int, events workflow.Selector) {
	t, e := r.flow.tasks[i], &r.ledger.Tasks[i]
	in, err := try("the function that makes the input", func() (any, error) { return t.input(r.results) })
	if err == nil {
		e.In, err = json.Marshal(in)
	}
	if err != nil {
		r.fail(ctx, i, err, events)
		return
	}
	move(taskMoves, &e.State, TaskRunning)
	e.Started = workflow.Now(r.ctx)
	options := activityOptions(t.name, t.label(), t.doOpts)
	r.futures[i] = workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, options), t.do, t.argument(in, e.Mark))
	events.AddFuture(r.futures[i], func(f workflow.Future) { r.settle(ctx, i, events) })
}

// settle records how a task's activity ended.
func (r *run) settle(ctx workflow.Context, i int, events workflow.Selector) {
	if err := r.record(i); err != nil {
		r.fail(ctx, i, err, events)
		return
	}
	for _, d := range r.dependents[i] {
		if r.unmet[d]--; r.unmet[d] == 0 {
			r.ready = append(r.ready, d)
		}
	}
}

// record takes a finished activity's result into the ledger.
func (r *run) record(i int) error {
	detached, _ := workflow.NewDisconnectedContext(r.ctx)
	out, err := r.flow.tasks[i].result(detached, r.futures[i])
	r.futures[i] = nil
	e := &r.ledger.Tasks[i]
	e.Ended = workflow.Now(r.ctx)
	if err != nil {
		return err
	}
	move(taskMoves, &e.State, TaskSuccess)
	e.Out, e.Error, r.results[i] = out, "", out
	r.finished++
	return nil
}

// fail records a failed task. It stops the run, unless the flow only goes
// forward: then the task is tried again later.
func (r *run) fail(ctx workflow.Context, i int, err error, events workflow.Selector) {
	e := &r.ledger.Tasks[i]
	move(taskMoves, &e.State, TaskFailure)
	e.Error = reason(err)
	if r.flow.forwardOnly == "" || r.ctx.Err() != nil {
		r.stop(failure{task: e.Task, reason: e.Error})
		return
	}
	pause := workflow.NewTimerWithOptions(ctx, slowestRetry, workflow.TimerOptions{Summary: "before trying again: " + e.Task})
	events.AddFuture(pause, func(pause workflow.Future) {
		if pause.Get(ctx, nil) == nil {
			r.ready = append(r.ready, i)
		}
	})
}

// awaitRunning waits until the cancelled siblings of a failed task have ended,
// because only then is it certain what there is to undo.
func (r *run) awaitRunning() {
	for i := range r.futures {
		if r.futures[i] == nil {
			continue
		}
		if err := r.record(i); err != nil {
			e := &r.ledger.Tasks[i]
			move(taskMoves, &e.State, TaskFailure)
			e.Error = reason(err)
		}
	}
}
