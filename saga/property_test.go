package saga_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"novaflow/saga"
)

// plan is a random flow: each task needs some of the tasks before it.
type plan struct {
	needs  [][]int
	faults map[string]fault
	cancel time.Duration // 0 is never
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
		switch rapid.IntRange(0, 5).Draw(t, "misbehaviour") {
		case 0:
			p.faults["make "+taskName(i)] = fault{times: -1, after: rapid.Bool().Draw(t, "after")}
		case 1:
			p.faults["make "+taskName(i)] = fault{times: 3, retryable: true, after: rapid.Bool().Draw(t, "after")}
		case 2:
			p.faults["unmake "+taskName(i)] = fault{times: 4, retryable: rapid.Bool().Draw(t, "retryable")}
		}
	}
	if rapid.IntRange(0, 3).Draw(t, "cancelled") == 0 {
		p.cancel = time.Duration(rapid.IntRange(1, 10).Draw(t, "seconds")) * time.Second
	}
	return p
}

func (p plan) flow() (*saga.Flow, saga.Ref[thing]) {
	f := saga.NewFlow("random")
	var refs []saga.Ref[thing]
	for i, needs := range p.needs {
		var of []saga.Ref[thing]
		for _, j := range needs {
			of = append(of, refs[j])
		}
		refs = append(refs, add(f, taskName(i), of...))
	}
	return f, saga.From(saga.Collect(refs), func(all []thing) thing { return all[len(all)-1] })
}

// Whatever fails in whatever shape of flow: all of it exists or none of it,
// nothing runs before what it needs, and nothing is undone before what needs it.
func TestRandomFlowsCommitWholeOrLeaveNothing(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := drawPlan(rt)
		w := newWorld()
		for event, f := range p.faults {
			w.faults[event] = f
		}
		env := newEnv(t, w)
		if p.cancel > 0 {
			env.RegisterDelayedCallback(env.CancelWorkflow, p.cancel)
		}
		env.ExecuteWorkflow(flowOf(p.flow))
		if l := ledger(t, env); env.GetWorkflowError() == nil {
			require.Equal(rt, saga.RunCommitted, l.State)
			require.Len(rt, w.things, len(p.needs))
		} else {
			require.Equal(rt, saga.RunReverted, l.State)
			require.Empty(rt, w.things)
		}
		p.checkOrder(rt, w.events)
	})
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
