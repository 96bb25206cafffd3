package engine

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"novaflow/saga/ledger"
)

// locks are those of one run. The engine keeps them apart from those of others:
// a lock is a child workflow under the id that is locked.
type locks struct {
	taken    []*takenLock // in the order in which they were taken
	missing  []string     // taken once, and lost: nothing goes on before they are back
	regained bool         // a coroutine takes the missing ones
	noted    bool         // execution was asked
	owner    execution    // that took those of taken
}

func (l *locks) has(id string) bool {
	return slices.ContainsFunc(l.taken, func(h *takenLock) bool { return h.id == id })
}

// takenLock is a lock that the run holds.
type takenLock struct {
	id   string
	task int // that took it
	run  workflow.Execution
	end  workflow.Future // of the lock
}

// execution says which execution of the workflow this is. A reset creates another
// execution of the same run.
type execution struct {
	Run   string `json:"run"`
	Reset bool   `json:"reset,omitempty"` // locks of an earlier execution may be left
}

// whichExecution reads which execution this is, in a way that a reset does not hide.
// The value in history is the execution that wrote the history.
func (r *run) whichExecution() (e execution) {
	info := workflow.GetInfo(r.ctx)
	now := execution{Run: info.WorkflowExecution.RunID, Reset: info.OriginalRunID != "" &&
		info.OriginalRunID != info.WorkflowExecution.RunID}
	r.locks.noted = true
	value := workflow.MutableSideEffect(r.ctx, "novaflow-execution", func(workflow.Context) any { return now },
		func(a, b any) bool { return a == b })
	if err := value.Get(&e); err != nil {
		return now
	}
	return e
}

// acquire takes the locks of a task. The future is ready when all are taken, or
// when one cannot be had in time. Locks that were taken stay.
func (r *run) acquire(ctx workflow.Context, i int, ids []string) workflow.Future {
	done, settle := workflow.NewFuture(ctx)
	wait := r.tasks[i].DoOptions.Timeout
	if wait == 0 {
		wait = DefaultLockWait
	}
	r.locks.owner = r.whichExecution()
	workflow.Go(ctx, func(ctx workflow.Context) {
		end := workflow.Now(ctx).Add(wait)
		for _, id := range ids {
			if err := r.lock(ctx, i, id, end); err != nil {
				settle.SetError(err)
				return
			}
		}
		settle.SetValue(ids)
	})
	return done
}

// lock takes one lock and tries until the end. Its holder may be about to release
// of it, or it may be one of an execution of this run before a reset.
func (r *run) lock(ctx workflow.Context, i int, id string, end time.Time) error {
	if id == workflow.GetInfo(ctx).WorkflowExecution.ID {
		return temporal.NewNonRetryableApplicationError(fmt.Sprintf("the run is %s itself: it needs no lock of it", id),
			ledger.ErrTypeInvalidFlow, nil)
	}
	longest := max(longestLockPause, end.Sub(workflow.Now(ctx))/100) // each try is in history
	for pause := shortestLockPause; ; pause = min(2*pause, longest) {
		if r.locks.has(id) {
			return nil
		}
		err := r.tryLock(ctx, i, id)
		switch {
		case !isLockedError(err):
			return err
		case !workflow.Now(ctx).Before(end):
			return lockedError(id)
		case pause == shortestLockPause:
			r.contend(ctx, id)
		}
		if err := workflow.NewTimerWithOptions(ctx, pause,
			workflow.TimerOptions{Summary: "until " + id + " may be free"}).Get(ctx, nil); err != nil {
			return err
		}
	}
}

// contend asks for the release of a lock that no run needs any more: a lock of an earlier
// execution of this run, before a reset, or a lock whose run is gone.
func (r *run) contend(ctx workflow.Context, id string) {
	if r.locks.owner.Reset {
		r.signalRelease(id, "")
	}
	workflow.SignalExternalWorkflow(r.detached, id, "", ledger.SignalContended, nil)
}

// lockedError returns the error for a lock that another run has.
func lockedError(id string) error {
	return temporal.NewNonRetryableApplicationError(id+" is locked by another run", ledger.ErrTypeLocked, nil)
}

// isLockedError reports that a lock was not acquired because another run has it. The
// engine answers so when the lock is started, and a carrier answers so to its run.
func isLockedError(err error) bool {
	var refusal *temporal.ApplicationError
	return temporal.IsWorkflowExecutionAlreadyStartedError(err) || errors.As(err, &refusal) &&
		refusal.Type() == ledger.ErrTypeLocked
}

const (
	shortestLockPause = 200 * time.Millisecond
	longestLockPause  = 2 * time.Second
)

// tryLock tries once to take a lock. It goes on whatever
// happens to the run's own context, as the lock is held while the run is undone.
func (r *run) tryLock(ctx workflow.Context, i int, id string) error {
	ctx, _ = workflow.NewDisconnectedContext(ctx)
	e := &r.ledger.Tasks[i]
	in := ledger.LockInput{ID: id, IDs: e.LockIDs(), Mark: e.Mark, Holder: ledger.Holder{
		Workflow: workflow.GetInfo(r.ctx).WorkflowExecution.ID, Run: r.ledger.Run, Flow: r.flow.Name, Task: e.Task,
		Execution: r.locks.owner.Run,
	}}
	take := r.startLock
	if r.locks.owner.Reset {
		take = r.carry
	}
	lock, gone, err := take(ctx, in)
	if err != nil {
		return err
	}
	l := &takenLock{id: id, task: i, run: lock, end: gone}
	r.locks.taken = append(r.locks.taken, l)
	r.selector.AddFuture(gone, func(workflow.Future) { r.lost(l) })
	return nil
}

// startLock starts the workflow that stands for a lock as a child of the run.
func (r *run) startLock(ctx workflow.Context, in ledger.LockInput) (lock workflow.Execution, end workflow.Future,
	err error) {
	child := workflow.ExecuteChildWorkflow(workflow.WithChildOptions(ctx, lockOptions(in, r.projects())),
		ledger.LockName, in)
	err = child.GetChildWorkflowExecution().Get(ctx, &lock)
	return lock, child, err
}

// lost notes that a lock has ended although the run has not.
func (r *run) lost(l *takenLock) {
	at := slices.Index(r.locks.taken, l)
	if at < 0 {
		return // released
	}
	r.locks.taken = slices.Delete(r.locks.taken, at, at+1)
	r.locks.missing = append(r.locks.missing, l.id)
	workflow.GetLogger(r.ctx).Warn("a lock was lost and will be taken again", "lock", l.id, "flow", r.flow.Name)
}

// mayGoOn reports whether the run has all the locks that it took. If not, it sees
// to it. After a reset it takes them all again: those it has are children of the
// execution before, and would outlive this one.
func (r *run) mayGoOn() bool {
	if r.locks.noted {
		if now := r.whichExecution(); now != r.locks.owner {
			r.locks.owner = now
			for _, l := range r.locks.taken {
				r.signalRelease(l.id, l.run.RunID)
				r.locks.missing = append(r.locks.missing, l.id)
			}
			r.locks.taken = nil
		}
	}
	if len(r.locks.missing) > 0 && !r.locks.regained {
		r.locks.regained = true
		workflow.Go(r.detached, r.regain)
	}
	return len(r.locks.missing) == 0
}

// regain takes the missing locks, for as long as that takes.
func (r *run) regain(ctx workflow.Context) {
	for len(r.locks.missing) > 0 {
		id := r.locks.missing[0]
		i := slices.IndexFunc(r.ledger.Tasks,
			func(e ledger.Entry) bool { return e.IsLock() && slices.Contains(e.LockIDs(), id) })
		err := r.lock(ctx, i, id, workflow.Now(ctx).Add(time.Minute))
		r.ledger.Tasks[i].Error = ""
		if err != nil {
			r.ledger.Tasks[i].Error = "lost, and to be taken again: " + reasonOf(err)
			r.requests.SendAsync(ledger.Request{}) // shows it
			continue
		}
		r.locks.missing = r.locks.missing[1:]
	}
	r.locks.regained = false
	r.requests.SendAsync(ledger.Request{}) // wakes the loop
}

// signalRelease notifies a lock that this run no longer needs it.
func (r *run) signalRelease(id, run string) workflow.Future {
	return workflow.SignalExternalWorkflow(r.detached, id, run, releaseSignal, r.ledger.Run)
}

// unlock releases all locks, last of all. It does not wait for ever: the engine ends what
// is left of them when the run has ended.
func (r *run) unlock() {
	taken := r.locks.taken
	r.locks.taken = nil
	for _, l := range taken {
		r.signalRelease(l.id, l.run.RunID)
	}
	if len(taken) == 0 {
		return
	}
	ctx, cancel := workflow.WithCancel(r.detached)
	timer := workflow.NewTimerWithOptions(ctx, DefaultLockWait,
		workflow.TimerOptions{Summary: "until the locks are released"})
	_ = workflow.Await(r.detached, func() bool {
		return timer.IsReady() || !slices.ContainsFunc(taken, func(l *takenLock) bool { return !l.end.IsReady() })
	})
	cancel()
}
