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
	Heartbeat time.Duration `json:"heartbeat,omitempty"`
	// Attempts is the most attempts; default without limit, until the run's
	// deadline. Undo is never limited.
	Attempts int `json:"attempts,omitempty"`
	// TaskQueue is that of the workers that can do it; default: the run's own.
	TaskQueue string `json:"taskQueue,omitempty"`
	// Pause is that before the second attempt; it doubles up to LongestPause;
	// default 1 second.
	Pause time.Duration `json:"pause,omitempty"`
	// LongestPause is the longest pause between attempts; default 15 seconds.
	LongestPause time.Duration `json:"longestPause,omitempty"`
}

// OrNil is nil for the library's own options.
func (o Options) OrNil() *Options {
	if o == (Options{}) {
		return nil
	}
	return &o
}

// Over is these options, and those of others where they say nothing.
func (o *Options) Over(others Options) Options {
	if o == nil {
		return others
	}
	return Options{
		Timeout: cmp.Or(o.Timeout, others.Timeout), Heartbeat: cmp.Or(o.Heartbeat, others.Heartbeat),
		Attempts: cmp.Or(o.Attempts, others.Attempts), TaskQueue: cmp.Or(o.TaskQueue, others.TaskQueue),
		Pause: cmp.Or(o.Pause, others.Pause), LongestPause: cmp.Or(o.LongestPause, others.LongestPause),
	}
}
