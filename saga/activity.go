package saga

import (
	"bytes"
	"cmp"
	"encoding/json"
	"math"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"novaflow/saga/internal/graph"
)

const (
	defaultTimeout = 2 * time.Minute
	firstRetry     = time.Second
	longestPause   = 15 * time.Second // so that a cloud that is back is not kept waiting
	slowestRetry   = time.Minute      // of what can hardly succeed
)

// activityOptions translates the options of a task into the engine's.
func activityOptions(id, summary string, o Options) workflow.ActivityOptions {
	if o.Timeout == 0 {
		o.Timeout = defaultTimeout
	}
	if o.Attempts == 0 {
		o.Attempts = math.MaxInt32 // said aloud, because the test environment reads 0 as 10
	}
	return workflow.ActivityOptions{
		TaskQueue:           o.TaskQueue,
		ActivityID:          id,
		Summary:             summary,
		StartToCloseTimeout: o.Timeout,
		HeartbeatTimeout:    o.Heartbeat,
		WaitForCancellation: true, // undo may only start when the activity has really ended
		RetryPolicy: &temporal.RetryPolicy{
			InitialInterval:    cmp.Or(o.Pause, firstRetry),
			BackoffCoefficient: 2,
			MaximumInterval:    max(cmp.Or(o.LongestPause, longestPause), o.Pause),
			MaximumAttempts:    int32(o.Attempts),
		},
	}
}

// encodeResult waits for an activity and keeps its result as JSON.
func encodeResult[Out any](ctx workflow.Context, f workflow.Future) ([]byte, error) {
	var out Out
	if err := f.Get(ctx, &out); err != nil {
		return nil, err
	}
	return json.Marshal(out)
}

// decodesAs reports whether a result that a person gives is of the type that the
// task would have returned.
func decodesAs[Out any](result []byte) error {
	var out Out
	d := json.NewDecoder(bytes.NewReader(result))
	d.DisallowUnknownFields()
	return d.Decode(&out)
}

// factsOf reads the result of an effect.
func factsOf[Out any](result []byte) (f graph.Facts) {
	var out Out
	if len(result) == 0 || json.Unmarshal(result, &out) != nil {
		return graph.Facts{}
	}
	if thing, ok := any(out).(Identified); ok && thing.ResourceID() != "" {
		f.Resources = append(f.Resources, thing.ResourceID())
	}
	if things, ok := any(out).(Related); ok {
		f.Resources = append(f.Resources, things.ResourceIDs()...)
	}
	if answered, ok := any(out).(Requested); ok {
		f.Request = answered.RequestID()
	}
	return f
}
