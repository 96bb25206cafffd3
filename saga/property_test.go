package saga_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"
	"pgregory.net/rapid"

	"novaflow/saga"
)

// plan is a random flow: each task needs some of the tasks before it, and some
// are in scopes that are tried again.
type plan struct {
	needs  [][]int
	scopes []int // of each task: 0 none, 1 in "s", 2 in "s/t"
	faults map[string]fault
	pause  time.Duration // for a minute; 0 is never
	cancel time.Duration // 0 is never
	revert time.Duration // on request; 0 is never
	hold   time.Duration // failures wait from then on, for ten minutes; 0 is never
	retry  time.Duration // whatever failed, now and once a minute after; 0 is never
}

func taskName(i int) string { return fmt.Sprintf("t%d", i) }

func drawPlan(t *rapid.T) plan {
	p := plan{faults: map[string]fault{}}
	for i := range rapid.IntRange(1, 12).Draw(t, "tasks") {
		var needs []int
		for j := range i {
			if rapid.IntRange(0, 2).Draw(t, "edge") == 0 {
				needs = append(needs, j)
			}
		}
		p.needs = append(p.needs, needs)
		p.scopes = append(p.scopes, rapid.IntRange(0, 2).Draw(t, "scope"))
		switch rapid.IntRange(0, 5).Draw(t, "misbehaviour") {
		case 0:
			p.faults["make "+taskName(i)] = fault{times: -1, after: rapid.Bool().Draw(t, "after")}
		case 1:
			p.faults["make "+taskName(i)] = fault{times: 3, retryable: true, after: rapid.Bool().Draw(t, "after")}
		case 2:
			p.faults["unmake "+taskName(i)] = fault{times: 4, retryable: rapid.Bool().Draw(t, "retryable")}
		}
	}
	for _, moment := range []*time.Duration{&p.pause, &p.cancel, &p.revert, &p.hold, &p.retry} {
		if rapid.IntRange(0, 3).Draw(t, "asked") == 0 {
			*moment = time.Duration(rapid.IntRange(1, 10).Draw(t, "seconds")) * time.Second
		}
	}
	return p
}

// plans are those whose scopes do not wait for each other.
var plans = rapid.Custom(drawPlan).Filter(func(p plan) bool {
	f, _ := p.flow()
	return f.Validate() == nil
})

func (p plan) flow() (*saga.Flow, saga.Ref[thing]) {
	f := saga.NewFlow("random")
	outer := f.Scope("s", saga.Retrying(saga.Times(2)))
	places := []*saga.Flow{f, outer, outer.Scope("t", saga.Retrying(saga.Times(2)))}
	var refs []saga.Ref[thing]
	for i, needs := range p.needs {
		var of []saga.Ref[thing]
		for _, j := range needs {
			of = append(of, refs[j])
		}
		refs = append(refs, add(places[p.scopes[i]], taskName(i), of...))
	}
	return f, saga.From(saga.Collect(refs), func(all []thing) thing { return all[len(all)-1] })
}

// Whatever fails in whatever shape of flow: all of it exists or none of it,
// nothing runs before what it needs, and nothing is undone before what needs it.
func TestRandomFlowsCommitWholeOrLeaveNothing(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := plans.Draw(rt, "plan")
		w := newWorld()
		for event, f := range p.faults {
			w.faults[event] = f
		}
		env := newEnv(t, w)
		env.SetTestTimeout(20 * time.Second)
		through(env, withDistinctIDs)
		p.disturb(env)
		env.ExecuteWorkflow(flowOf(p.flow))
		if l := ledger(t, env); env.GetWorkflowError() == nil {
			require.Equal(rt, saga.RunCommitted, l.State)
			require.Len(rt, w.things, len(p.needs))
		} else {
			require.Equal(rt, saga.RunReverted, l.State)
			require.Empty(rt, w.things)
		}
		if !retried(ledger(t, env)) { // else an order holds for each attempt, not for all
			p.checkOrder(rt, w.events)
		}
	})
}

// disturb lets people ask for things in the middle.
func (p plan) disturb(env *testsuite.TestWorkflowEnvironment) {
	at := func(when time.Duration, fn func()) {
		if when > 0 {
			env.RegisterDelayedCallback(fn, when)
		}
	}
	signal := func(v saga.Verb) func() {
		return func() { env.SignalWorkflow(string(v), saga.Request{Reason: "random"}) }
	}
	policy := func(to saga.OnFailure) func() {
		return func() { env.SignalWorkflow(string(saga.VerbOnFailure), saga.Request{Policy: to}) }
	}
	at(p.cancel, env.CancelWorkflow)
	at(p.hold, policy(saga.OnFailureHold))
	if p.hold > 0 {
		at(p.hold+10*time.Minute, policy(saga.OnFailureRevert))
	}
	at(p.revert, signal(saga.VerbRevert))
	for i := range 15 {
		if p.retry > 0 {
			at(p.retry+time.Duration(i)*time.Minute, signal(saga.VerbRetry))
		}
	}
	at(p.pause, signal(saga.VerbPause))
	if p.pause > 0 {
		at(p.pause+time.Minute, signal(saga.VerbResume))
	}
}

// retried reports whether a scope was tried more than once.
func retried(l *saga.Ledger) bool {
	return slices.ContainsFunc(l.Tasks, func(e saga.Entry) bool { return e.Attempt > 1 })
}

func (p plan) checkOrder(t *rapid.T, events []string) {
	for i, needs := range p.needs {
		for _, j := range needs {
			if made := slices.Index(events, "make "+taskName(i)); made >= 0 {
				require.Contains(t, events[:made], "make "+taskName(j), "made before what it needs")
			}
			if gone := slices.Index(events, "unmake "+taskName(j)); gone >= 0 && slices.Contains(events, "unmake "+taskName(i)) {
				require.Contains(t, events[:gone], "unmake "+taskName(i), "undone before what needs it")
			}
		}
	}
}
