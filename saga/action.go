package saga

import (
	"context"
	"fmt"
	"reflect"
	"regexp"
	"runtime"
	"strings"

	"novaflow/saga/ledger"
)

// Intent is the argument of an activity that has an effect. It is in the workflow's
// history before the activity starts, so that the effect can be found and undone from
// history alone. Its fields: Task, Mark (to be written into what the activity creates),
// Undo, Pivot, UndoOptions, and In, the input.
type Intent[In any] = ledger.Intent[In]

// Undo is the argument of an activity that makes sure an effect is absent. Its fields:
// Task, Mark, In, Out (nil when the result never arrived: the effect may exist all the
// same), Cause, why the run reverts, and Omitted. An input and a result that are too
// large to send are left out, the result first, and Omitted says so. An undo must work
// without them, by the mark.
type Undo[In, Out any] = ledger.Undo[In, Out]

// ScopeUndo is the argument of an activity that makes sure the effects of a whole scope
// are absent; see [UndoneTogether]. Its fields: Scope (path), Run, Tasks (those that were
// begun) and Cause.
type ScopeUndo = ledger.ScopeUndo

// Options say how an activity is run. A zero field takes the default.
type Options = ledger.Options

// Action pairs an activity with its undo. Its zero value is invalid.
type Action[In, Out any] struct {
	do, undo string // names under which the activities are registered
	noUndo   string // the reason, where undo is ""
	effect   bool   // do takes an Intent[In] rather than In
	doOpts   Options
	undoOpts Options
}

// Effect is an activity that still lacks its undo. No flow takes it: complete
// it with UndoneBy or NoUndo.
type Effect[In, Out any] struct{ do string }

// Do names an activity that has one effect on one resource. The activity must
// look for the mark first and adopt what it finds, because it may run again
// after an answer was lost.
//
// The activity is a function or a method value; a method value of a nil
// pointer will do, as only its name is used.
func Do[In, Out any](activity func(context.Context, Intent[In]) (Out, error)) Effect[In, Out] {
	return Effect[In, Out]{do: activityName(activity)}
}

// UndoneBy completes the action with the activity that makes sure the effect is
// absent: found by the result if there is one, else by mark; absent already is
// success; finished only when the resource is gone. It must be repeatable, and it
// must not touch what does not carry the mark.
func (e Effect[In, Out]) UndoneBy(activity func(context.Context, Undo[In, Out]) error) Action[In, Out] {
	return Action[In, Out]{do: e.do, undo: activityName(activity), effect: true}
}

// NoUndo completes the action with the reason why it has no undo. The reason is
// shown wherever the flow is.
func (e Effect[In, Out]) NoUndo(reason string) Action[In, Out] {
	return Action[In, Out]{do: e.do, noUndo: reason, effect: true}
}

// Read names an activity that only looks, such as a look-up or a wait. It needs
// neither mark nor undo.
func Read[In, Out any](activity func(context.Context, In) (Out, error)) Action[In, Out] {
	return Action[In, Out]{do: activityName(activity), noUndo: "read-only"}
}

// With returns the action with other options for its activity.
func (a Action[In, Out]) With(o Options) Action[In, Out] { a.doOpts = o; return a }

// UndoWith returns the action with other options for its undo.
func (a Action[In, Out]) UndoWith(o Options) Action[In, Out] { a.undoOpts = o; return a }

// problem says what is wrong with the action, or "".
func (a Action[In, Out]) problem() string {
	switch {
	case a.do == "":
		return "the action is empty: create it with saga.Do or saga.Read, from a function or method that has a name " +
			"of its own (no literal, no generic function)"
	case a.undo == "" && strings.TrimSpace(a.noUndo) == "":
		return fmt.Sprintf("activity %s has no undo and gives no reason: complete it with UndoneBy, or with NoUndo "+
			"and a reason", a.do)
	}
	return ""
}

// nameless is what the runtime calls function literals and generic functions:
// neither has a name of its own to be registered under.
var nameless = regexp.MustCompile(`^(func)?\d+$|]$`)

// activityName returns the name under which the SDK registers a function or a method.
func activityName(fn any) string {
	v := reflect.ValueOf(fn)
	if v.IsNil() {
		return ""
	}
	name := runtime.FuncForPC(v.Pointer()).Name()
	name = strings.TrimSuffix(name[strings.LastIndex(name, ".")+1:], "-fm") // a method value
	if nameless.MatchString(name) {
		return ""
	}
	return name
}
