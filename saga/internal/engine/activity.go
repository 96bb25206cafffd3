package engine

import (
	"cmp"
	"math"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"novaflow/saga/ledger"
)

const (
	defaultTimeout = 2 * time.Minute
	FirstRetry     = time.Second
	longestPause   = 15 * time.Second // so that a cloud that is back is not kept waiting
	SlowestRetry   = time.Minute      // of what can hardly succeed
)

// ActivityOptions translates the options of a task into the engine's.
func ActivityOptions(id, summary string, o ledger.Options) workflow.ActivityOptions {
	if o.Timeout == 0 {
		o.Timeout = defaultTimeout
	}
	if o.MaximumAttempts == 0 {
		o.MaximumAttempts = math.MaxInt32 // said aloud, because the test environment reads 0 as 10
	}
	return workflow.ActivityOptions{
		TaskQueue:           o.TaskQueue,
		ActivityID:          id,
		Summary:             summary,
		StartToCloseTimeout: o.Timeout,
		HeartbeatTimeout:    o.HeartbeatTimeout,
		WaitForCancellation: true, // undo may only start when the activity has really ended
		RetryPolicy: &temporal.RetryPolicy{
			InitialInterval:    cmp.Or(o.InitialInterval, FirstRetry),
			BackoffCoefficient: 2,
			MaximumInterval:    max(cmp.Or(o.MaximumInterval, longestPause), o.InitialInterval),
			MaximumAttempts:    int32(o.MaximumAttempts),
		},
	}
}
