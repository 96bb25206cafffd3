package saga

import (
	"fmt"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"time"

	"novaflow/saga/ledger"
)

// policies are what holds for a flow or a scope, in words.
func (f *Flow) policies() (out []string) {
	say := func(holds bool, format string, args ...any) {
		if holds {
			out = append(out, fmt.Sprintf(format, args...))
		}
	}
	say(f.when != nil, "only if its condition holds")
	say(f.retry != nil, "%s", f.retrying())
	say(f.child, "a child workflow")
	say(f.deadline > 0, "deadline %s", howLong(f.deadline))
	say(f.width > 0, "at most %d at once", f.width)
	say(f.await, "siblings of a failed task may finish")
	if f.together != nil {
		say(true, "undone together by %s", f.together.undo)
	}
	if f.parent != nil {
		return out
	}
	say(f.onFailure == OnFailureHold, "a failure waits for a person")
	say(f.onFailure == OnFailureKeep, "a failure keeps what was made")
	say(f.forwardOnly != "", "only goes forward, as %s", f.forwardOnly)
	for _, t := range f.tasks {
		say(t.pivot && !t.swapped, "only goes forward after %s", t.path)
	}
	return out
}

// retrying names the retry policy of the scope.
func (f *Flow) retrying() string {
	if f.retry == nil {
		return ""
	}
	if made := runtime.FuncForPC(reflect.ValueOf(f.retry).Pointer()).Name(); strings.Contains(made, "ForEachRef") {
		return "for each alternative"
	}
	return "retrying"
}

// remarks are what a flow knows about a task and its ledger does not.
func (t *task) remarks() (out []string) {
	if t.when != nil {
		out = append(out, "only if its condition holds")
	}
	if t.leftOut {
		out = append(out, "left out of this run")
	}
	return out
}

// describeScopeOf says what a ledger knows about a scope. The ledger may be nil.
func describeScopeOf(l *Ledger, scope string) (out []string) {
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
func describeTask(e *Entry, remarks []string) []string {
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
func describeUndo(e *Entry) string {
	switch {
	case e.Undo != "":
		return "undo " + e.Undo
	case e.NoUndo != "":
		return "no undo, " + e.NoUndo
	}
	return "no undo"
}

// describeState names the state of a task. In a plan it is "".
func describeState(e *Entry) string {
	if e.State != "" && e.Attempt > 1 {
		return fmt.Sprintf("%s, attempt %d", e.State, e.Attempt)
	}
	return string(e.State)
}

// inBrief cuts a text to what fits into a drawing.
func inBrief(text string) string { return ledger.OneLine(text, 80) }

// howLong is a time span without the zeros at its end.
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

// resultType is the name of the type of a task's result, "" if it is empty.
func (t *task) resultType() string {
	if t.gave == reflect.TypeFor[struct{}]() {
		return ""
	}
	return typeName(t.gave)
}

// typeName is the name of a type as its own package writes it.
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
