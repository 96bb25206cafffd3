package ledger

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const statesPage = "../../docs/states.md"

// statesIntro is the beginning of the page.
const statesIntro = `# States

This page lists the states of a run and of its tasks, and the transitions between them. It is
generated from the tables in ` + "`saga/ledger/state.go`" + `, and no run can leave them. The ledger, the
events, the search attribute ` + "`NovaflowOutcome`" + ` (states of runs) and the drawings all use these
names.
`

// runMeaning says what each state of a run means.
var runMeaning = map[RunState]string{
	RunPending:   "The run has not begun anything.",
	RunRunning:   "Tasks go forward; a scope inside may be undone to be tried again.",
	RunPaused:    "An operator paused the run between tasks: running tasks go on, and nothing new is begun or undone.",
	RunHeld:      "A task failed, and the run needs a decision: `retry`, `skip`, `revert` or `abandon`.",
	RunReverting: "The run will not commit, and everything that was begun is being undone.",
	RunStuck: "The run is past a deadline that it cannot answer by reverting: it goes on trying, " +
		"and it needs a decision.",
	RunCommitted: "Every task succeeded or was skipped.",
	RunReverted:  "Every effect is absent, except those that an operator gave up.",
	RunStopped:   "The run was ended where it was: its effects stay.",
}

// taskMeaning says what each state of a task means.
var taskMeaning = map[TaskState]string{
	TaskPending:       "The task has not begun; there is nothing to undo.",
	TaskRunning:       "Its activity is scheduled: the effect may exist.",
	TaskSuccess:       "The result is known.",
	TaskFailure:       "There is no result; the effect may exist all the same.",
	TaskSkipped:       "A condition, a targeted run or an operator skipped it.",
	TaskReverting:     "Its undo is scheduled.",
	TaskReverted:      "The effect is absent.",
	TaskRevertFailure: "Its undo failed and will be tried again.",
	TaskAbandoned:     "An operator gave up its undo: the effect may exist for good.",
}

// runOrder is the order of the states in what is printed.
var runOrder = []RunState{
	RunPending, RunRunning, RunPaused, RunHeld, RunReverting, RunStuck, RunCommitted, RunReverted, RunStopped,
}

// A table in the docs that is kept by hand is wrong before long. Run with
// -update to write the page.
func TestThePageOfStatesIsFresh(t *testing.T) {
	text := statesIntro
	text += "\n## Runs\n\n" + statesOf(t, runMoves, runOrder, runMeaning)
	text += "\n## Tasks\n\nA task without an undo keeps its state when the run reverts. A task returns to PENDING " +
		"when\nits scope is tried again, with a new mark.\n\n"
	text += statesOf(t, taskMoves, TaskStates, taskMeaning)
	if *update {
		require.NoError(t, os.WriteFile(statesPage, []byte(text), 0o644))
	}
	page, err := os.ReadFile(statesPage)
	require.NoError(t, err)
	require.Equal(t, text, string(page), "%s is stale: run this test with -update", statesPage)
}

// statesOf is one table of states with its drawing.
func statesOf[S ~string](t *testing.T, moves map[S][]S, order []S, meaning map[S]string) string {
	t.Helper()
	require.Len(t, order, len(moves))
	table := "| state | meaning | next |\n|---|---|---|\n"
	picture := fmt.Sprintf("\n```mermaid\nstateDiagram-v2\n  [*] --> %s\n", order[0])
	for _, s := range order {
		require.Contains(t, moves, s)
		require.NotEmpty(t, meaning[s], "%s needs a sentence", s)
		var next []string
		for _, to := range order { // the order of the page, not of the code
			if slices.Contains(moves[s], to) {
				next = append(next, string(to))
				picture += fmt.Sprintf("  %s --> %s\n", s, to)
			}
		}
		if len(next) == 0 {
			next = []string{"none: the end"}
			picture += fmt.Sprintf("  %s --> [*]\n", s)
		}
		table += fmt.Sprintf("| %s | %s | %s |\n", s, meaning[s], strings.Join(next, ", "))
	}
	return table + picture + "```\n"
}

var update = flag.Bool("update", false, "write what the tests check")
