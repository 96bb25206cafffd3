package engine

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"go.temporal.io/sdk/workflow"

	"novaflow/saga/ledger"
)

// verbCancel is what the cancellation of the workflow becomes.
const verbCancel ledger.Verb = "cancel"

var verbs = []ledger.Verb{ledger.VerbPause, ledger.VerbResume, ledger.VerbRetry, ledger.VerbSkip, ledger.VerbAbandon,
	ledger.VerbRevert, ledger.VerbOnFailure}

// handleRequests registers a receiver that applies requests in the run's own coroutine,
// and an update and a signal for each verb.
func (r *run) handleRequests() error {
	r.selector.AddReceive(r.requests, func(c workflow.ReceiveChannel, _ bool) {
		var q ledger.Request
		for c.ReceiveAsync(&q) {
			r.apply(q)
		}
	})
	for _, v := range verbs {
		if err := r.handleVerb(v); err != nil {
			return err
		}
	}
	r.cancelling = workflow.GetSignalChannel(r.ctx, ledger.SignalCancelling)
	r.selector.AddReceive(r.cancelling, func(workflow.ReceiveChannel, bool) { r.noteCancelling() })
	return nil
}

// noteCancelling records who cancels the run and why.
func (r *run) noteCancelling() {
	for r.cancelling.Len() > 0 {
		var q ledger.Request
		if r.cancelling.ReceiveAsync(&q) { // else it cannot be read
			r.recordRequest(ledger.Request{Verb: verbCancel, Reason: q.Reason, By: q.By})
			r.whyCancelled = q.Reason
		}
	}
}

// recordRequest records what an operator requested.
func (r *run) recordRequest(q ledger.Request) {
	q.Time = workflow.Now(r.ctx)
	r.ledger.Requests = append(r.ledger.Requests, q)
	r.notify(ledger.Event{Task: q.Task, From: string(r.ledger.State), To: string(q.Verb), Text: q.Reason, By: q.By})
}

// applyEarlier applies the signals that came before the flow began, while the workflow
// looked something up. So a pause holds the first tasks too.
func (r *run) applyEarlier() {
	for r.selector.HasPending() {
		r.selector.Select(r.detached)
	}
}

// handleVerb registers one verb as an update and as a signal.
func (r *run) handleVerb(v ledger.Verb) error {
	handler := func(_ workflow.Context, q ledger.Request) (ledger.RunState, error) {
		q.Verb = v
		err := r.apply(q)
		r.requests.SendAsync(ledger.Request{}) // wakes the loop
		return r.ledger.State, err
	}
	validator := func(q ledger.Request) error {
		q.Verb = v
		return r.refusesAny(q)
	}
	if err := workflow.SetUpdateHandlerWithOptions(r.ctx, string(v), handler,
		workflow.UpdateHandlerOptions{Validator: validator}); err != nil {
		return err
	}
	r.selector.AddReceive(workflow.GetSignalChannel(r.ctx, string(v)), func(c workflow.ReceiveChannel, _ bool) {
		var q ledger.Request
		if !c.ReceiveAsync(&q) { // it cannot be read; Receive would wait for another one
			workflow.GetLogger(r.ctx).Warn("signal refused: its argument is no Request", "verb", v)
			return
		}
		q.Verb = v
		if err := r.apply(q); err != nil {
			workflow.GetLogger(r.ctx).Warn("signal refused", "verb", v, "error", err)
		}
	})
	return nil
}

// refusesAny says why a request cannot be met, also for what it would lose, or nil.
func (r *run) refusesAny(q ledger.Request) error {
	return cmp.Or(r.refuses(q), r.refusesPolicy(q), r.refusesLoss(q))
}

// refuses says why a request cannot be met, or nil.
func (r *run) refuses(q ledger.Request) error {
	switch state := r.ledger.State; {
	case state.Final():
		return fmt.Errorf("the run is %s: nothing can be changed any more", state)
	case q.Verb == ledger.VerbPause && r.paused:
		return fmt.Errorf("the run is paused already")
	case q.Verb == ledger.VerbResume && !r.paused:
		return fmt.Errorf("the run is %s, not paused", state)
	case q.Verb == ledger.VerbRevert && r.end != nil:
		return fmt.Errorf("the run reverts already")
	case q.Verb == ledger.VerbRevert && r.forwardOnly():
		return errNoWayBack
	case q.Verb == ledger.VerbOnFailure && !q.Policy.Known():
		return fmt.Errorf("policy %q is not revert, hold or keep", q.Policy)
	case (q.Verb == ledger.VerbSkip || q.Verb == ledger.VerbAbandon) && q.Reason == "":
		return fmt.Errorf("%s needs a reason", q.Verb)
	case q.Verb == ledger.VerbRetry || q.Verb == ledger.VerbSkip:
		return r.refusesTask(q)
	}
	return nil
}

var errNoWayBack = errors.New("the run is past its point of no return: it only goes forward")

// refusesPolicy refuses to revert a run that was held when its pivot, beside what had
// failed, succeeded.
func (r *run) refusesPolicy(q ledger.Request) error {
	if q.Verb == ledger.VerbOnFailure && q.Policy == ledger.OnFailureRevert && r.held && r.forwardOnly() {
		return errNoWayBack
	}
	return nil
}

// refusesTask says why a request about a task cannot be met, or nil.
func (r *run) refusesTask(q ledger.Request) error {
	if q.Verb == ledger.VerbRetry && q.Task == "" && (len(r.failing()) > 0 || r.anyChild() || r.held && r.late) {
		return nil
	}
	i := r.find(q.Task)
	switch {
	case q.Task == "" && q.Verb == ledger.VerbSkip:
		return fmt.Errorf("skip needs a task; %s", r.failingNow())
	case q.Task == "":
		return fmt.Errorf("no task has failed: what is at work is tried again by itself")
	case i < 0:
		return fmt.Errorf("there is no task %q; %s", q.Task, r.failingNow())
	}
	if r.childOf(i) != nil {
		return nil // the child knows
	}
	if sr := r.failedChild(i); sr != nil && q.Verb == ledger.VerbSkip {
		return fmt.Errorf("task %s is undone with its scope %s, which ran as a child workflow: retry it, or revert",
			q.Task, sr.scope.Path)
	}
	if !slices.Contains(r.failing(), i) {
		return fmt.Errorf("task %s is %s and not failing; %s", q.Task, r.ledger.Tasks[i].State, r.failingNow())
	}
	if q.Verb == ledger.VerbSkip && r.end == nil && r.halted(r.tasks[i].Scope) == nil {
		return r.refusesResult(i, q.Result)
	}
	return nil
}

// failingNow says which tasks an operator can retry or skip.
func (r *run) failingNow() string {
	if failing := taskNames(r.ledger, r.failing()); len(failing) > 0 {
		return fmt.Sprintf("failing tasks: %v", failing)
	}
	return "no task is failing"
}

// refusesResult checks the result that takes the place of a skipped task's.
func (r *run) refusesResult(i int, result json.RawMessage) error {
	if len(result) == 0 {
		for _, d := range r.tasks[i].dependents {
			for _, n := range r.tasks[d].AllNeeds() {
				if n.Task == i && n.Result {
					return fmt.Errorf("task %s uses the result of %s: give one", r.tasks[d].Path, r.tasks[i].Path)
				}
			}
		}
		return nil
	}
	if len(result) > ledger.MaxResult {
		return fmt.Errorf("the result does not fit task %s: it has %d bytes, and %d are the most", r.tasks[i].Path,
			len(result), ledger.MaxResult)
	}
	if err := r.tasks[i].CheckResult(result); err != nil {
		return fmt.Errorf("the result does not fit task %s: %w", r.tasks[i].Path, err)
	}
	return nil
}

// failing lists the tasks that an operator can retry or skip: failed ones of a run that
// waits for a decision, and those whose undo goes on without success.
func (r *run) failing() (tasks []int) {
	for i, e := range r.ledger.Tasks {
		if e.State == ledger.TaskReverting || e.State == ledger.TaskRevertFailure || r.waits(i) {
			tasks = append(tasks, i)
		}
	}
	return tasks
}

// waits reports whether a task failed and an operator can decide about it.
func (r *run) waits(i int) bool {
	failed := r.ledger.Tasks[i].State == ledger.TaskFailure || r.failedChild(i) != nil
	return failed && r.end == nil && r.halted(r.tasks[i].Scope) == nil
}

// taskNames returns the paths of tasks.
func taskNames(l *ledger.Ledger, tasks []int) []string {
	names := []string{}
	for _, i := range tasks {
		names = append(names, l.Tasks[i].Task)
	}
	return names
}

// find returns the position of the task at a path, or -1.
func (r *run) find(path string) int {
	return slices.IndexFunc(r.tasks, func(t *taskRun) bool { return t.Path == path })
}

// apply checks a request against the state of the run, records it in the ledger and
// carries it out. A request that the state does not allow is returned as an error and
// leaves no trace.
func (r *run) apply(q ledger.Request) error {
	switch q.Verb {
	case "": // only to wake the loop
		return nil
	case verbCancel:
		r.cancelled()
		return nil
	}
	if err := r.refusesAny(q); err != nil {
		return err
	}
	r.recordRequest(q)
	switch q.Verb {
	case ledger.VerbPause:
		r.paused, r.before = true, r.ledger.State
		r.enter(ledger.RunPaused)
		r.passOn(q)
	case ledger.VerbResume:
		r.wake()
		r.checkExpired()
		r.passOn(q)
	case ledger.VerbRetry:
		r.passOn(q)
		r.retry(q.Task)
	case ledger.VerbSkip:
		r.passOn(q)
		r.skipFailing(q)
	case ledger.VerbAbandon:
		r.abandon(q)
	case ledger.VerbRevert:
		r.wakeAll()
		r.giveUp(ending{Failure: ledger.Failure{Reason: "reverted on request: " + q.Reason}})
	case ledger.VerbOnFailure:
		r.setOnFailure(q.Policy)
	}
	return nil
}

// wake ends a pause.
func (r *run) wake() {
	if r.paused {
		r.paused = false
		r.enter(r.before)
	}
}

// wakeAll ends a pause, also for the children that are awaited and for those that
// undo. They do not learn of it otherwise.
func (r *run) wakeAll() {
	if r.paused && r.anyChild() {
		r.passOn(ledger.Request{Verb: ledger.VerbResume})
	}
	r.wake()
}

// checkExpired acts on deadlines that passed while an operator held or paused the run.
func (r *run) checkExpired() {
	if r.held || r.paused {
		return
	}
	if r.expired {
		r.deadlinePassed()
	}
	for _, s := range r.scopes {
		if s.expired {
			s.expired = false
			r.scopeExpired(s)
		}
	}
}

// retry sets failing tasks due now.
func (r *run) retry(path string) {
	for _, i := range r.failing() {
		t := r.tasks[i]
		if path != "" && t.Path != path || r.childOf(i) != nil {
			continue
		}
		if sr := r.failedChild(i); sr != nil {
			r.renewFailed(sr)
			continue
		}
		t.due = true
		if t.cancel != nil {
			r.cutShort(i) // the pause, or an undo that the engine keeps retrying
		}
	}
	r.release()
}

// undecided reports whether an operator has yet to decide about a failure. The tasks that
// they had tried again do not wait for that.
func (r *run) undecided() bool {
	waits := func(i int) bool { return r.waits(i) && !r.tasks[i].due }
	if !slices.ContainsFunc(r.order, waits) {
		return false
	}
	for _, t := range r.tasks {
		t.asked = t.due
	}
	return true
}

// overtaken ends a hold if all that failed is in a scope that is tried again: nobody can
// decide about it any more.
func (r *run) overtaken() {
	if r.held && !r.late && !slices.ContainsFunc(r.order, r.waits) {
		r.release()
	}
}

// release ends a hold, when all failures are decided.
func (r *run) release() {
	if r.held && !r.undecided() {
		r.held = false
		r.ledger.Cause = ""
		r.enter(ledger.RunRunning)
		r.checkExpired()
	}
}

// skipFailing passes over a failed task, or gives up its undo.
func (r *run) skipFailing(q ledger.Request) {
	i := r.find(q.Task)
	if r.childOf(i) != nil {
		return
	}
	e := &r.ledger.Tasks[i]
	if e.State == ledger.TaskFailure {
		if len(q.Result) > 0 {
			e.Out, e.Given, r.values.Results[r.tasks[i].Slot] = q.Result, true, q.Result
			e.Resources = r.tasks[i].ReadFacts(q.Result).Resources
		}
		r.skip(i, q.Reason)
		r.release()
		return
	}
	r.waive(i, q.Reason)
}

// waive gives up a task's undo.
func (r *run) waive(i int, why string) {
	t, e := r.tasks[i], &r.ledger.Tasks[i]
	t.waived, e.Note = true, why
	switch {
	case t.future != nil:
		r.cutShort(i) // settleUndo sees that it is waived
	case e.State == ledger.TaskRevertFailure:
		t.cancel()
		r.moveTask(i, ledger.TaskAbandoned, why)
	}
}

// abandon ends the run where it is.
func (r *run) abandon(q ledger.Request) {
	r.wake()
	for i, t := range r.tasks {
		if t.future != nil && r.ledger.Tasks[i].State == ledger.TaskReverting && r.childOf(i) == nil {
			r.waive(i, q.Reason)
		}
	}
	r.giveUp(ending{Failure: ledger.Failure{Reason: "abandoned on request: " + q.Reason}, keep: true})
}

// setOnFailure changes the policy, and applies it to a failure that waits.
func (r *run) setOnFailure(p ledger.OnFailure) {
	r.ledger.OnFailure = p
	if !r.held || p == ledger.OnFailureHold {
		return
	}
	failing := r.failing()
	if i := slices.IndexFunc(failing, r.waits); i > 0 { // others are only undone, elsewhere
		failing = failing[i:]
	}
	for _, i := range failing {
		e := &r.ledger.Tasks[i]
		r.unresolved(ledger.Failure{Task: e.Task, Reason: e.Error})
		return
	}
	if r.late {
		r.unresolved(ledger.Failure{Reason: r.ledger.Cause})
		return
	}
	r.release()
}
