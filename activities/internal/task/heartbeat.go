package task

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"go.temporal.io/sdk/activity"

	"novaflow/activities/internal/cloud"
	"novaflow/saga"
)

// HeartbeatTimeout is the longest silence of a live activity: after it, the
// engine gives the activity to another worker. It is short, because it is most of
// the time that work stands still when a worker dies. A worker that is only slow
// loses its activity too; that is harmless, see CheckStillOurs.
//
// The SDK holds heartbeats back for four fifths of the timeout unless the worker
// says less in its options; say HeartbeatThrottle.
const HeartbeatTimeout = 1500 * time.Millisecond

// HeartbeatThrottle is the worker.Options.MaxHeartbeatThrottleInterval with
// which every heartbeat of this package is sent when it is due.
const HeartbeatThrottle = HeartbeatTimeout / 4

const (
	HeartbeatInterval = HeartbeatTimeout / 3

	// answeredWithin distinguishes a heartbeat that the engine has got from one that it
	// has not: the SDK does not say, but goes on trying for a second.
	answeredWithin = HeartbeatTimeout / 2

	// staleAfter is when an attempt must take itself for lost. It leaves the
	// request that follows a little time before another worker may begin.
	staleAfter = 2 * HeartbeatTimeout / 3
)

// pulse holds what the activity says in its next heartbeat.
type pulse struct {
	words     atomic.Value  // of said
	first     chan struct{} // has an element once something is said
	confirmed atomic.Int64  // when the engine surely knew of us, as time since begun
	begun     time.Time
}

// said is what a heartbeat carries: a text, or a saga.Progress.
type said struct{ detail any }

type pulseKey struct{}

// StartHeartbeat sends several heartbeats within the timeout until stop is called,
// the first as soon as there is something to say: the SDK holds back those that
// follow too soon. Cancellation of the activity arrives with the answer to a
// heartbeat, so this also bounds how long it goes unnoticed. It does not end the
// heartbeats: a request that creates something is not cut (see Uninterrupted), and
// an engine without heartbeats would begin the undo while it is under way.
func StartHeartbeat(ctx context.Context) (beating context.Context, stop func()) {
	p := &pulse{first: make(chan struct{}, 1), begun: time.Now()}
	p.words.Store(said{""})
	quit, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(HeartbeatInterval)
		defer tick.Stop()
		for {
			select {
			case <-p.first:
			case <-tick.C:
			case <-quit:
				return
			}
			p.beat(context.WithoutCancel(ctx))
		}
	}()
	beating, cancel := context.WithCancel(context.WithValue(ctx, pulseKey{}, p))
	return beating, func() { cancel(); close(quit); <-ended }
}

// beat sends a heartbeat.
func (p *pulse) beat(ctx context.Context) {
	sent := time.Since(p.begun)
	activity.RecordHeartbeat(ctx, p.words.Load().(said).detail)
	if time.Since(p.begun)-sent < answeredWithin {
		p.confirmed.Store(int64(sent))
	}
}

// CheckStillOurs fails if the engine may have given the activity to another worker
// meanwhile: this process was stopped, or starved, or cut off from the engine. It
// is asked right before a request that creates something. Without it, an attempt
// that has seen that the resource does not exist, and then slept while another one
// created it, would wake up and create a twin.
func CheckStillOurs(ctx context.Context) error {
	p, ok := ctx.Value(pulseKey{}).(*pulse)
	if !ok {
		return nil
	}
	if silent := time.Since(p.begun) - time.Duration(p.confirmed.Load()); silent > staleAfter {
		return &cloud.Error{Class: cloud.Transient, After: deathPause,
			Message: fmt.Sprintf("nothing was changed: this worker was silent for %s, "+
				"so another one may have taken over", silent.Round(time.Millisecond))}
	}
	return nil
}

// Say sets what the heartbeats show people, such as what is waited for.
func Say(ctx context.Context, words string) { setDetail(ctx, words) }

// SayProgress is like Say for work of which a known part is done.
func SayProgress(ctx context.Context, percent int, words string) {
	setDetail(ctx, saga.Progress{Percent: percent, Message: words})
}

func setDetail(ctx context.Context, detail any) {
	if p, ok := ctx.Value(pulseKey{}).(*pulse); ok && p.words.Swap(said{detail}) == (said{""}) {
		p.first <- struct{}{}
	}
}

// DescribeWait returns the text of a heartbeat for something that is waited for.
func DescribeWait(name, status string, begun time.Time) string {
	return fmt.Sprintf("%s: %s, %d s", name, status, int(time.Since(begun).Seconds()))
}

// Sleep waits, or returns early with the error of the context.
func Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
