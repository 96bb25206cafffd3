package sagatest

import (
	"slices"
	"time"

	"go.temporal.io/sdk/temporal"

	"novaflow/saga"
)

// body is an activity to be run.
type body func() (any, error)

// act runs one attempt with what is to happen to it.
func (i *injector) act(s *step, l *live, run body) (any, error) {
	f, n := i.faultAt(s)
	switch {
	case i.given(s):
		return nil, nil
	case s.undo:
		return i.actUndo(s, f, n, run)
	case f == nil:
		return run()
	}
	first, failing := n == 1, n == 1 || !f.forward
	switch m := f.Mishap; {
	case m == FailsBefore && failing, m == NeverWorks && !i.isHealed(), m == CrashThenFails && !first &&
		(n == 2 || !f.forward):
		return i.before(s, f, true)
	case m == FailsAfter && failing, m == UndoRepeated, (m == UndoFails || m == UndoStuck) && !f.second:
		return i.after(s, f, run, true)
	case !first:
	case m == LosesAnswer, m == CrashThenFails:
		return i.after(s, f, run, false)
	case m == Repeated:
		return i.twice(s, f, run)
	case m == CancelledBefore:
		i.cancelRun(s, f, l)
	case m == CancelledAfter:
		out, err := run()
		i.cancelRun(s, f, l)
		return out, err
	case m == Paused, m == PausedThenCancelled:
		out, err := run()
		i.pauseRun(s, f)
		return out, err
	case m == DeadlineBefore:
		return i.tooLate(s, f)
	case m == DeadlineAfter:
		if out, err := i.once(s, f, run); err != nil {
			return out, err
		}
		return i.tooLate(s, f)
	}
	return run()
}

// actUndo runs one attempt of an undo.
func (i *injector) actUndo(s *step, f *fault, n int, run body) (any, error) {
	if len(i.faults) > 0 && i.faults[0].Mishap == UndoRepeated {
		return i.twice(s, i.faults[0], run)
	}
	switch {
	case f == nil:
	case f.Mishap == UndoStuck && !i.isHealed():
		return i.before(s, f, true)
	case f.Mishap == UndoFails && n == 1:
		return i.before(s, f, false)
	case f.Mishap == UndoFails && n == 2:
		return i.after(s, f, run, false)
	case f.Mishap == UndoFails && n == 3:
		return i.before(s, f, true)
	}
	return run()
}

// faultAt returns the fault at a step's point, and how often that has come up.
func (i *injector) faultAt(s *step) (*fault, int) {
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, f := range i.faults {
		switch {
		case s.undo && !(f.Mishap.ofUndo() && slices.Contains(s.undoes, f.Point)), !s.undo && f.Point != s.point():
		case s.undo:
			f.undo++
			if f.Mishap == UndoStuck {
				i.watch()
			}
			return f, f.undo
		default:
			f.do++
			if f.Mishap == NeverWorks || f.do == 1 && f.forward &&
				(f.Mishap == DeadlineBefore || f.Mishap == DeadlineAfter) {
				i.watch()
			}
			return f, f.do
		}
	}
	return nil, 0
}

func (i *injector) isHealed() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.healed
}

// hit reports a mishap that was injected, and counts it.
func (i *injector) hit(s *step, f *fault, words string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	f.hits++
	s.say(words)
}

// once runs the activity. If it fails by itself, the mishap waits for the next
// attempt.
func (i *injector) once(s *step, f *fault, run body) (any, error) {
	out, err := run()
	if err != nil {
		i.mu.Lock()
		defer i.mu.Unlock()
		if s.undo {
			f.undo--
		} else {
			f.do--
		}
	}
	return out, err
}

// before fails the attempt in the activity's place.
func (i *injector) before(s *step, f *fault, final bool) (any, error) {
	i.hit(s, f, "failed on purpose before it ran")
	return nil, injectedError(final, 0)
}

// after runs the activity and drops its answer.
func (i *injector) after(s *step, f *fault, run body, final bool) (any, error) {
	if out, err := i.once(s, f, run); err != nil {
		return out, err
	}
	i.hit(s, f, "its answer was lost")
	return nil, injectedError(final, 0)
}

// twice runs the activity a second time after it has succeeded.
func (i *injector) twice(s *step, f *fault, run body) (any, error) {
	if out, err := i.once(s, f, run); err != nil {
		return out, err
	}
	i.hit(s, f, "and again")
	return run()
}

// tooLate has the engine wait for the next attempt until the run's deadline has
// passed, because the environment's clock stands still while activities run.
func (i *injector) tooLate(s *step, f *fault) (any, error) {
	i.hit(s, f, "no answer before the deadline")
	return nil, injectedError(false, i.late)
}

// cancelRun cancels the run and waits until that has reached the activity.
func (i *injector) cancelRun(s *step, f *fault, l *live) {
	i.env.CancelWorkflow()
	select {
	case <-l.cancelled:
		i.hit(s, f, "the run was cancelled")
	case <-time.After(10 * time.Second):
	}
}

// pauseRun pauses the run and, a while later on the environment's clock, has it
// go on or cancels it.
func (i *injector) pauseRun(s *step, f *fault) {
	i.env.SignalWorkflow(string(saga.VerbPause), saga.Request{Reason: injected})
	i.hit(s, f, "the run was paused")
	before := 0
	i.env.RegisterDelayedCallback(func() { before = i.countScheduled() }, time.Second)
	i.env.RegisterDelayedCallback(func() {
		i.mu.Lock()
		i.restless = slices.Clone(i.scheduled[before:])
		i.mu.Unlock()
		if f.Mishap == Paused {
			i.env.SignalWorkflow(string(saga.VerbResume), saga.Request{Reason: injected})
			return
		}
		i.env.CancelWorkflow()
	}, i.pause)
}

func (i *injector) countScheduled() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return len(i.scheduled)
}

func injectedError(final bool, retryAfter time.Duration) error {
	return temporal.NewApplicationErrorWithOptions(injected, "injected",
		temporal.ApplicationErrorOptions{NonRetryable: final, NextRetryDelay: retryAfter})
}

const (
	watchPeriod = time.Minute      // between two looks at the run's state, on the environment's clock
	watchLimit  = 14 * 24 * 60     // looks
	settleTime  = 10 * time.Minute // from STUCK until what can be undone is
)

// watch waits on the environment's clock until the run is STUCK, keeps its
// ledger, and lets what never worked work.
func (i *injector) watch() {
	if i.watching {
		return
	}
	i.watching = true
	looks := 0
	var look func()
	look = func() {
		if l := i.ledger(); l != nil && l.State == saga.RunStuck {
			i.env.RegisterDelayedCallback(i.heal, settleTime)
			return
		}
		if looks++; looks == watchLimit {
			i.heal()
			return
		}
		i.env.RegisterDelayedCallback(look, watchPeriod)
	}
	i.env.RegisterDelayedCallback(look, watchPeriod)
}

// heal keeps the ledger of a STUCK run and ends the faults that last until then.
func (i *injector) heal() {
	l := i.ledger()
	i.mu.Lock()
	defer i.mu.Unlock()
	i.stuck, i.healed = l, true
}

// ledger asks the run for its ledger; nil if it has none.
func (i *injector) ledger() *saga.Ledger {
	answer, err := i.env.QueryWorkflow(saga.LedgerQuery)
	if err != nil {
		return nil
	}
	var l saga.Ledger
	if answer.Get(&l) != nil {
		return nil
	}
	return &l
}
