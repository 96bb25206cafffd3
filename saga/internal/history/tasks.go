package history

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	failurepb "go.temporal.io/api/failure/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/converter"

	"novaflow/saga/ledger"
)

// argument is what the arguments of all kinds of activities have in common. An
// activity that only looks has an argument of any shape.
type argument struct {
	Task        string          `json:"task"`
	Mark        ledger.Mark     `json:"mark"`
	Undo        string          `json:"undo"`
	Pivot       bool            `json:"pivot"`
	UndoOptions *ledger.Options `json:"undoOptions"`
	In          json.RawMessage `json:"in"`
	Cause       *string         `json:"cause"` // of undos
	Scope       string          `json:"scope"` // of undos of a scope
	Tasks       []ledger.Entry  `json:"tasks"`
}

// started records what the workflow was started with. A run of Revert goes on from the
// ledger that it was given.
func (r *reader) started(a *historypb.WorkflowExecutionStartedEventAttributes, at moment) error {
	if r.child() {
		return nil
	}
	l := r.ledger
	l.Flow, l.Run, l.Started = a.GetWorkflowType().GetName(), a.GetFirstExecutionRunId(), at.at
	l.ReadMemo(a.GetMemo())
	l.Project = projectOf(a.GetSearchAttributes())
	if l.Flow != ledger.RevertName {
		return nil
	}
	input, err := r.decode(a.GetInput())
	if err != nil {
		return err
	}
	var in ledger.RevertInput
	if err := json.Unmarshal(input, &in); err != nil {
		return fmt.Errorf("input of %s: %w", ledger.RevertName, err)
	}
	l.State, l.Cause, r.busy = ledger.RunReverting, in.Cause(), in.Busy
	l.By, l.Reason = in.By, in.Reason
	for i := range in.Ledger.Tasks {
		t := &pastTask{Entry: ledger.Owing(in.Ledger.Tasks[i])}
		r.tasks, r.byMark[t.Mark] = append(r.tasks, t), t
	}
	return nil
}

// projectOf returns the project that a run was started for, or "".
func projectOf(attributes *commonpb.SearchAttributes) (project string) {
	payload := attributes.GetIndexedFields()[ledger.AttributeProject.GetName()]
	if payload == nil || converter.GetDefaultDataConverter().FromPayload(payload, &project) != nil {
		return ""
	}
	return project
}

// resourceIDs returns the ids in a result whose type history does not know: its field
// "id", if it has one.
func resourceIDs(result json.RawMessage) []string {
	var resource struct {
		ID string `json:"id"`
	}
	if json.Unmarshal(result, &resource) != nil || resource.ID == "" {
		return nil
	}
	return []string{resource.ID}
}

// decode reads the first of some payloads as JSON; nil if there is none.
func (p *past) decode(payloads *commonpb.Payloads) (json.RawMessage, error) {
	if len(payloads.GetPayloads()) == 0 {
		return nil, nil
	}
	payload := payloads.GetPayloads()[0]
	var text json.RawMessage
	err := p.dc.FromPayload(payload, &text)
	switch encoding := string(payload.GetMetadata()[converter.MetadataEncoding]); {
	case err == nil:
		return dropNull(text), nil
	case encoding == converter.MetadataEncodingBinary, encoding == converter.MetadataEncodingProto,
		encoding == converter.MetadataEncodingProtoJSON:
		return nil, nil // nothing of ours
	}
	return nil, fmt.Errorf("a payload cannot be read: give the codec with which the workers wrote it: %w", err)
}

// schedule records that an activity was scheduled: a task, an undo, or a read-only one.
func (r *reader) schedule(e *historypb.HistoryEvent, a *historypb.ActivityTaskScheduledEventAttributes,
	at moment) error {
	if strings.HasPrefix(a.GetActivityId(), ledger.ArchiveName+" ") { // no task is called so: names have no spaces
		return nil
	}
	input, err := r.decode(a.GetInput())
	if err != nil {
		return fmt.Errorf("activity %s: %w", a.GetActivityId(), err)
	}
	var arg argument
	if json.Unmarshal(input, &arg) != nil {
		arg = argument{}
	}
	c := &call{timeout: a.GetStartToCloseTimeout().AsDuration()}
	r.scheduled[e.GetEventId()] = c
	if arg.Cause != nil && strings.HasPrefix(a.GetActivityId(), "undo ") {
		c.undo, c.tasks = true, r.undone(arg)
		for _, t := range c.tasks {
			t.undoing(at)
		}
		r.turn(ledger.RunReverting, *arg.Cause)
		return nil
	}
	_, marked := ledger.ParseMark(string(arg.Mark))
	entry := ledger.Entry{Activity: a.GetActivityType().GetName(), Undo: arg.Undo, Pivot: arg.Pivot,
		UndoOptions: arg.UndoOptions, Mark: arg.Mark, In: dropNull(arg.In)}
	switch {
	case marked:
		_, entry.Attempt = attemptOf(string(arg.Mark))
		entry.Task = arg.Mark.Task()
	default:
		entry.Task, entry.Attempt = attemptOf(a.GetActivityId())
		entry.Mark, entry.Undo, entry.Pivot, entry.UndoOptions, entry.In = ledger.NewMark(r.ledger.Run, entry.Task,
			entry.Attempt), "", false, nil, nil
	}
	if entry.Undo == "" {
		entry.NoUndo = "none in history"
	}
	c.tasks = []*pastTask{r.begun(entry, at)}
	r.turn(ledger.RunRunning, "")
	return nil
}

// locking records that a task asks for a lock: one of those that it takes.
func (r *reader) locking(a *historypb.StartChildWorkflowExecutionInitiatedEventAttributes, at moment) error {
	var carrier ledger.CarrierInput
	in := &carrier.Lock
	var to any = &carrier
	switch a.GetWorkflowType().GetName() {
	case ledger.LockName:
		to = in
	case ledger.CarrierName:
	default:
		return nil
	}
	input, err := r.decode(a.GetInput())
	if err == nil {
		err = json.Unmarshal(input, to)
	}
	if err != nil {
		return fmt.Errorf("lock %s: %w", a.GetWorkflowId(), err)
	}
	ids, err := json.Marshal(in.IDs)
	if err != nil {
		return err
	}
	_, attempt := attemptOf(string(in.Mark))
	r.begun(ledger.Entry{Task: in.Mark.Task(), Activity: ledger.LockName, NoUndo: "none in history", Attempt: attempt,
		Mark: in.Mark, In: ids}, at)
	return nil
}

// locked records that a lock was taken. Its task is over with the last one.
func (r *reader) locked(id string, at moment) {
	for _, t := range r.tasks {
		if ids := t.LockIDs(); t.IsLock() && slices.Contains(ids, id) {
			t.State, t.Ended, t.over = ledger.TaskSuccess, at.at, at
			t.Out = t.In
		}
	}
}

// turn records in which direction the run goes.
func (r *reader) turn(to ledger.RunState, cause string) {
	if !r.child() && r.ledger.Flow != ledger.RevertName {
		r.ledger.State, r.ledger.Cause = to, cause
	}
}

// undone returns the tasks that an undo is about.
func (p *past) undone(arg argument) (tasks []*pastTask) {
	marks := []ledger.Mark{arg.Mark}
	for _, e := range arg.Tasks {
		marks = append(marks, e.Mark)
	}
	for _, m := range marks {
		if t := p.byMark[m]; t != nil {
			tasks = append(tasks, t)
		}
	}
	return tasks
}

// begun records that a task begins, once more or for the first time.
func (p *past) begun(e ledger.Entry, at moment) *pastTask {
	t := p.byMark[e.Mark]
	if t == nil {
		t = &pastTask{Entry: e, begun: at}
		t.Started = at.at
		p.tasks, p.byMark[e.Mark] = append(p.tasks, t), t
		p.supersede(t)
	}
	t.State, t.over = ledger.TaskRunning, moment{}
	return t
}

// supersede records an attempt that takes the place of another. What was not
// undone of that one stays a task of its own.
func (p *past) supersede(t *pastTask) {
	old := p.current[t.Task]
	p.current[t.Task] = t
	switch {
	case old == nil:
	case !old.IsOwed():
		t.Earlier = append(old.Earlier,
			ledger.Attempt{Number: old.Attempt, Mark: old.Mark, State: old.State, Error: old.Error})
		p.tasks = slices.DeleteFunc(p.tasks, func(x *pastTask) bool { return x == old })
	default:
		old.Task = fmt.Sprintf("%s#%d", old.Task, old.Attempt)
	}
}

func (t *pastTask) undoing(at moment) {
	t.State = ledger.TaskReverting
	if t.Undoing.IsZero() {
		t.Undoing = at.at
	}
}

// succeed records the end of an activity. Those that are no tasks have no call.
func (c *call) succeed(at moment, out json.RawMessage) {
	if c == nil {
		return
	}
	c.ended = true
	for _, t := range c.tasks {
		if c.undo {
			t.State, t.Undone, t.UndoError = ledger.TaskReverted, at.at, ""
			continue
		}
		t.State, t.Out, t.Error, t.Ended, t.over = ledger.TaskSuccess, out, "", at.at, at
		if len(out) > ledger.MaxResult { // the run did not keep it; a pivot has succeeded all the same
			t.Out, t.Error = nil, ledger.ResultTooLarge(len(out))
			if !t.Pivot {
				t.State = ledger.TaskFailure
			}
		}
		if t.In != nil { // an effect
			t.Resources = resourceIDs(out)
		}
	}
}

func (c *call) fail(at moment, why string) {
	if c == nil {
		return
	}
	c.ended = true
	for _, t := range c.tasks {
		if c.undo {
			t.State, t.UndoError = ledger.TaskRevertFailure, why
			continue
		}
		t.State, t.Error, t.Ended, t.over = ledger.TaskFailure, why, at.at, at
	}
}

// finish puts the tasks in order and finds out what they need.
func (p *past) finish() *Past {
	slices.SortStableFunc(p.tasks, func(a, b *pastTask) int {
		switch {
		case a.begun.before(b.begun):
			return -1
		case b.begun.before(a.begun):
			return 1
		}
		return 0
	})
	p.findNeeds()
	out := &Past{Ledger: p.ledger, Busy: map[string]time.Time{}}
	for _, t := range p.tasks {
		if until, ok := p.busy[t.Task]; ok {
			t.until = until
		}
		if t.IsOwed() && !t.until.IsZero() {
			out.Busy[t.Task] = t.until
		}
		p.ledger.Tasks = append(p.ledger.Tasks, t.Entry)
	}
	return out
}

// findNeeds lets each task need those that had ended when it was scheduled,
// less those which the others imply: what had ended before one of them began.
func (p *past) findNeeds() {
	var ended []*pastTask
	for _, t := range p.tasks {
		if t.over.event > 0 {
			ended = append(ended, t)
		}
	}
	slices.SortFunc(ended, func(a, b *pastTask) int { return a.over.event - b.over.event })
	slices.SortStableFunc(ended, func(a, b *pastTask) int { return a.over.at.Compare(b.over.at) })
	latest := make([]moment, len(ended)+1) // when the last of the first n began
	for i, t := range ended {
		latest[i+1] = latest[i]
		if latest[i].before(t.begun) {
			latest[i+1] = t.begun
		}
	}
	for _, t := range p.tasks {
		if t.begun.event == 0 {
			continue // of a ledger that knows its needs
		}
		n, _ := slices.BinarySearchFunc(ended, t.begun, func(e *pastTask, begun moment) int {
			if e.over.before(begun) {
				return -1
			}
			return 1
		})
		for i := n - 1; i >= 0 && latest[n].before(ended[i].over); i-- {
			t.Needs = append(t.Needs, ended[i].Task)
		}
		slices.Sort(t.Needs)
	}
}

// failureText returns the message of the failure that caused the others.
func failureText(f *failurepb.Failure) string {
	for f.GetCause() != nil && (f.GetMessage() == "" || f.GetTimeoutFailureInfo() != nil) {
		f = f.GetCause()
	}
	return f.GetMessage()
}
