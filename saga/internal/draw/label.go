package draw

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"novaflow/saga/internal/graph"
	"novaflow/saga/ledger"
)

// describePolicies says what holds for a scope, or for the flow as a whole.
func describePolicies(f *graph.Flow, s *graph.Scope) (out []string) {
	say := func(holds bool, format string, args ...any) {
		if holds {
			out = append(out, fmt.Sprintf(format, args...))
		}
	}
	say(s.When != nil, "only if its condition holds")
	say(s.Retry != nil && s.Alternatives, "for each alternative")
	say(s.Retry != nil && !s.Alternatives, "retrying")
	say(s.Child, "a child workflow")
	say(s.Deadline > 0, "deadline %s", howLong(s.Deadline))
	say(s.MaxConcurrent > 0, "at most %d at once", s.MaxConcurrent)
	say(s.AwaitSiblings, "siblings of a failed task may finish")
	if s.Together != nil {
		say(true, "undone together by %s", s.Together.Undo)
	}
	if s.Parent != nil {
		return out
	}
	say(f.OnFailure == ledger.OnFailureHold, "a failure waits for a decision")
	say(f.OnFailure == ledger.OnFailureKeep, "a failure keeps what was created")
	say(f.ForwardOnly != "", "only goes forward, as %s", f.ForwardOnly)
	for _, t := range f.Tasks {
		say(t.Pivot && !t.Swapped, "only goes forward after %s", t.Path)
	}
	return out
}

// describeConditions says what a flow knows about a task and its ledger does not.
func describeConditions(t *graph.Task) (out []string) {
	if t.When != nil {
		out = append(out, "only if its condition holds")
	}
	if t.Excluded {
		out = append(out, "left out of this run")
	}
	return out
}

// describeScopeOf says what a ledger knows about a scope. The ledger may be nil.
func describeScopeOf(l *ledger.Ledger, scope string) (out []string) {
	if l == nil {
		return nil
	}
	if scope == "" {
		out = append(out, string(l.State))
		if l.Cause != "" {
			out = append(out, inBrief(l.Cause))
		}
	}
	for _, s := range l.Scopes {
		if s.Scope == scope && s.Attempt > 1 {
			out = append(out, fmt.Sprintf("attempt %d", s.Attempt))
		}
	}
	return out
}

// describeTask says what a task is, then what became of it.
func describeTask(e *ledger.Entry, remarks []string) []string {
	lines := slices.Concat([]string{e.Task, describeState(e), e.Summary, e.Activity, describeUndo(e)}, remarks)
	if e.Pivot {
		lines = append(lines, "PIVOT, only forward after this")
	}
	lines = append(lines, inBrief(e.Error))
	if e.UndoError != "" {
		lines = append(lines, inBrief("undo: "+e.UndoError))
	}
	return slices.DeleteFunc(lines, func(text string) bool { return text == "" })
}

// describeUndo says how a task is undone, or why not.
func describeUndo(e *ledger.Entry) string {
	switch {
	case e.Undo != "":
		return "undo " + e.Undo
	case e.NoUndo != "":
		return "no undo, " + e.NoUndo
	}
	return "no undo"
}

// describeState names the state of a task. In a plan it is "".
func describeState(e *ledger.Entry) string {
	if e.State != "" && e.Attempt > 1 {
		return fmt.Sprintf("%s, attempt %d", e.State, e.Attempt)
	}
	return string(e.State)
}

// inBrief cuts a text to what fits into a drawing.
func inBrief(text string) string { return ledger.OneLine(text, 80) }

// howLong writes a time span without the zeros at its end.
func howLong(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// resultType names the type of a task's result, "" if it is empty.
func resultType(t *graph.Task) string {
	if t.Gives == reflect.TypeFor[struct{}]() {
		return ""
	}
	return typeName(t.Gives)
}

// typeName writes a type as its own package writes it.
func typeName(t reflect.Type) string {
	switch {
	case t.Name() != "":
		return t.Name()
	case t.Kind() == reflect.Slice:
		return "[]" + typeName(t.Elem())
	case t.Kind() == reflect.Pointer:
		return "*" + typeName(t.Elem())
	}
	return t.String()
}
