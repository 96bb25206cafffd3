package ledger

import (
	"fmt"
	"slices"
	"testing"
)

// Every pair of states is named here as legal or not, so that a transition
// added by mistake shows.
func TestTaskTransitionsOverTheFullProduct(t *testing.T) {
	checkMoves(t, taskMoves, []string{
		"PENDING RUNNING", "PENDING FAILURE", "PENDING SKIPPED",
		"RUNNING SUCCESS", "RUNNING FAILURE",
		"SUCCESS REVERTING", "SUCCESS PENDING",
		"FAILURE REVERTING", "FAILURE RUNNING", "FAILURE FAILURE", "FAILURE SKIPPED", "FAILURE PENDING",
		"SKIPPED REVERTING", "SKIPPED PENDING",
		"REVERTING REVERTED", "REVERTING REVERT_FAILURE", "REVERTING ABANDONED",
		"REVERTED PENDING", "REVERT_FAILURE REVERTING", "REVERT_FAILURE ABANDONED", "ABANDONED PENDING",
	})
}

func TestRunTransitionsOverTheFullProduct(t *testing.T) {
	checkMoves(t, runMoves, []string{
		"PENDING RUNNING",
		"RUNNING PAUSED", "RUNNING HELD", "RUNNING REVERTING", "RUNNING STUCK", "RUNNING COMMITTED", "RUNNING STOPPED",
		"PAUSED RUNNING", "PAUSED HELD", "PAUSED REVERTING", "PAUSED STUCK", "PAUSED STOPPED",
		"HELD PAUSED", "HELD RUNNING", "HELD REVERTING", "HELD STOPPED",
		"REVERTING PAUSED", "REVERTING STUCK", "REVERTING REVERTED", "REVERTING STOPPED",
		"STUCK PAUSED", "STUCK HELD", "STUCK RUNNING", "STUCK REVERTING", "STUCK REVERTED", "STUCK COMMITTED",
		"STUCK STOPPED",
	})
}

func checkMoves[S ~string](t *testing.T, moves map[S][]S, legal []string) {
	t.Helper()
	for from := range moves {
		for to := range moves {
			pair := fmt.Sprintf("%s %s", from, to)
			if got, want := tryMove(moves, from, to), slices.Contains(legal, pair); got != want {
				t.Errorf("%s: allowed %v, want %v", pair, got, want)
			}
		}
	}
}

func tryMove[S ~string](moves map[S][]S, from, to S) (ok bool) {
	defer func() { ok = recover() == nil }()
	moveState(moves, &from, to)
	return
}

func TestOnlyTheOutcomesAreFinal(t *testing.T) {
	for s := range runMoves {
		want := s == RunCommitted || s == RunReverted || s == RunStopped
		if s.Final() != want {
			t.Errorf("%s: final %v, want %v", s, s.Final(), want)
		}
	}
}
