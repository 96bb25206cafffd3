package saga

import (
	"context"
	"strings"
	"time"

	"novaflow/saga/internal/graph"
)

// DefaultDeadline is how long a run may take before it reverts, unless
// [Deadline] says otherwise.
const DefaultDeadline = time.Hour

// DefaultUndoDeadline is how long a revert may take before the run counts as
// STUCK, unless [UndoDeadline] says otherwise.
const DefaultUndoDeadline = 10 * time.Minute

// FlowOption changes a flow or a scope as a whole.
type FlowOption func(*Flow)

// Deadline sets how long a run may take before it reverts, or an attempt at a
// scope before it counts as failed. It is a timer in the workflow: unlike a
// workflow timeout it leaves the run able to undo.
func Deadline(d time.Duration) FlowOption {
	return func(f *Flow) {
		f.scope.Deadline = d
		if d <= 0 {
			f.problem("%s: a deadline of %s has passed before it begins: give a positive one", f.scope.Label(), d)
		}
	}
}

// UndoDeadline sets how long a revert may take before the run counts as STUCK.
// The revert goes on all the same.
func UndoDeadline(d time.Duration) FlowOption {
	return func(f *Flow) {
		if d <= 0 || !f.isWhole() {
			f.problem("%s: UndoDeadline takes a positive time and belongs to the flow as a whole", f.scope.Label())
			return
		}
		f.root.graph.UndoDeadline = d
	}
}

// ForwardOnly declares that the flow never reverts, and why, such as a flow
// that deletes. Its tasks have no undo. A task that fails is tried again
// without end while independent ones go on; past the deadline the run counts as
// STUCK. Cancellation stops the run where it is.
func ForwardOnly(reason string) FlowOption {
	return func(f *Flow) {
		if !f.isWhole() || strings.TrimSpace(reason) == "" {
			f.problem("%s: ForwardOnly takes a reason and belongs to the flow as a whole: use Pivot inside a flow",
				f.scope.Label())
			return
		}
		f.root.graph.ForwardOnly = reason
	}
}

// FailurePolicy sets what a failure leads to that no scope retries. It can be
// changed while the run goes on.
func FailurePolicy(p OnFailure) FlowOption {
	return func(f *Flow) {
		if !f.isWhole() || !p.Known() {
			f.problem("%s: FailurePolicy takes revert, hold or keep and belongs to the flow as a whole",
				f.scope.Label())
			return
		}
		f.root.graph.OnFailure = p
	}
}

// MaxConcurrent lets at most n tasks of the scope run at once, forward or back. It bounds
// undos too, except those in a child workflow (see [AsChild]).
func MaxConcurrent(n int) FlowOption {
	return func(f *Flow) {
		f.scope.MaxConcurrent = n
		if n < 1 {
			f.problem("%s: a maximum concurrency of %d lets nothing run: give 1 or more", f.scope.Label(), n)
		}
	}
}

// AwaitSiblings lets the running siblings of a failed task finish before they
// are undone, until the deadline at the latest. Without it they are cancelled.
func AwaitSiblings() FlowOption { return func(f *Flow) { f.scope.AwaitSiblings = true } }

// UndoneTogether replaces the undos of a scope, when the scope is undone as a
// whole, by one activity, such as deleting a network stack by its marks. What
// holds for an undo holds for it. A retry of a scope inside still undoes task
// by task.
func UndoneTogether(activity func(context.Context, ScopeUndo) error, o Options) FlowOption {
	return func(f *Flow) {
		f.scope.Together = &graph.Together{Undo: activityName(activity), Options: o}
		f.checkOptions("UndoneTogether", o)
		if f.scope.Together.Undo == "" {
			f.problem("%s: UndoneTogether takes a function or method with a name of its own", f.scope.Label())
		}
	}
}

// AsChild runs the scope as a child workflow with a history of its own, so that
// a flow can have more tasks than one history holds. The scope's ledger and its
// undo still belong to the run: it is undone with the rest, by another child. The
// flow must be declared with Define, its definition registered with Register, and
// the workflow that undoes with RegisterRevert.
//
// A run of the child that fails has reverted its own part before the scope is asked
// whether to try again, and before the run holds or keeps. What operators request of the
// run about a task in a child is passed on to it.
//
// A pivot in the scope is one of the run, which learns of it when the child ends: a run
// that is cancelled, asked to revert or late before that stops where it is.
//
// A reset to a point at which a child is under way leaves a run that waits for a
// child which does not know it: terminate it, and revert it (see [RevertName]).
func AsChild() FlowOption { return func(f *Flow) { f.scope.Child = true } }

// ArchivedBy names the activity that is given the record of each run of the flow
// when its outcome is decided: COMMITTED, REVERTED or STOPPED. The activity is
// tried for ten minutes; the run ends when it is done. Its failure does not
// change the outcome: it is logged, counted and kept in the ledger, which answers
// queries for as long as the engine keeps the run.
//
// A scope that runs as a child workflow archives its own part; its tasks are in
// the record of the run too, with what they created. Give RegisterRevert the same
// option to have the runs archived that revert others.
func ArchivedBy(activity func(context.Context, Archive) error, o Options) FlowOption {
	return func(f *Flow) {
		a := &graph.Archiver{Do: activityName(activity), Options: o}
		if !f.isWhole() || a.Do == "" {
			f.problem("%s: ArchivedBy takes a function or method with a name of its own and belongs to the flow as a "+
				"whole", f.scope.Label())
			return
		}
		f.checkOptions("ArchivedBy", o)
		f.root.graph.Archiver = a
	}
}
