package audit

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"novaflow/saga"
)

// RecordOf returns a part of the record of a run from what the run hands to its
// archive. If that has no events, it derives them, see [RecordFromLedger].
func RecordOf(a saga.Archive) Record {
	if len(a.Events) == 0 && a.Parts == 1 {
		return RecordFromLedger(a.Workflow, a.Execution, a.Ledger)
	}
	return convertArchive(a)
}

// convertArchive returns a record with the events of an archive.
func convertArchive(a saga.Archive) Record {
	l := a.Ledger
	r := Record{
		Execution: a.Execution, Workflow: a.Workflow, Scope: a.Scope, Part: a.Part, Parts: a.Parts,
		Run: l.Run, Flow: l.Flow, Project: l.Project, By: l.By, Reason: l.Reason,
		State: string(l.State), Started: l.Started, Ended: l.Ended,
	}
	for _, e := range a.Events {
		r.add(e)
	}
	return r
}

// add adds an event. A verb has the person who sent it. Everything else was done for the
// person who requested the run.
func (r *Record) add(event saga.Event) {
	e := Event{Event: event, Execution: r.Execution, Project: r.Project, Reason: r.Reason}
	if isVerb(event.To) {
		e.By, e.Reason, e.Text, e.Event.By = event.By, event.Text, "", ""
	} else {
		e.By = r.By
	}
	r.Events = append(r.Events, e)
}

// isVerb reports whether an event leads to a verb and not to a state.
func isVerb(to string) bool {
	switch saga.Verb(to) {
	case saga.VerbPause, saga.VerbResume, saga.VerbRetry, saga.VerbSkip, saga.VerbAbandon,
		saga.VerbRevert, saga.VerbOnFailure:
		return true
	}
	return false
}

// RecordFromLedger returns the record of a run that did not hand over its events,
// because the engine ended it or because it had no archive. It derives the events from
// the times in the ledger, so the same ledger gives the same events with the same ids.
// Earlier attempts of a scope, which it has undone, are not in the record.
func RecordFromLedger(workflow, execution string, l saga.Ledger) Record {
	r := convertArchive(saga.Archive{Workflow: workflow, Execution: execution, Part: 1, Parts: 1, Ledger: l})
	var events []saga.Event
	record := func(at time.Time, e saga.Event) {
		if at.IsZero() || at.Before(l.Started) { // before: of the run that this one reverts
			return
		}
		e.Time, e.Workflow, e.Flow, e.Run = at, workflow, l.Flow, l.Run
		events = append(events, e)
	}
	record(l.Started, saga.Event{From: string(saga.RunPending), To: string(saga.RunRunning)})
	for _, e := range l.Tasks {
		recordTask(e, record)
	}
	for _, q := range l.Requests {
		record(q.Time, saga.Event{Task: q.Task, To: string(q.Verb), Text: q.Reason, By: q.By})
	}
	slices.SortStableFunc(events, func(a, b saga.Event) int { return a.Time.Compare(b.Time) })
	record(l.Ended, saga.Event{To: string(l.State), Text: l.Cause})
	for i, e := range events {
		e.ID = fmt.Sprintf("%s/ledger-%d", execution, i+1)
		r.add(e)
	}
	return r
}

// recordTask records the events of a task that follow from its entry in the ledger.
func recordTask(e saga.Entry, record func(time.Time, saga.Event)) {
	of := func(from, to saga.TaskState, activity, text string) saga.Event {
		return saga.Event{
			Task: e.Task, Attempt: e.Attempt, Mark: e.Mark, From: string(from), To: string(to),
			Text: text, Activity: activity, Resources: e.Resources,
		}
	}
	begun := of(saga.TaskPending, saga.TaskRunning, e.Activity, "")
	begun.Resources = nil
	record(e.Started, begun)
	switch {
	case e.State == saga.TaskSkipped:
		record(e.Ended, of(saga.TaskRunning, saga.TaskSkipped, e.Activity, e.Note))
	case e.Error != "":
		record(e.Ended, of(saga.TaskRunning, saga.TaskFailure, e.Activity, e.Error))
	default:
		done := of(saga.TaskRunning, saga.TaskSuccess, e.Activity, "")
		done.RequestID = requestID(e.Out)
		record(e.Ended, done)
	}
	before := saga.TaskSuccess
	if e.Error != "" {
		before = saga.TaskFailure
	}
	record(e.Undoing, of(before, saga.TaskReverting, e.Undo, ""))
	record(e.Undone, of(saga.TaskReverting, saga.TaskReverted, e.Undo, ""))
	if e.UndoError != "" && e.Undone.IsZero() {
		record(e.Undoing, of(saga.TaskReverting, e.State, e.Undo, e.UndoError))
	}
}

// requestID returns the request id in a result: its field "request", as the results of
// novaflow's activities have it.
func requestID(result json.RawMessage) string {
	var r struct {
		Request string `json:"request"`
	}
	if json.Unmarshal(result, &r) != nil {
		return ""
	}
	return r.Request
}
