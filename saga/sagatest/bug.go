package sagatest

// Bug is a class of mistakes in a flow or its activities, as failures name it.
type Bug string

// The bugs that a failed case can point to, each with what to do about it.
const (
	UndoDoesNothing Bug = "the undo does nothing: it must delete what carries the mark of its task, " +
		"and end only when that is gone"
	UndoNotRepeatable Bug = "the undo cannot be repeated: absent already must be success"
	UndoNeedsResult   Bug = "the undo needs the result of its task, which may be lost: " +
		"let it find the effect by the mark"
	UndoTooEarly Bug = "the undo ends before the resource is gone: let it wait for that, " +
		"because what it depends on goes next"
	UndoTakesOthers Bug = "the undo deletes what is not the run's: " +
		"let it delete only what carries the mark, whatever its name"
	UndoNeverWorks  Bug = "the undo never succeeds"
	UndoNotRun      Bug = "the undo was not run"
	IdentityNotMark Bug = "the effect does not carry the mark of its task: " +
		"write the mark that the activity is given into the request that creates the resource"
	MadeTwice Bug = "created twice: the activity runs again after a lost answer, " +
		"so it must look for the mark before it creates anything"
	NotRepeatable Bug = "the task cannot be repeated: after a lost answer it must adopt what it finds by the mark"
	TwoEffects    Bug = "two effects in one task: only one was undone; make each a task of its own"
	ReadHasEffect Bug = "an effect in a task that is declared read-only: nothing undoes it; " +
		"declare it with saga.Do and an undo"
	EffectHasNoUndo Bug = "an effect in a task that says it needs no undo"
	TaskTakesOthers Bug = "the task deleted what existed before the run"
	EmptySuccess    Bug = "success without effect: the task reported success, " +
		"but did not create what it creates in other runs; let it return the error"
	OutsideActivity Bug = "created by no activity of the run: effects belong in tasks"
	NeverSucceeds   Bug = "the task never succeeds, although no fault is injected any more"
	WrongOutcome    Bug = "the run did not end as it must"
	WrongPoint      Bug = "the run did not fail at the point of the mishap"
	NotExercised    Bug = "the mishap did not happen"
	WrongStuck      Bug = "the run was not STUCK as it must be"
	WrongWorld      Bug = "the world is not as it must be"
	NotUsable       Bug = "the same request does not succeed afterwards"
	Hung            Bug = "the run did not end"
)

// problem is something wrong with one case.
type problem struct {
	bug  Bug
	text string
}

func (p problem) String() string { return string(p.bug) + "\n    " + p.text }
