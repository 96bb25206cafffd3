package saga_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/workflow"

	"novaflow/saga"
)

// idsOf notes the ids of activities, in the order in which they are scheduled.
type idsOf struct {
	distinctIDs
	ids *[]string
}

func (o *idsOf) ExecuteActivity(ctx workflow.Context, activity string, args ...any) workflow.Future {
	*o.ids = append(*o.ids, workflow.GetActivityOptions(ctx).ActivityID)
	return o.distinctIDs.ExecuteActivity(ctx, activity, args...)
}

// playCut has an undo tried again that is under way, and returns the ids of activities.
func playCut(t *testing.T, what string, flow func() (*saga.Flow, saga.Ref[thing]), prepare func(*play)) (ids []string) {
	p := newPlay(t)
	p.through(func(next outbound) outbound { return &idsOf{distinctIDs{outboundBase: outboundBase{Next: next}}, &ids} })
	p.fails("make last", -1)
	p.faults[what] = fault{times: 12, retryable: true}
	for n := range time.Duration(2) {
		p.at((n+1)*20*time.Second, func() { p.env.SignalWorkflow(string(saga.VerbRetry), saga.Request{}) })
	}
	prepare(p)
	p.reverts("task last failed", flow)
	return ids
}

// An undo that was under way when a person said retry was told to end, and failed on its
// own account before it heard of that. It was begun again under the same id, for which
// the engine's SDK has no place then: it panicked, and again in each try of the step.
func TestAnUndoThatWasCutShortIsBegunAgainUnderAnotherID(t *testing.T) {
	ids := playCut(t, "unmake a", scoped(), func(*play) {})
	require.Subset(t, ids, []string{"undo in/a", "undo in/a (2)", "undo in/a (3)"})

	ids = playCut(t, "unmake all of in", scoped(saga.UndoneTogether(worldOf.UnmakeAll, saga.Options{})), func(*play) {})
	require.Subset(t, ids, []string{"undo in", "undo in (2)", "undo in (3)"})
}

// Who watches a run must find the activity that is under way by its id.
func TestTheProgressOfAnUndoThatWasCutShortNamesItsActivity(t *testing.T) {
	looked := false
	playCut(t, "unmake a", scoped(), func(p *play) {
		p.at(42*time.Second, func() {
			e := ledger(t, p.env).Entry("in/a")
			require.Equal(t, 2, e.Cut)
			require.Equal(t, "in/a (3)", e.ActivityID())
			looked = true
		})
	})
	require.True(t, looked)
}

// What a scope that goes on past its pivot tries again was cut short too.
func TestWhatAScopeTriesAgainPastItsPivotHasAnotherID(t *testing.T) {
	p, ids := newPlay(t), []string{}
	p.through(func(next outbound) outbound { return &idsOf{distinctIDs{outboundBase: outboundBase{Next: next}}, &ids} })
	p.fails("make beside", 1)
	p.faults["make pivot"] = fault{times: 5, retryable: true}
	p.commits(awaitedPivot(saga.Retrying(saga.Times(2))))
	require.Subset(t, ids, []string{"zone/beside", "zone/beside (2)"})
}
