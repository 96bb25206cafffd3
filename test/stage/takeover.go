package stage

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflow/v1"
)

const (
	sampled      = 20                     // runs looked at after each death
	lookEvery    = 500 * time.Millisecond // the engine keeps the exact time
	takeoverSpan = 5 * time.Minute        // then the engine is not asked any more
)

// Takeovers measures how long it takes from the death of a worker until another
// one has begun again what it was doing.
type Takeovers struct {
	Stage *Stage

	work  sync.WaitGroup
	mu    sync.Mutex
	first []time.Duration // of first attempts
	later []time.Duration // of those that had failed before: the engine pauses longer
	lost  int             // cancelled, not begun again within takeoverSpan, or too short to be seen
}

// orphan is an activity that a dead worker had begun.
type orphan struct {
	run      *Created
	activity string
	attempt  int32
}

// After looks for the activities of some runs that a dead worker had begun.
func (k *Takeovers) After(ctx context.Context, d Death, live []*Created) {
	for _, c := range live[:min(sampled, len(live))] {
		k.work.Go(func() {
			for _, p := range k.pending(ctx, c) {
				if p.GetState() == enumspb.PENDING_ACTIVITY_STATE_STARTED && strings.HasPrefix(p.GetLastWorkerIdentity(), fmt.Sprintf("%d@", d.PID)) {
					k.work.Go(func() { k.measure(ctx, d, orphan{c, p.GetActivityId(), p.GetAttempt()}) })
				}
			}
		})
	}
}

// measure waits for the next attempt and notes when it began.
func (k *Takeovers) measure(ctx context.Context, d Death, o orphan) {
	ctx, cancel := context.WithTimeout(ctx, takeoverSpan)
	defer cancel()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for open := true; open; {
		select {
		case <-ctx.Done():
			open = false
		case <-tick.C:
			var began time.Time
			if began, open = k.begunAgain(ctx, o); !began.IsZero() {
				k.note(o, began.Sub(d.At))
				return
			}
		}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.lost++
}

// begunAgain finds when the attempt after the orphaned one began. The time is zero if it
// has not begun, or if history no longer knows. open says whether it still may begin.
func (k *Takeovers) begunAgain(ctx context.Context, o orphan) (at time.Time, open bool) {
	for _, p := range k.pending(ctx, o.run) {
		switch next := o.attempt + 1; {
		case p.GetActivityId() != o.activity:
		case p.GetAttempt() == next && p.GetState() == enumspb.PENDING_ACTIVITY_STATE_STARTED:
			return p.GetLastStartedTime().AsTime(), false
		default:
			return time.Time{}, p.GetAttempt() <= next
		}
	}
	return k.inHistory(ctx, o), false
}

// inHistory finds the attempt if it was the activity's last.
func (k *Takeovers) inHistory(ctx context.Context, o orphan) time.Time {
	var scheduled int64
	events := k.Stage.GetWorkflowHistory(ctx, o.run.GetID(), o.run.GetRunID(), false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		e, err := events.Next()
		if err != nil {
			return time.Time{}
		}
		if e.GetActivityTaskScheduledEventAttributes().GetActivityId() == o.activity {
			scheduled = e.GetEventId()
		}
		if a := e.GetActivityTaskStartedEventAttributes(); a != nil && a.GetScheduledEventId() == scheduled && a.GetAttempt() == o.attempt+1 {
			return e.GetEventTime().AsTime()
		}
	}
	return time.Time{}
}

func (k *Takeovers) pending(ctx context.Context, c *Created) []*workflow.PendingActivityInfo {
	d, err := k.Stage.DescribeWorkflowExecution(ctx, c.GetID(), c.GetRunID())
	if err != nil {
		return nil
	}
	return d.GetPendingActivities()
}

func (k *Takeovers) note(o orphan, took time.Duration) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if o.attempt == 1 {
		k.first = append(k.first, took)
	} else {
		k.later = append(k.later, took)
	}
}

// String waits for what is being measured and sums it up.
func (k *Takeovers) String() string {
	k.work.Wait()
	return fmt.Sprintf("first attempts: %s; later attempts: %s; lost from sight: %d", spread(k.first), spread(k.later), k.lost)
}

// spread returns the median and the worst.
func spread(took []time.Duration) string {
	if len(took) == 0 {
		return "none seen"
	}
	slices.Sort(took)
	round := func(d time.Duration) time.Duration { return d.Round(10 * time.Millisecond) }
	return fmt.Sprintf("median %s, worst %s of %d", round(took[len(took)/2]), round(took[len(took)-1]), len(took))
}
