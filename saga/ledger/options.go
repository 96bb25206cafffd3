package ledger

import (
	"cmp"
	"time"
)

// Options say how an activity is run. A zero field takes the default.
type Options struct {
	// Timeout bounds one attempt. The default is 2 minutes.
	Timeout time.Duration `json:"timeout,omitempty"`
	// HeartbeatTimeout bounds how long a live attempt may send no heartbeat. By default
	// the activity sends none.
	HeartbeatTimeout time.Duration `json:"heartbeatTimeout,omitempty"`
	// MaximumAttempts bounds the attempts. By default they go on until the run's
	// deadline. The attempts at an undo are never bounded.
	MaximumAttempts int `json:"maximumAttempts,omitempty"`
	// TaskQueue names the queue of the workers that can run the activity. The default is
	// the run's own.
	TaskQueue string `json:"taskQueue,omitempty"`
	// InitialInterval is the pause before the second attempt. It doubles with each
	// attempt up to MaximumInterval. The default is 1 second.
	InitialInterval time.Duration `json:"initialInterval,omitempty"`
	// MaximumInterval is the longest pause between attempts. The default is 15 seconds.
	MaximumInterval time.Duration `json:"maximumInterval,omitempty"`
}

// OrNil returns the options, or nil if they are the default ones.
func (o Options) OrNil() *Options {
	if o == (Options{}) {
		return nil
	}
	return &o
}

// Over returns these options, and those of others where they say nothing.
func (o *Options) Over(others Options) Options {
	if o == nil {
		return others
	}
	return Options{
		Timeout:          cmp.Or(o.Timeout, others.Timeout),
		HeartbeatTimeout: cmp.Or(o.HeartbeatTimeout, others.HeartbeatTimeout),
		MaximumAttempts:  cmp.Or(o.MaximumAttempts, others.MaximumAttempts),
		TaskQueue:        cmp.Or(o.TaskQueue, others.TaskQueue),
		InitialInterval:  cmp.Or(o.InitialInterval, others.InitialInterval),
		MaximumInterval:  cmp.Or(o.MaximumInterval, others.MaximumInterval),
	}
}
