package main

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"novaflow/saga"
	"novaflow/starter/internal/startertest"
	"novaflow/starter/internal/term"
)

// held is a create that waits for a person: a task failed in its second try.
func held() snapshot {
	s := running()
	s.live = map[string]attempt{}
	l := s.ledger
	l.State, l.Cause = saga.RunHeld, "task boot-ready failed: no space"
	l.Requests = []saga.Request{
		{Verb: saga.VerbOnFailure, Policy: saga.OnFailureHold, By: "ann@desk", Time: at(1)},
		{Verb: saga.VerbSkip, Task: "port-0", By: "ann@desk", Reason: "made by\nhand", Time: at(4.2)},
	}
	l.Tasks[1].State, l.Tasks[1].Ended, l.Tasks[1].Error, l.Tasks[1].Note = saga.TaskSkipped, at(2), "no address", "made by hand"
	l.Tasks[3].State, l.Tasks[3].Ended, l.Tasks[3].Error = saga.TaskFailure, at(4), "no space"
	l.Tasks[2].Attempt, l.Tasks[2].Mark = 2, saga.Mark(saga.RunPrefix("run-1")+"boot#2")
	return s
}

// takingBack is a run that takes back a terminated create, held up once by a
// person who gave up an undo.
func takingBack() snapshot {
	s := stuck()
	s.kind, s.started, s.now = saga.RevertName, at(3600), at(3700)
	l := s.ledger
	l.Flow, l.State, l.Cause = saga.RevertKind, saga.RunPaused, "run run-1 is taken back: not wanted"
	l.Requests = []saga.Request{{Verb: saga.VerbPause, Time: at(3650)}}
	for i := range l.Tasks {
		l.Tasks[i].Error = ""
	}
	l.Tasks[1].Undoing, l.Tasks[1].Undone = at(3601), at(3602)
	l.Tasks[2].Undoing, l.Tasks[2].UndoError = time.Time{}, "not before 13:05"
	l.Tasks[4].State, l.Tasks[4].Started, l.Tasks[4].Undoing, l.Tasks[4].Note = saga.TaskAbandoned, at(5), at(3601), "gone by hand"
	return s
}

func TestTreeShowsWhatPeopleTold(t *testing.T) {
	for name, s := range map[string]snapshot{"held.txt": held(), "taking-back.txt": takingBack()} {
		t.Run(name, func(t *testing.T) {
			golden(t, name, strings.Join(term.Style{}.Paint(tree(s)), "\n")+"\n")
		})
	}
}

// What the run that is taken back has done is no news of the run that does it.
func TestTransitionsTellWhatPeopleTold(t *testing.T) {
	first := running()
	first.ledger.Tasks[2].Attempt = 1
	for name, seen := range map[string][]snapshot{
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
	stopped := temporal.NewNonRetryableApplicationError("stopped", saga.ErrTypeStopped, nil, saga.Reverted{Cause: "abandoned", LeftBehind: []string{"port-0"}})
	givenUp := takingBack().ledger
	givenUp.State = saga.RunReverted
	back := ended(enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED, nil)
	back.kind = saga.RevertName
	for name, c := range map[string]struct {
		of   snapshot
		err  error
		want outcome
		code int
	}{
		"held":       {held(), nil, outcome{State: "HELD", Cause: held().ledger.Cause}, term.ExitStuck},
		"abandoned":  {ended(enumspb.WORKFLOW_EXECUTION_STATUS_FAILED, nil), stopped, outcome{State: "STOPPED", Cause: "abandoned", Left: []string{"port-0"}}, term.ExitFailed},
		"taken back": {back, nil, outcome{State: "REVERTED"}, term.ExitFailed},
		"reverted but for what a person gave up": {ended(enumspb.WORKFLOW_EXECUTION_STATUS_FAILED, givenUp), nil,
			outcome{State: "REVERTED", Cause: givenUp.Cause, TakenBack: []string{"port-0"}, Left: []string{"server"}}, term.ExitFailed},
	} {
		t.Run(name, func(t *testing.T) {
			got := decide(c.of, c.err)
			require.Equal(t, c.want, got)
			require.Equal(t, c.code, got.code())
		})
	}
	require.Contains(t, strings.Join(decide(held(), nil).explain("create", held()), "\n"), "`novaflow run retry|skip|revert|abandon server:devcloud:web-1`")
}

func TestVerbsThatLackWhatTheyNeedExitWith2(t *testing.T) {
	startertest.Bare(t)
	for line, want := range map[string]string{
		"run pause":                              "accepts 1 arg(s)",
		"run pause web-1 extra":                  "accepts 1 arg(s)",
		"run skip web-1":                         "accepts 2 arg(s)",
		"run skip web-1 port-0":                  "--reason is missing",
		"run abandon web-1":                      "--reason is missing",
		"run skip web-1 a --reason b --result {": "is no JSON",
		"run on-failure web-1 maybe":             "is not revert, hold or keep",
		"run revert":                             "accepts 1 arg(s)",
		"run ledger web-1 -o xml":                "want table, json or yaml",
		"server create web-1 --cloud c --image i --flavor f --network n --on-failure maybe": "is not revert, hold or keep",
	} {
		t.Run(line, func(t *testing.T) {
			_, err := execute(strings.Fields(line)...)
			require.ErrorContains(t, err, want)
			require.Equal(t, term.ExitUsage, term.Code(err))
		})
	}
}

func TestRequestOfAVerb(t *testing.T) {
	find := func(v saga.Verb) verb {
		for _, candidate := range verbs {
			if candidate.verb == v {
				return candidate
			}
		}
		t.Fatalf("no command for %s", v)
		return verb{}
	}
	q, err := find(saga.VerbSkip).request(saga.Request{Reason: "by hand"}, []string{"port-0"}, `{"id":"p"}`)
	require.NoError(t, err)
	require.Equal(t, saga.Request{Verb: saga.VerbSkip, Task: "port-0", Reason: "by hand", Result: json.RawMessage(`{"id":"p"}`)}, q)
	q, err = find(saga.VerbOnFailure).request(saga.Request{}, []string{"hold"}, "")
	require.NoError(t, err)
	require.Equal(t, saga.OnFailureHold, q.Policy)
	q, err = find(saga.VerbRetry).request(saga.Request{}, nil, "")
	require.NoError(t, err)
	require.Equal(t, saga.Request{Verb: saga.VerbRetry}, q)
	require.Equal(t, []string{"boot-ready"}, failing(&saga.Ledger{Tasks: []saga.Entry{
		{Task: "request", State: saga.TaskSuccess}, {Task: "port-0", State: saga.TaskSkipped, Error: "no address"},
		{Task: "boot-ready", State: saga.TaskFailure, Error: "no space"}, {Task: "server", State: saga.TaskPending},
	}}))
}

// A refusal must reach the user in the run's own words.
func TestWhyAVerbWasNotTaken(t *testing.T) {
	s := snapshot{workflow: "server:devcloud:web-1", run: "run-1", queue: "novaflow", status: enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING}
	for want, err := range map[string]error{
		"run server:devcloud:web-1 refuses to resume: the run is RUNNING, not paused": temporal.NewApplicationError("the run is RUNNING, not paused", "", nil),
		"is a `novaflow-worker` running for task queue novaflow":                      client.NewWorkflowUpdateServiceTimeoutOrCanceledError(errors.New("late")),
		"has just ended": serviceerror.NewNotFound("completed"),
	} {
		require.ErrorContains(t, verbProblem(s, saga.VerbResume, err), want)
	}
	s.status = enumspb.WORKFLOW_EXECUTION_STATUS_FAILED
	_, err := tell(t.Context(), nil, s, saga.Request{Verb: saga.VerbPause})
	require.ErrorContains(t, err, "has ended already")
}

// "run server:c:web-1 is HELD" was the answer to an abandon that had been taken.
func TestAnAbandonIsAnsweredWithWhatBecomesOfTheRun(t *testing.T) {
	require.Equal(t, "run server:c:web-1 ends where it is; `novaflow run show server:c:web-1` lists what it leaves behind",
		taken("server:c:web-1", saga.VerbAbandon, saga.RunHeld))
	require.Equal(t, "run server:c:web-1 is PAUSED", taken("server:c:web-1", saga.VerbPause, saga.RunPaused))
}
