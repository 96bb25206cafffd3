package saga_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/workflow"

	"novaflow/saga"
)

// detailsAt runs a flow, and returns its current details after a time, when a person
// ends it.
func detailsAt(p *play, after time.Duration, flow func() (*saga.Flow, saga.Ref[thing])) (details string) {
	p.at(2*after, func() { p.env.SignalWorkflow(string(saga.VerbAbandon), saga.Request{Reason: "test"}) })
	p.env.ExecuteWorkflow(func(ctx workflow.Context) (thing, error) {
		workflow.Go(ctx, func(ctx workflow.Context) {
			_ = workflow.Sleep(ctx, after)
			details = workflow.GetCurrentDetails(ctx)
		})
		return flowOf(flow)(ctx)
	})
	return details
}

// Who sees in the Web UI that a run is held does not know what to tell it, nor how.
func TestAHeldRunSaysInTheWebUIWhatItCanBeTold(t *testing.T) {
	p := newPlay(t)
	p.fails("make left", -1)
	details := detailsAt(p, time.Minute, held)
	require.Contains(t, details, "The run is HELD")
	for _, command := range []string{"retry ID\n", "skip ID left --reason WHY --result JSON\n", "revert ID\n",
		"abandon ID --reason WHY\n"} {
		require.Contains(t, details, "novaflow run "+strings.Replace(command, "ID", "default-test-workflow-id", 1))
	}
	require.NotContains(t, details, "novaflow run resume", "it would be refused")
	require.Contains(t, details, "temporal workflow signal -w default-test-workflow-id --name VERB")
	require.Contains(t, details, "diamond HELD: ", "the tree is still there")
}

// Past the point of no return a run cannot be reverted, and must not say that it can.
func TestARunOffersOnlyWhatItObeys(t *testing.T) {
	p := newPlay(t)
	p.fails("make b", -1)
	p.faults["make a"] = fault{times: 3, retryable: true} // done after b has failed
	details := detailsAt(p, time.Minute, func() (*saga.Flow, saga.Ref[thing]) {
		f := saga.NewFlow("pivoted", saga.FailurePolicy(saga.OnFailureHold))
		saga.Add(f, "a", makes, saga.Value(thing{Name: "a"}), saga.Pivot())
		return f, add(f, "b")
	})
	require.Contains(t, details, "novaflow run abandon")
	require.NotContains(t, details, "novaflow run revert")
}

// An undo that fails can be given up; a run that only works needs nobody.
func TestAStuckRunSaysInTheWebUIWhatItCanBeTold(t *testing.T) {
	p := newPlay(t)
	p.fails("make top", -1)
	p.fails("unmake left", 60)
	details := detailsAt(p, 12*time.Minute, simpleDiamond)
	require.Contains(t, details, "The run is STUCK")
	require.Contains(t, details, "novaflow run skip default-test-workflow-id left --reason WHY\n    give up its undo")
	p = newPlay(t)
	p.faults["make base"] = fault{times: 60, retryable: true}
	require.NotContains(t, detailsAt(p, time.Minute, simpleDiamond), "novaflow run")
}
