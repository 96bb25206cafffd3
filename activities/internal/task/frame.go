package task

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"novaflow/activities/internal/cloud"
	"novaflow/saga"
)

// Options of the actions. The longest attempt of a wait is bounded here, the
// wait as a whole by the deadline of the run.
var (
	SubmitOptions = WithHeartbeat(saga.Options{Timeout: 2 * time.Minute})
	WaitOptions   = WithHeartbeat(saga.Options{Timeout: 15 * time.Minute})
	DeleteOptions = WaitOptions
	CheckOptions  = WithHeartbeat(saga.Options{Timeout: time.Minute, MaximumAttempts: 4})
	// they list every kind: any call may be the one that fails
	SurveyOptions = WithHeartbeat(saga.Options{Timeout: time.Minute, MaximumAttempts: 8})
)

// The engine pauses so long before it hands the activity of a dead worker to
// another one. An attempt that failed because of the cloud asks for longer ones:
// see pauseAfter.
const (
	deathPause        = 100 * time.Millisecond
	longestDeathPause = 400 * time.Millisecond
)

// WithHeartbeat completes options so that the death of a worker is noticed soon and
// costs little.
func WithHeartbeat(o saga.Options) saga.Options {
	o.HeartbeatTimeout, o.InitialInterval, o.MaximumInterval = HeartbeatTimeout, deathPause, longestDeathPause
	return o
}

// pauseAfter returns the pause after an attempt that failed because of the cloud. It is
// a second and doubles with each attempt, and is short enough that a cloud which is back
// is noticed soon. Options of a task do not change it.
func pauseAfter(attempt int32) time.Duration {
	const first, longest = time.Second, 15 * time.Second
	return min(first<<min(attempt-1, 4), longest)
}

// conflictAttempts is how often an activity tries against a conflict before it
// gives up. A conflict may be the echo of our own request whose answer was lost.
const conflictAttempts = 8

// Forward runs the body of an activity that goes forward.
func Forward[T any](ctx context.Context, clouds *cloud.Clouds, name string,
	body func(context.Context, *cloud.Client) (T, error)) (T, error) {
	out, err := runFramed(ctx, clouds, name, body)
	return out, ReportError(ctx, clouds, name, err, func(c cloud.Class, attempt int32) bool {
		return c == cloud.Terminal || c == cloud.Quota || c == cloud.Gone ||
			c == cloud.Conflict && attempt >= conflictAttempts
	})
}

// Backward runs the body of an activity that deletes or reverts something. No error of
// it ends the attempts, as a person may repair the cause.
func Backward(ctx context.Context, clouds *cloud.Clouds, name string,
	body func(context.Context, *cloud.Client) error) error {
	_, err := runFramed(ctx, clouds, name,
		func(ctx context.Context, c *cloud.Client) (struct{}, error) { return struct{}{}, body(ctx, c) })
	return ReportError(ctx, clouds, name, err, func(cloud.Class, int32) bool { return false })
}

func runFramed[T any](ctx context.Context, clouds *cloud.Clouds, name string,
	body func(context.Context, *cloud.Client) (T, error)) (T, error) {
	ctx, stop := StartHeartbeat(cloud.TraceRequests(ctx))
	defer stop()
	c, err := clouds.Open(ctx, name)
	if err != nil {
		return *new(T), err
	}
	out, err := body(ctx, c)
	cloud.RecordRequest(ctx, &out)
	return out, err
}

// ReportError turns an error into the application error that the engine records.
func ReportError(ctx context.Context, clouds *cloud.Clouds, name string, err error,
	final func(cloud.Class, int32) bool) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var e *cloud.Error
	if !errors.As(err, &e) {
		e = &cloud.Error{Class: cloud.Transient, Message: cloud.Shorten(err.Error())}
	}
	if e.Refused {
		clouds.Forget(name)
	}
	attempt := activity.GetInfo(ctx).Attempt
	return temporal.NewApplicationErrorWithOptions(e.Message, cmp.Or(e.Type, string(e.Class)),
		temporal.ApplicationErrorOptions{
			NonRetryable:   final(e.Class, attempt),
			NextRetryDelay: cmp.Or(e.After, pauseAfter(attempt)),
		})
}

// MinRequestTime is how much time an attempt must have left to create something.
const MinRequestTime = 20 * time.Second

// Uninterrupted returns a context for a request that creates something. Cancelling the
// activity must not cut that request: an undo that starts while the cloud is still at
// work would find nothing to delete. For the same reason the request ends with the
// attempt, before the next one looks. It is not begun with so little time left that it
// would probably be cut, nor by an attempt that may be over.
func Uninterrupted(ctx context.Context) (context.Context, context.CancelFunc, error) {
	if err := CheckStillOurs(ctx); err != nil {
		return nil, nil, err
	}
	limit := cloud.RequestTimeout
	if end, ok := ctx.Deadline(); ok {
		limit = min(limit, time.Until(end))
	}
	if limit < MinRequestTime {
		return nil, nil, &cloud.Error{Class: cloud.Transient,
			Message: fmt.Sprintf("only %s of this attempt are left, too few to change anything: the next one will",
				limit.Round(time.Second))}
	}
	out, cancel := context.WithTimeout(context.WithoutCancel(ctx), limit)
	return out, cancel, nil
}
