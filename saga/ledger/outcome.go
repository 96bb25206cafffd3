package ledger

// Types of the application errors that Run returns.
const (
	ErrTypeInvalidFlow = "InvalidFlow" // the flow was built wrongly; nothing was begun
	ErrTypeReverted    = "Reverted"    // the run failed and everything was reverted
	ErrTypeStopped     = "Stopped"     // an operator ended the run where it was
)

// Reverted is the detail of the error that a run ends with unless it commits.
type Reverted struct {
	Task       string   `json:"task,omitempty"` // the task that failed; "" for a deadline
	Type       string   `json:"type,omitempty"` // of the activity's application error
	Cause      string   `json:"cause"`
	Undone     []string `json:"undone,omitempty"`
	LeftBehind []string `json:"leftBehind,omitempty"` // what an operator chose to keep or to give up
	PastPivot  bool     `json:"pastPivot,omitempty"`  // it was past its point of no return
}
