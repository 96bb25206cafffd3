package spec

import (
	"encoding/json"
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"

	"novaflow/saga"
)

// RunOptions belong to every request. The requests embed them.
type RunOptions struct {
	Cloud     string         `json:"cloud"`               // name in the worker's clouds.yaml
	Deadline  Duration       `json:"deadline,omitempty"`  // of the run, 1h by default
	OnFailure saga.OnFailure `json:"onFailure,omitempty"` // "" reverts
	DryRun    bool           `json:"dryRun,omitempty"`    // look everything up, change nothing

	// how long to wait for further locks that other runs have, 5s by default
	LockWait Duration `json:"lockWait,omitempty"`
}

// longestLockWait bounds how long a run that has one lock waits for another.
const longestLockWait = Duration(24 * time.Hour)

// Options returns the options of a request of any type.
func (o RunOptions) Options() RunOptions { return o }

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

// CheckForward does what Check does, for a run that only goes forward.
func (o RunOptions) CheckForward(bad Report) {
	o.Check(bad)
	if o.OnFailure != "" {
		bad("on failure: %s makes no sense for what cannot be reverted: leave it out", o.OnFailure)
	}
}

// LockOptions returns the options of a task that takes further locks.
func (o RunOptions) LockOptions() (options []saga.TaskOption) {
	if o.LockWait != 0 {
		options = append(options, saga.RunWith(saga.Options{Timeout: time.Duration(o.LockWait)}))
	}
	return options
}

// flowOptions returns the options of the flow.
func (o RunOptions) flowOptions() (options []saga.FlowOption) {
	if o.Deadline != 0 {
		options = append(options, saga.Deadline(time.Duration(o.Deadline)))
	}
	if o.OnFailure != "" {
		options = append(options, saga.FailurePolicy(o.OnFailure))
	}
	return options
}

// Duration is a time.Duration that stands in JSON as text, such as "10m".
type Duration time.Duration

// String returns the duration as time.Duration writes it.
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

// Spec is the input of a workflow: a request.
type Spec interface {
	// Validate returns everything that is wrong with the request and can be seen without
	// a cloud, joined, or nil.
	Validate() error

	// Options returns those of the run.
	Options() RunOptions
}

// ErrTypeInvalidSpec is the type of a workflow's error for a request that Validate
// refuses.
const ErrTypeInvalidSpec = "InvalidSpec"

// refuseInvalid returns the workflow's error for a request that is invalid, or nil.
func refuseInvalid(s Spec) error {
	if err := s.Validate(); err != nil {
		return temporal.NewNonRetryableApplicationError(err.Error(), ErrTypeInvalidSpec, nil)
	}
	return nil
}
