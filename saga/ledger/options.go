package ledger

import (
	"cmp"
	"time"
)

// Options say how an activity is run. A zero field takes the default.
type Options struct {
	// Timeout is the limit of one attempt; default 2 minutes.
	Timeout time.Duration `json:"timeout,omitempty"`
	// Heartbeat is the longest silence of a live attempt; default: the activity
	// sends no heartbeats.
	HeartbeatTimeout time.Duration `json:"heartbeatTimeout,omitempty"`
	// Attempts is the most attempts; default without limit, until the run's
	// deadline. Undo is never limited.
	MaximumAttempts int `json:"maximumAttempts,omitempty"`
	// TaskQueue is that of the workers that can do it; default: the run's own.
	TaskQueue string `json:"taskQueue,omitempty"`
	// Pause is that before the second attempt; it doubles up to LongestPause;
	// default 1 second.
	InitialInterval time.Duration `json:"initialInterval,omitempty"`
	// LongestPause is the longest pause between attempts; default 15 seconds.
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
