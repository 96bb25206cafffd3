package activities

import (
	"context"
	"sync/atomic"
	"time"

	"go.temporal.io/sdk/activity"
)

// HeartbeatTimeout is the longest silence of a live activity: after it, the
// engine gives the activity to another worker.
const HeartbeatTimeout = 5 * time.Second

// pulse holds what the activity says in its next heartbeat.
type pulse struct {
	words atomic.Value
	first chan struct{} // has an element once something is said
}

type pulseKey struct{}

// heartbeat sends several heartbeats within the timeout until stop is called,
// the first as soon as there is something to say: the SDK holds back those that
// follow too soon. Cancellation of the activity arrives with the answer to a
// heartbeat, so this also bounds how long it goes unnoticed. It does not end the
// heartbeats: a request that makes something is not cut (see uninterrupted), and
// an engine that hears nothing would begin the undo while it is under way.
func heartbeat(ctx context.Context) (beating context.Context, stop func()) {
	p := &pulse{first: make(chan struct{}, 1)}
	p.words.Store("")
	quit, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(HeartbeatTimeout / 5)
		defer tick.Stop()
		for {
			select {
			case <-p.first:
			case <-tick.C:
			case <-quit:
				return
			}
			activity.RecordHeartbeat(context.WithoutCancel(ctx), p.words.Load())
		}
	}()
	beating, cancel := context.WithCancel(context.WithValue(ctx, pulseKey{}, p))
	return beating, func() { cancel(); close(quit); <-ended }
}

// say sets what the heartbeats tell people, such as what is waited for.
func say(ctx context.Context, words string) {
	if p, ok := ctx.Value(pulseKey{}).(*pulse); ok && p.words.Swap(words) == "" {
		p.first <- struct{}{}
	}
}
