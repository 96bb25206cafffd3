package ledger

// Intent is the argument of an activity that has an effect. It is in the
// workflow's history before the activity starts, so that the effect can be
// found and undone from history alone.
type Intent[In any] struct {
	Task string `json:"task"` // path of the task in its flow
	Mark Mark   `json:"mark"` // to be written into what the activity creates
	Undo string `json:"undo,omitempty"`
	// Pivot says that the run only goes forward once the activity has succeeded.
	Pivot bool `json:"pivot,omitempty"`
	// UndoOptions are those of the undo, unless they are the library's own: who
	// reverts the run after its end has no other place to find them.
	UndoOptions *Options `json:"undoOptions,omitempty"`
	In          In       `json:"in"`
}

// Undo is the argument of an activity that makes sure an effect is absent.
type Undo[In, Out any] struct {
	Task  string `json:"task"`
	Mark  Mark   `json:"mark"`
	In    In     `json:"in"`
	Out   *Out   `json:"out,omitempty"` // nil when the result never arrived: the effect may exist all the same
	Cause string `json:"cause"`         // why the run reverts
	// Omitted is OmittedOut or OmittedInOut if the result, or the input too, was too
	// large to send (see MaxUndo). The effect is then found by its mark alone.
	Omitted string `json:"omitted,omitempty"`
}

// ScopeUndo is the argument of an activity that makes sure the effects of a
// whole scope are absent.
type ScopeUndo struct {
	Scope string  `json:"scope"` // path
	Run   string  `json:"run"`   // the marks of its effects begin with RunPrefix(Run) + Scope + "/"
	Tasks []Entry `json:"tasks"` // those that were begun
	Cause string  `json:"cause"`
}
