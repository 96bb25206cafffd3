package spec

import (
	"encoding/json"
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"

	"novaflow/saga"
)

// RunOptions are what every spec has, whatever it asks for. Specs embed them.
type RunOptions struct {
	Cloud     string         `json:"cloud"`               // name in the worker's clouds.yaml
	Deadline  Duration       `json:"deadline,omitempty"`  // 0 is saga.DefaultDeadline
	OnFailure saga.OnFailure `json:"onFailure,omitempty"` // "" takes everything back
	DryRun    bool           `json:"dryRun,omitempty"`    // look everything up, change nothing
	LockWait  Duration       `json:"lockWait,omitempty"`  // how long to wait for further things that other runs hold; 0 is saga.DefaultLockWait
}

// Duration is a time.Duration that stands in JSON as text, such as "10m".
type Duration time.Duration

// String is the duration as time.Duration writes it.
func (d Duration) String() string { return time.Duration(d).String() }

// MarshalJSON is part of json.Marshaler.
func (d Duration) MarshalJSON() ([]byte, error) { return json.Marshal(d.String()) }

// UnmarshalJSON is part of json.Unmarshaler.
func (d *Duration) UnmarshalJSON(text []byte) error {
	var words string
	if json.Unmarshal(text, &words) != nil {
		words = string(text)
	}
	parsed, err := time.ParseDuration(words)
	if err != nil {
		return fmt.Errorf("%q is no duration such as 90s, 10m or 1h30m", words)
	}
	*d = Duration(parsed)
	return nil
}

// Check reports what is wrong with the options of a run.
func (o RunOptions) Check(bad Report) {
	checkCloud(bad, o.Cloud)
	if o.Deadline < 0 {
		bad("deadline: %s is negative", o.Deadline)
	}
	if o.LockWait < 0 || o.LockWait > longestLockWait {
		bad("lock wait: %s is not between 0 and %s", o.LockWait, longestLockWait)
	}
	switch o.OnFailure {
	case "", saga.OnFailureRevert, saga.OnFailureHold, saga.OnFailureKeep:
	default:
		bad("on failure: %q is not revert, hold or keep", o.OnFailure)
	}
}

// CheckForward is validate for a run that only goes forward.
func (o RunOptions) CheckForward(bad Report) {
	o.Check(bad)
	if o.OnFailure != "" {
		bad("on failure: %s makes no sense for what cannot be taken back: leave it out", o.OnFailure)
	}
}

// longestLockWait bounds how long a run that holds one thing waits for another.
const longestLockWait = Duration(24 * time.Hour)

// LockOptions are the options of the tasks that lock further things.
func (o RunOptions) LockOptions() (options []saga.TaskOption) {
	if o.LockWait != 0 {
		options = append(options, saga.RunWith(saga.Options{Timeout: time.Duration(o.LockWait)}))
	}
	return options
}

// flowOptions are the options of the flow.
func (o RunOptions) flowOptions() (options []saga.FlowOption) {
	if o.Deadline != 0 {
		options = append(options, saga.Deadline(time.Duration(o.Deadline)))
	}
	if o.OnFailure != "" {
		options = append(options, saga.WhenFailing(o.OnFailure))
	}
	return options
}

// Options are the options themselves, for those who have a spec of any type.
func (o RunOptions) Options() RunOptions { return o }

// RequestTask is the task of every flow that looks up, without changing
// anything, whether the cloud can do what is asked.
const RequestTask = "request"

// Spec is the input of a workflow.
type Spec interface {
	// Validate returns everything that is wrong with the spec and can be seen
	// without a cloud, joined, or nil.
	Validate() error
	// Options are those of the run.
	Options() RunOptions
}

// ErrTypeInvalidSpec is the type of the error for a spec that Validate refuses.
const ErrTypeInvalidSpec = "InvalidSpec"

// refuse is the workflow's error for a spec that is wrong, or nil.
func refuse(s Spec) error {
	if err := s.Validate(); err != nil {
		return temporal.NewNonRetryableApplicationError(err.Error(), ErrTypeInvalidSpec, nil)
	}
	return nil
}
