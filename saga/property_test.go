package saga_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"novaflow/saga"
)

// plan is a random flow, with what goes wrong and what people do.
type plan struct {
	shape  shape
	faults map[string]fault
	pause  time.Duration // for a minute; 0 is never
	cancel time.Duration // 0 is never
	revert time.Duration // on request; 0 is never
	hold   time.Duration // failures wait from then on, for ten minutes; 0 is never
	retry  time.Duration // whatever failed, now and once a minute after; 0 is never
	keep   time.Duration // failures end the run where it is from then on; 0 is never
	leave  time.Duration // abandoned then; 0 is never
	skips  []skip        // of what fails then
}

// mended is when people have mended all that went wrong: after the deadline of the run.
const mended = 40 * time.Minute

func drawPlan(t *rapid.T) plan {
	p := plan{shape: drawShape(t), faults: map[string]fault{}}
	for i := range p.shape.Steps {
		switch rapid.IntRange(0, 8).Draw(t, "misbehaviour") {
		case 6:
			p.faults["make "+taskName(i)] = fault{times: rapid.IntRange(-1, 2).Draw(t, "times"),
				after: rapid.Bool().Draw(t, "after")}
		case 7:
			p.faults["make "+taskName(i)] = fault{times: rapid.IntRange(-1, 9).Draw(t, "times"), retryable: true,
				after: rapid.Bool().Draw(t, "after")}
		case 8:
			p.faults["unmake "+taskName(i)] = fault{times: rapid.IntRange(-1, 4).Draw(t, "times"),
				retryable: rapid.Bool().Draw(t, "retryable")}
		}
	}
	for i, place := range p.shape.Places {
		if place.Together && one(t, 4, "refused") {
			p.faults["unmake all of "+p.shape.path(i)] = fault{times: rapid.IntRange(-1, 4).Draw(t, "times"),
				retryable: rapid.Bool().Draw(t, "retryable")}
		}
	}
	for _, moment := range []*time.Duration{&p.pause, &p.cancel, &p.revert, &p.hold, &p.retry} {
		if one(t, 4, "asked") {
			*moment = drawMoment(t)
		}
	}
	for _, moment := range []*time.Duration{&p.keep, &p.leave} {
		if one(t, 8, "ended") {
			*moment = drawMoment(t)
		}
	}
	for range rapid.IntRange(-3, 4).Draw(t, "skips") {
		p.skips = append(p.skips,
			skip{drawMoment(t), rapid.IntRange(0, 11).Draw(t, "which"), rapid.Bool().Draw(t, "give")})
	}
	return p
}

func drawMoment(t *rapid.T) time.Duration {
	unit := rapid.SampledFrom([]time.Duration{time.Second, time.Minute}).Draw(t, "unit")
	return time.Duration(rapid.IntRange(1, 30).Draw(t, "when")) * unit
}

// GoString is a plan that people can read.
func (p plan) GoString() string {
	text, _ := json.Marshal(p.shape)
	return fmt.Sprintf("%s; faults %+v, pause %s, cancel %s, revert %s, hold %s, retry %s, keep %s, leave %s, skips "+
		"%+v", text, p.faults, p.pause, p.cancel, p.revert, p.hold, p.retry, p.keep, p.leave, p.skips)
}

// plans are those whose scopes do not wait for each other.
var plans = rapid.Custom(drawPlan).Filter(func(p plan) bool {
	_, err := random.Plan(p.shape)
	return err == nil
})

// Whatever fails in whatever shape of flow, and whatever people pass over or give up: all
// of it exists or none of it, but for what the run says was left; nothing runs before
// what it needs, nothing is undone before what needs it, or past the pivot, and the run
// comes to an end when people have done their part.
func TestRandomFlowsCommitWholeOrLeaveNothing(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := plans.Draw(rt, "plan")
		w := &witness{shape: p.shape, world: newWorld(), running: map[string]map[int]bool{}, ended: map[string]bool{}}
		for event, f := range p.faults {
			w.faults[event] = f
		}
		env := newEnv(t, w.world)
		env.RegisterWorkflow(runRandom)
		saga.RegisterRevert(env, saga.Options{})
		saga.Register(env, random.With(p.shape))
		env.SetTestTimeout(20 * time.Second)
		through(env, withDistinctIDs, saga.Listen(w.hear))
		(&people{t, env}).disturb(p)
		env.RegisterDelayedCallback(w.mend, mended)
		env.ExecuteWorkflow(runRandom, p.shape)
		require.True(rt, env.IsWorkflowCompleted())
		w.checkEnd(rt, ledger(t, env), env.GetWorkflowError())
		w.checkOrder(rt)
	})
}

// mend ends all that goes wrong.
func (w *world) mend() {
	w.mu.Lock()
	defer w.mu.Unlock()
	clear(w.faults)
}
