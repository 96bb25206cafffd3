package runs

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"

	"novaflow/saga"
	"novaflow/starter/internal/term"
)

var update = flag.Bool("update", false, "write the golden files anew")

// noon is when the runs of these tests start.
var noon = time.Date(2030, 1, 2, 12, 0, 0, 0, time.UTC)

func at(seconds float64) time.Time { return noon.Add(time.Duration(seconds * float64(time.Second))) }

// running is a create on its way: a diamond of tasks, one of them in trouble.
func running() Snapshot {
	return Snapshot{
		Workflow: "server:devcloud:web-1", Run: "run-1", Kind: "ServerCreate", Queue: "novaflow", Started: noon,
		Now:    at(4.5),
		Status: enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING,
		live: map[string]attempt{
			"boot-ready": {number: 1, report: "volume web-1-boot: creating for 3 s"},
			"port-0":     {number: 3, failure: "neutron: 503\nService Unavailable", next: at(6.5)},
		},
		Ledger: &saga.Ledger{Flow: "server-create", Run: "run-1", State: saga.RunRunning, Started: noon,
			Tasks: []saga.Entry{
				{Task: "request", Summary: "look up what the request names", State: saga.TaskSuccess, Started: noon,
					Ended: at(0.2), NoUndo: "read-only"},
				{Task: "port-0", Summary: "on private", Needs: []string{"request"}, State: saga.TaskRunning,
					Started: at(0.2), Undo: "DeletePort"},
				{Task: "boot", Needs: []string{"request"}, State: saga.TaskSuccess, Started: at(0.2), Ended: at(0.6),
					Undo: "DeleteVolume"},
				{Task: "boot-ready", Summary: "wait until it is available", Needs: []string{"boot"},
					State: saga.TaskRunning, Started: at(0.6)},
				{Task: "server", Summary: "web-1", Needs: []string{"request", "port-0", "boot-ready"},
					State: saga.TaskPending, Undo: "DeleteServer"},
			}},
	}
}

// reverted is the same run, failed and reverted.
func reverted() Snapshot {
	s := running()
	s.Status, s.Closed, s.live = enumspb.WORKFLOW_EXECUTION_STATUS_FAILED, at(75), map[string]attempt{}
	l := s.Ledger
	l.State, l.Cause = saga.RunReverted, "task boot-ready failed: volume web-1-boot is in error: no space"
	l.Tasks[1].State, l.Tasks[1].Ended, l.Tasks[1].Undoing, l.Tasks[1].Undone = saga.TaskReverted, at(9), at(70),
		at(70.25)
	l.Tasks[2].State, l.Tasks[2].Undoing, l.Tasks[2].Undone = saga.TaskReverted, at(70), at(74)
	l.Tasks[3].State, l.Tasks[3].Ended, l.Tasks[3].Error = saga.TaskFailure, at(69),
		"volume web-1-boot is in error:\nno space"
	return s
}

// stuck is the same run, with an undo that the cloud refuses.
func stuck() Snapshot {
	s := reverted()
	s.Status, s.Closed, s.Now = enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING, time.Time{}, at(3700)
	s.Ledger.State = saga.RunStuck
	e := &s.Ledger.Tasks[2]
	e.State, e.Undone, e.UndoError = saga.TaskRevertFailure, time.Time{}, "volume web-1-boot is in use"
	return s
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(got), 0o600))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), got, "run with -update if the new drawing is right")
}

func TestTreeOfARun(t *testing.T) {
	for name, c := range map[string]struct {
		of    Snapshot
		style term.Style
	}{
		"running.txt":        {running(), term.Style{}},
		"running-narrow.txt": {running(), term.Style{Width: 50}},
		"reverted.txt":       {reverted(), term.Style{}},
		"stuck-colour.txt":   {stuck(), term.Style{Colour: true, Width: 100}},
		"no-ledger.txt":      {Snapshot{Workflow: "server:devcloud:web-1", Started: noon, Now: at(61)}, term.Style{}},
	} {
		t.Run(name, func(t *testing.T) {
			golden(t, name, strings.Join(c.style.Paint(Tree(c.of)), "\n")+"\n")
		})
	}
}

func TestPaintNeverExceedsTheWidth(t *testing.T) {
	for width := 1; width < 120; width++ {
		for _, l := range (term.Style{Width: width}).Paint(Tree(running())) {
			require.LessOrEqual(t, utf8.RuneCountInString(l), width)
		}
	}
}

// Every poll sees only the latest state: what happened in between must be told
// all the same, and nothing twice.
func TestTransitionsTellEachChangeOnce(t *testing.T) {
	told := newTransitions()
	var lines []string
	for _, s := range []Snapshot{running(), running(), reverted(), reverted()} {
		lines = append(lines, told.news(s)...)
	}
	golden(t, "transitions.txt", strings.Join(lines, "\n")+"\n")
}
