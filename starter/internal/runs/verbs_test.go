package runs

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"

	"novaflow/saga"
	"novaflow/starter/internal/term"
)

// held is a create that waits for a person: a task failed in its second try.
func held() Snapshot {
	s := running()
	s.live = map[string]attempt{}
	l := s.Ledger
	l.State, l.Cause = saga.RunHeld, "task boot-ready failed: no space"
	l.Requests = []saga.Request{
		{Verb: saga.VerbOnFailure, Policy: saga.OnFailureHold, By: "ann@desk", Time: at(1)},
		{Verb: saga.VerbSkip, Task: "port-0", By: "ann@desk", Reason: "made by\nhand", Time: at(4.2)},
	}
	l.Tasks[1].State, l.Tasks[1].Ended, l.Tasks[1].Error, l.Tasks[1].Note = saga.TaskSkipped, at(2), "no address",
		"made by hand"
	l.Tasks[3].State, l.Tasks[3].Ended, l.Tasks[3].Error = saga.TaskFailure, at(4), "no space"
	l.Tasks[2].Attempt, l.Tasks[2].Mark = 2, saga.Mark(saga.RunPrefix("run-1")+"boot#2")
	return s
}

// takingBack is a run that reverts a terminated create. A person who gave up an undo held
// it up once.
func takingBack() Snapshot {
	s := stuck()
	s.Kind, s.Started, s.Now = saga.RevertName, at(3600), at(3700)
	l := s.Ledger
	l.Flow, l.State, l.Cause = saga.RevertKind, saga.RunPaused, "run run-1 is taken back: not wanted"
	l.Requests = []saga.Request{{Verb: saga.VerbPause, Time: at(3650)}}
	for i := range l.Tasks {
		l.Tasks[i].Error = ""
	}
	l.Tasks[1].Undoing, l.Tasks[1].Undone = at(3601), at(3602)
	l.Tasks[2].Undoing, l.Tasks[2].UndoError = time.Time{}, "not before 13:05"
	l.Tasks[4].State, l.Tasks[4].Started, l.Tasks[4].Undoing, l.Tasks[4].Note = saga.TaskAbandoned, at(5), at(3601),
		"gone by hand"
	return s
}

func TestTreeShowsWhatPeopleTold(t *testing.T) {
	for name, s := range map[string]Snapshot{"held.txt": held(), "taking-back.txt": takingBack()} {
		t.Run(name, func(t *testing.T) {
			golden(t, name, strings.Join(term.Style{}.Paint(Tree(s)), "\n")+"\n")
		})
	}
}

// What the reverted run has done is no news of the run that reverts it.
func TestTransitionsTellWhatPeopleTold(t *testing.T) {
	first := running()
	first.Ledger.Tasks[2].Attempt = 1
	for name, seen := range map[string][]Snapshot{
		"transitions-held.txt":        {first, held(), held()},
		"transitions-taking-back.txt": {takingBack(), takingBack()},
	} {
		t.Run(name, func(t *testing.T) {
			told := newTransitions()
			var lines []string
			for _, s := range seen {
				lines = append(lines, told.news(s)...)
			}
			golden(t, name, strings.Join(lines, "\n")+"\n")
		})
	}
}

func TestOutcomesThatPeopleBroughtAbout(t *testing.T) {
	stopped := temporal.NewNonRetryableApplicationError("stopped", saga.ErrTypeStopped, nil,
		saga.Reverted{Cause: "abandoned", LeftBehind: []string{"port-0"}})
	givenUp := takingBack().Ledger
	givenUp.State = saga.RunReverted
	back := ended(enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED, nil)
	back.Kind = saga.RevertName
	for name, c := range map[string]struct {
		of   Snapshot
		err  error
		want Outcome
		code int
	}{
		"held": {held(), nil, Outcome{State: "HELD", Cause: held().Ledger.Cause}, term.ExitStuck},
		"abandoned": {ended(enumspb.WORKFLOW_EXECUTION_STATUS_FAILED, nil), stopped,
			Outcome{State: "STOPPED", Cause: "abandoned", LeftBehind: []string{"port-0"}}, term.ExitFailed},
		"taken back": {back, nil, Outcome{State: "REVERTED"}, term.ExitFailed},
		"reverted but for what a person gave up": {ended(enumspb.WORKFLOW_EXECUTION_STATUS_FAILED, givenUp), nil,
			Outcome{State: "REVERTED", Cause: givenUp.Cause, Reverted: []string{"port-0"},
				LeftBehind: []string{"server"}}, term.ExitFailed},
	} {
		t.Run(name, func(t *testing.T) {
			got := NewOutcome(c.of, c.err)
			require.Equal(t, c.want, got)
			require.Equal(t, c.code, got.ExitCode())
		})
	}
	require.Contains(t, strings.Join(NewOutcome(held(), nil).Explain("create", held()), "\n"),
		"`novaflow run retry|skip|revert|abandon server:devcloud:web-1`")
}
