package ledger

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// The bugs: a ledger that the engine refuses as an input could never be reverted. A
// ledger divided at random places would delete a network before the ports on it.
func TestALargeLedgerIsTakenBackFromItsEnd(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		large := Ledger{Flow: "f", Run: "r", State: RunCommitted, Tasks: drawEntries(rt)}
		parts, err := large.Portions()
		require.NoError(rt, err)
		gone := map[string]bool{}
		for _, p := range parts {
			require.NotEmpty(rt, p.Owed(), "a run that has nothing to do")
			require.Contains(rt, p.Locks(), "server:c:web", "the resource is held meanwhile")
			text, err := json.Marshal(p)
			require.NoError(rt, err)
			require.Less(rt, len(text), 2<<20)
			for _, e := range slices.Backward(p.Tasks) {
				for _, d := range large.Tasks {
					require.False(rt, slices.Contains(d.Needs, e.Task) && !gone[d.Task] && !e.IsLock(),
						"%s goes before %s, which needs it", e.Task, d.Task)
				}
				gone[e.Task] = true
			}
		}
		require.Len(rt, gone, len(large.Tasks), "all of it")
	})
}

// drawEntries are tasks of which each may need any of those before it. The first is a
// lock.
func drawEntries(rt *rapid.T) []Entry {
	ids, _ := json.Marshal([]string{"server:c:web"})
	entries := []Entry{{Task: "lock", Activity: LockName, In: ids, State: TaskSuccess, Started: time.Now(),
		NoUndo: "held"}}
	for i := range rapid.IntRange(1, 20).Draw(rt, "tasks") {
		e := Entry{Task: fmt.Sprint("t", i), Activity: "make", State: TaskSuccess, Started: time.Now(), Undo: "unmake"}
		if rapid.Bool().Draw(rt, "look") && i > 0 {
			e.Undo, e.NoUndo = "", "read-only"
		}
		e.In, _ = json.Marshal(strings.Repeat("x", rapid.SampledFrom([]int{1, 100 << 10, 300 << 10}).Draw(rt, "size")))
		for _, earlier := range entries {
			if rapid.IntRange(0, 3).Draw(rt, "need") == 0 {
				e.Needs = append(e.Needs, earlier.Task)
			}
		}
		entries = append(entries, e)
	}
	return entries
}

func TestAnOrdinaryLedgerIsTakenBackAtOnce(t *testing.T) {
	l := Ledger{Tasks: []Entry{{Task: "a", Started: time.Now(), Undo: "unmake"},
		{Task: "look", Needs: []string{"a"}, In: json.RawMessage(`1`)}}}
	parts, err := l.Portions()
	require.NoError(t, err)
	require.Equal(t, []Ledger{l}, parts)
}
