package audit

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"novaflow/saga"
)

// RecordOf is a part of the record of a run, as the run tells it to the archive.
// Where it has no events they are derived, see [RecordFromLedger].
func RecordOf(a saga.Archive) Record {
	if len(a.Events) == 0 && a.Parts == 1 {
		return RecordFromLedger(a.Workflow, a.Execution, a.Ledger)
	}
	return recordOf(a)
}

func recordOf(a saga.Archive) Record {
	l := a.Ledger
	r := Record{
		Execution: a.Execution, Workflow: a.Workflow, Scope: a.Scope, Part: a.Part, Parts: a.Parts, Run: l.Run, Flow: l.Flow, Project: l.Project,
		By: l.By, Reason: l.Reason, State: string(l.State), Started: l.Started, Ended: l.Ended,
	}
	for _, e := range a.Events {
		r.add(e)
	}
	return r
}

// add adds an event. What was not done on a person's word was done on that of
// whoever asked for the run.
func (r *Record) add(told saga.Event) {
	e := Event{Event: told, Execution: r.Execution, Project: r.Project, Reason: r.Reason}
	if isVerb(told.To) {
		e.By, e.Reason, e.Text, e.Event.By = told.By, told.Text, "", ""
	} else {
		e.By = r.By
	}
	r.Events = append(r.Events, e)
}

func isVerb(to string) bool {
	switch saga.Verb(to) {
	case saga.VerbPause, saga.VerbResume, saga.VerbRetry, saga.VerbSkip, saga.VerbAbandon, saga.VerbRevert, saga.VerbOnFailure:
		return true
	}
	return false
}

// RecordFromLedger is the record of a run that did not tell its events: because
// the engine ended it, or because it began before there was an archive. They are
// derived from the times in the ledger, so that the same ledger gives the same
// events with the same ids; attempts that a scope undid before are not in it.
func RecordFromLedger(workflow, execution string, l saga.Ledger) Record {
	r := recordOf(saga.Archive{Workflow: workflow, Execution: execution, Part: 1, Parts: 1, Ledger: l})
	var told []saga.Event
	tell := func(at time.Time, e saga.Event) {
		if at.IsZero() || at.Before(l.Started) { // before: of the run that this one takes back
			return
		}
		e.Time, e.Workflow, e.Flow, e.Run = at, workflow, l.Flow, l.Run
		told = append(told, e)
	}
	tell(l.Started, saga.Event{From: string(saga.RunPending), To: string(saga.RunRunning)})
	for _, e := range l.Tasks {
		tellTask(e, tell)
	}
	for _, q := range l.Requests {
		tell(q.Time, saga.Event{Task: q.Task, To: string(q.Verb), Text: q.Reason, By: q.By})
	}
	slices.SortStableFunc(told, func(a, b saga.Event) int { return a.Time.Compare(b.Time) })
	tell(l.Ended, saga.Event{To: string(l.State), Text: l.Cause})
	for i, e := range told {
		e.ID = fmt.Sprintf("%s/ledger-%d", execution, i+1)
		r.add(e)
	}
	return r
}

// tellTask tells what the ledger knows about a task.
func tellTask(e saga.Entry, tell func(time.Time, saga.Event)) {
	of := func(from, to saga.TaskState, activity, text string) saga.Event {
		return saga.Event{
			Task: e.Task, Attempt: e.Attempt, Mark: e.Mark, From: string(from), To: string(to), Text: text, Activity: activity, Resources: e.Resources,
		}
	}
	begun := of(saga.TaskPending, saga.TaskRunning, e.Activity, "")
	begun.Resources = nil
	tell(e.Started, begun)
	switch {
	case e.State == saga.TaskSkipped:
		tell(e.Ended, of(saga.TaskRunning, saga.TaskSkipped, e.Activity, e.Note))
	case e.Error != "":
		tell(e.Ended, of(saga.TaskRunning, saga.TaskFailure, e.Activity, e.Error))
	default:
		done := of(saga.TaskRunning, saga.TaskSuccess, e.Activity, "")
		done.RequestID = requestIn(e.Out)
		tell(e.Ended, done)
	}
	before := saga.TaskSuccess
	if e.Error != "" {
		before = saga.TaskFailure
	}
	tell(e.Undoing, of(before, saga.TaskReverting, e.Undo, ""))
	tell(e.Undone, of(saga.TaskReverting, saga.TaskReverted, e.Undo, ""))
	if e.UndoError != "" && e.Undone.IsZero() {
		tell(e.Undoing, of(saga.TaskReverting, e.State, e.Undo, e.UndoError))
	}
}

// requestIn is the id of the request in a result: its field "request", as results
// of package activities have it.
func requestIn(result json.RawMessage) string {
	var r struct {
		Request string `json:"request"`
	}
	if json.Unmarshal(result, &r) != nil {
		return ""
	}
	return r.Request
}
