package saga_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"novaflow/saga"
)

func TestTreeOfARun(t *testing.T) {
	l := troubled()
	l.Tasks[0].Started = time.Date(2030, 1, 2, 12, 0, 0, 0, time.UTC)
	l.Tasks[0].Ended = l.Tasks[0].Started.Add(1250 * time.Millisecond)
	l.Tasks[0].Summary = "look up the zones"
	golden(t, "tree.txt", l.Tree())
}

// Every state that a task can have must have a word, or the tree is silent
// about it.
func TestEveryStateHasAWord(t *testing.T) {
	for _, s := range []saga.TaskState{
		saga.TaskPending, saga.TaskRunning, saga.TaskSuccess, saga.TaskFailure, saga.TaskSkipped, saga.TaskReverting,
		saga.TaskReverted, saga.TaskRevertFailure, saga.TaskAbandoned,
	} {
		require.NotEmpty(t, s.Word(), s)
	}
}

// many is a run of a diamond of n tasks in the middle, one of which fails.
func many(n int) *saga.Ledger {
	l := &saga.Ledger{Flow: "many", State: saga.RunReverting,
		Tasks: []saga.Entry{{Task: "base", State: saga.TaskSuccess}}}
	for i := range n {
		l.Tasks = append(l.Tasks,
			saga.Entry{Task: fmt.Sprintf("part/%d", i), State: saga.TaskSuccess, Needs: []string{"base"}})
	}
	l.Tasks[n].State, l.Tasks[n].Error = saga.TaskRevertFailure, strings.Repeat("no valid hôst ", 100)
	return l
}

// The engine refuses details of more than 20,000 bytes; what went wrong must
// not be what is cut.
func TestATreeOfManyTasksShowsWhatWentWrong(t *testing.T) {
	text := many(5000).Tree()
	require.Less(t, len(text), 1000)
	require.Contains(t, text, "part/4999  undo fails")
	require.Contains(t, text, "not shown: 4999 done\n")
	l := many(5000)
	for i := range l.Tasks {
		l.Tasks[i].State, l.Tasks[i].Error = saga.TaskFailure, "no valid hôst"
	}
	text = l.Tree()
	require.LessOrEqual(t, len(text), 19_000)
	require.True(t, utf8.ValidString(text))
	require.Regexp(t, `not shown: \d+ failed\n$`, text)
}

// A chain that is drawn ever deeper takes space in the square of its length.
func TestALongChainStaysOnThePage(t *testing.T) {
	l := &saga.Ledger{Flow: "chain"}
	for i := range 200 {
		e := saga.Entry{Task: taskName(i), State: saga.TaskPending}
		if i > 0 {
			e.Needs = []string{taskName(i - 1)}
		}
		l.Tasks = append(l.Tasks, e)
	}
	for _, b := range l.Branches() {
		require.LessOrEqual(t, utf8.RuneCountInString(b.Lead), 16*3)
		if b.Entry > 16 {
			require.Equal(t, []string{taskName(b.Entry - 1)}, b.Also, "what the tree cannot show is named")
		}
	}
	require.Less(t, strings.Index(l.Tree(), "t150 "), strings.Index(l.Tree(), "t151 "))
}

// A task that was inserted before another comes after it in the ledger.
func TestATaskMayComeBeforeItsNeedsInTheLedger(t *testing.T) {
	l := &saga.Ledger{Flow: "f", Tasks: []saga.Entry{{Task: "b", Needs: []string{"a"}}, {Task: "a"}}}
	require.Regexp(t, `└─ a .*\n   └─ b`, l.Tree())
}
