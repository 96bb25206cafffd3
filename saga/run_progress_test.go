package saga_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"

	"novaflow/saga"
)

// progress asks the run how far it is.
func progress(t *testing.T, env *testsuite.TestWorkflowEnvironment) saga.RunProgress {
	t.Helper()
	value, err := env.QueryWorkflow(saga.ProgressQuery)
	require.NoError(t, err)
	var p saga.RunProgress
	require.NoError(t, value.Get(&p))
	return p
}

func TestTheProgressOfARunIsThatOfItsTasks(t *testing.T) {
	p := newPlay(t)
	p.faults["make right"] = fault{times: 3, retryable: true} // done after 7 s
	began := p.env.Now()
	p.at(5*time.Second, func() {
		at := progress(t, p.env)
		require.Equal(t, []int{2, 4, 50}, []int{at.Done, at.Of, at.Percent})
		require.Equal(t, map[saga.TaskState]int{saga.TaskSuccess: 2, saga.TaskRunning: 1, saga.TaskPending: 1},
			at.Counts)
		require.Len(t, at.Tasks, 1)
		require.Equal(t, "right", at.Tasks[0].Task)
		require.Equal(t, 1, at.Tasks[0].Attempt)
		require.WithinDuration(t, began, at.Tasks[0].Since, time.Second)
	})
	p.commits(simpleDiamond)
	end := progress(t, p.env)
	require.Equal(t, 100, end.Percent)
	require.Empty(t, end.Tasks)
}

// During a revert, the progress counts what is undone. The bug: a run that has undone
// half of its tasks showed a hundred percent because it had created all of them.
func TestTheProgressOfARevertIsThatOfItsUndos(t *testing.T) {
	p := newPlay(t)
	p.fails("make top", -1)
	p.fails("unmake left", 1) // tried again after a minute
	p.at(30*time.Second, func() {
		at := progress(t, p.env)
		require.True(t, at.Back)
		require.Equal(t, saga.RunReverting, at.State)
		require.Equal(t, []int{2, 4, 50}, []int{at.Done, at.Of, at.Percent}, "top and right of four")
		require.Equal(t, saga.TaskRevertFailure, at.Tasks[0].State)
		require.True(t, at.Tasks[0].Undo)
		require.Equal(t, "no valid host was found", at.Tasks[0].Error)
	})
	p.reverts("task top failed", simpleDiamond)
	require.Equal(t, 100, progress(t, p.env).Percent)
}

// A child has one line, whatever it has tasks.
func TestScopesInChildrenHaveOneLine(t *testing.T) {
	p, _ := playKin(t, kinInput{}, func(p *play) {
		p.faults["make x bottom"] = fault{times: 3, retryable: true}
		p.at(5*time.Second, func() {
			at := progress(t, p.env)
			require.Len(t, at.Tasks, 1)
			require.True(t, at.Tasks[0].Child)
			require.Equal(t, "outer/x", at.Tasks[0].Task)
			require.Equal(t, "default-test-workflow-id/outer/x#1", at.Tasks[0].ID)
			require.Equal(t, 3, at.Counts[saga.TaskRunning])
		})
	})
	require.NoError(t, p.env.GetWorkflowError())
}
