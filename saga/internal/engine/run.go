package engine

import (
	"encoding/json"
	"time"

	"go.temporal.io/sdk/workflow"

	"novaflow/saga/internal/draw"
	"novaflow/saga/internal/graph"
	"novaflow/saga/ledger"
)

// Run runs a flow and returns what result computes when all of it has succeeded.
func Run(ctx workflow.Context, f *graph.Flow, result func(*graph.Values) (any, error)) (any, error) {
	r, err := beginRun(ctx, f, RunID(ctx))
	if err != nil {
		return nil, err
	}
	r.loop()
	if r.end != nil {
		return nil, r.close()
	}
	v, err := graph.Try("the function that computes the flow's result", func() (any, error) { return result(r.values) })
	if err != nil {
		r.giveUp(ending{Failure: ledger.Failure{Reason: err.Error()}, keep: r.forwardOnly()})
		r.loop()
		return nil, r.close()
	}
	r.conclude(ledger.RunCommitted)
	r.unlock()
	return v, nil
}

// run is the state of one execution of a flow. The loop and the callbacks of its selector
// change it, and the handlers of updates between two of its steps: they never block.
type run struct {
	ctx      workflow.Context // cancelled with the workflow
	detached workflow.Context // never cancelled
	flow     *graph.Flow
	part     *graph.Scope // what this workflow runs of it: all, or one scope
	ledger   *ledger.Ledger
	values   *graph.Values
	tasks    []*taskRun
	scopes   []*scopeRun
	branches []ledger.Branch // of the tree that people see
	order    []int           // tasks, each after all that it needs
	selector workflow.Selector
	requests workflow.Channel // of Request; see verbs.go

	cancelling   workflow.ReceiveChannel // of Request; see SignalCancelling
	whyCancelled string

	pending     int // activities and child workflows under way
	paused      bool
	held        bool
	late        bool                          // it is held for a scope that took too long, and not for a task
	expired     bool                          // the deadline passed while a person held the run up
	pastPivot   bool                          // nothing is undone any more
	before      ledger.RunState               // what a pause interrupted
	end         *ending                       // set when the run will not commit
	transitions int                           // transitions so far
	events      []transition                  // them, if they are to be archived
	nonces      workflow.WorkflowRandomStream // for the ids of events
	locks       locks                         // on what it changes beside its own resource
	step        step                          // that is under way
}

// taskRun is what a run knows about a task beside the ledger.
type taskRun struct {
	*graph.Task
	waitTasks  []int               // tasks that must be done before
	waitScopes []int               // scopes that must be done before
	dependents []int               // tasks that need this one
	future     workflow.Future     // of the activity under way
	cancel     workflow.CancelFunc // of that activity, or of the pause before the next try
	due        bool                // the pause before the next try is over
	asked      bool                // a person wants it tried again, though the run is held
	waived     bool                // a person gave up its undo
	cut        bool                // the activity under way is cut short
	gone       bool                // nothing is left to undo, here and in what depends on it
}

// scopeRun is what a run knows about a scope.
type scopeRun struct {
	scope    *graph.Scope
	tasks    []int // in it, at any depth
	info     *ledger.ScopeInfo
	ctx      workflow.Context // of the activities going forward
	cancel   workflow.CancelFunc
	mode     mode
	rest     func()                       // what follows when everything in it is undone
	cause    string                       // why it is undone
	open     int                          // tasks in it, at any depth, that are not done
	running  int                          // activities under way in it, going forward
	backward int                          // undos under way in it
	timed    bool                         // its deadline runs
	expired  bool                         // its deadline passed while a person held the run up
	decided  bool                         // its condition was asked
	skipped  bool                         // and says no
	childRun workflow.ChildWorkflowFuture // under way, in either direction
	stop     workflow.CancelFunc          // of the child that goes forward
	cut      int                          // how often its undo was cut short to be begun again
	failed   []int                        // the task for which a child failed; empty if none did
}

// mode is what a scope is doing.
type mode int

const (
	forward  mode = iota
	draining      // a task failed: wait until no activity runs
	undoing
	resting // undone; waits before it is tried again
	finished
)

// beginRun prepares a run and makes it visible.
func beginRun(ctx workflow.Context, f *graph.Flow, id string) (*run, error) {
	addArchiver(ctx, f)
	detached, _ := workflow.NewDisconnectedContext(ctx)
	r := &run{
		ctx: ctx, detached: detached, flow: f, part: &f.Scope, ledger: newLedger(f, id, workflow.Now(ctx)),
		values: &graph.Values{Results: make([]json.RawMessage, len(f.All().Tasks)),
			Attempts: make([]int, len(f.All().Scopes)), Run: id},
		selector: workflow.NewNamedSelector(ctx, f.Name), requests: workflow.NewBufferedChannel(ctx, 1000),
		nonces: workflow.GetRandomStream(ctx, "novaflow/events"),
	}
	r.ledger.ReadMemo(workflow.GetInfo(ctx).Memo)
	r.ledger.Project, _ = workflow.GetTypedSearchAttributes(ctx).GetKeyword(ledger.AttributeProject)
	for i, s := range f.Scopes {
		r.scopes = append(r.scopes, &scopeRun{scope: s, info: &r.ledger.Scopes[i]})
	}
	for i := range r.values.Attempts {
		r.values.Attempts[i] = 1
	}
	r.branches = r.ledger.Branches()
	r.renewContexts(&f.Scope)
	r.link()
	r.count()
	if err := r.listen(); err != nil {
		return nil, err
	}
	if err := workflow.SetQueryHandler(ctx, ledger.LedgerQuery, r.answerLedger); err != nil {
		return nil, err
	}
	if err := workflow.SetQueryHandler(ctx, ledger.RecordQuery, r.recordPart); err != nil {
		return nil, err
	}
	if err := workflow.SetQueryHandler(ctx, ledger.ProgressQuery, r.progress); err != nil {
		return nil, err
	}
	plan := func() (string, error) { return draw.Flow(r.flow, r.ledger).Mermaid(), nil }
	if err := workflow.SetQueryHandler(ctx, ledger.PlanQuery, plan); err != nil {
		return nil, err
	}
	r.enter(ledger.RunRunning)
	r.leaveOut()
	r.applyEarlier()
	return r, nil
}

// loop advances the run until it is over, one event after the other. A pause
// ends when there is nothing left to hold up.
func (r *run) loop() {
	for {
		r.advance()
		if r.over() {
			r.wake()
			return
		}
		if !r.selector.HasPending() { // else nobody could see it
			r.describe()
		}
		r.scheduleStep()
		r.selector.Select(r.detached)
	}
}

// advance does everything that can be done now.
func (r *run) advance() {
	r.step.refused = false
	for changed := true; changed; {
		changed = r.turnScopes()
		if !r.paused && r.mayGoOn() {
			changed = r.startTasks() || changed
			changed = r.startChildren() || changed
			changed = r.undoTasks() || changed
		}
	}
}

// over reports whether nothing is left to do.
func (r *run) over() bool {
	root := r.scopes[0]
	switch {
	case r.end == nil:
		return root.open == 0 && !r.held
	case r.end.keep:
		return r.idle()
	}
	return root.mode == finished
}

// idle reports whether no activity and no child workflow is under way.
func (r *run) idle() bool { return r.pending == 0 }

// close ends a run that has not committed.
func (r *run) close() error {
	if r.end.keep {
		r.conclude(ledger.RunStopped)
	} else {
		r.conclude(ledger.RunReverted)
	}
	r.unlock()
	r.end.stays = r.pastPivot
	return r.end.err(r.ledger)
}

// listen registers what reaches the run from outside: the workflow's cancellation, its
// deadline and operator requests.
func (r *run) listen() error {
	workflow.Go(r.ctx, func(ctx workflow.Context) {
		ctx.Done().Receive(ctx, nil)
		r.requests.SendAsync(ledger.Request{Verb: verbCancel})
	})
	r.after(r.ctx, r.flow.Deadline, "deadline of the run", r.deadlinePassed)
	return r.handleRequests()
}

// after calls fn in the loop when the time has passed, unless ctx is cancelled
// before.
func (r *run) after(ctx workflow.Context, d time.Duration, what string, fn func()) {
	timer := workflow.NewTimerWithOptions(ctx, d, workflow.TimerOptions{Summary: what})
	r.selector.AddFuture(timer, func(timer workflow.Future) {
		if timer.Get(r.detached, nil) == nil {
			fn()
		}
	})
}

// cancelled reverts the run, or stops it where nothing is reverted any more. It goes
// through a pause.
func (r *run) cancelled() {
	r.wakeAll()
	r.noteCancelling()
	if r.end != nil {
		r.endWait(r.scopes[0])
		return
	}
	why := "cancelled"
	if r.whyCancelled != "" {
		why += ": " + r.whyCancelled
	}
	r.giveUp(ending{Failure: ledger.Failure{Reason: why}, canceled: true, keep: r.forwardOnly()})
	if !r.end.keep {
		r.stopChildren(r.scopes[0])
	}
}

// deadlinePassed reverts. A run that only goes forward has nothing to revert to: it is
// STUCK and goes on. While an operator holds or pauses the run, the deadline is only
// noted.
func (r *run) deadlinePassed() {
	switch {
	case r.end != nil:
		r.endWait(r.scopes[0])
	case r.held || r.paused:
		r.expired = true
	case r.forwardOnly():
		r.enter(ledger.RunStuck)
	case r.flow.RevertCause != "": // it gives up at once, and has no deadline
		r.giveUp(ending{Failure: ledger.Failure{Reason: r.flow.RevertCause}})
	default:
		r.giveUp(ending{Failure: ledger.Failure{Reason: "the deadline of " + r.flow.Deadline.String() + " passed"}})
	}
}

// forwardOnly reports whether nothing is undone (any more).
func (r *run) forwardOnly() bool { return r.flow.ForwardOnly != "" || r.pastPivot }
