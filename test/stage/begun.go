package stage

import (
	"slices"
	"strings"
	"testing"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflow/v1"
)

// Begun reports whether a worker has taken an activity up. It asks the engine
// and not the run, because the run's worker may be dead.
func (s *Stage) Begun(t testing.TB, workflow, run, activity string) bool {
	t.Helper()
	d, err := s.DescribeWorkflowExecution(t.Context(), workflow, run)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range d.GetPendingActivities() {
		if p.GetActivityId() == activity {
			return p.GetState() == enumspb.PENDING_ACTIVITY_STATE_STARTED
		}
	}
	return s.closed(t, workflow, run, activity)
}

// closed reports whether history says that an activity was scheduled. An activity that
// was scheduled and is not pending has ended.
func (s *Stage) closed(t testing.TB, workflow, run, activity string) bool {
	t.Helper()
	events := s.GetWorkflowHistory(t.Context(), workflow, run, false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		e, err := events.Next()
		if err != nil {
			t.Fatal(err)
		}
		if e.GetActivityTaskScheduledEventAttributes().GetActivityId() == activity {
			return true
		}
	}
	return false
}

// AnyBegun reports whether a worker is at work on an activity of a run whose id has the
// prefix. If the engine does not answer, there is none.
func (s *Stage) AnyBegun(t testing.TB, live []*Created, prefix string) bool {
	t.Helper()
	return slices.ContainsFunc(live, func(c *Created) bool {
		d, err := s.DescribeWorkflowExecution(t.Context(), c.GetID(), c.GetRunID())
		return err == nil && slices.ContainsFunc(d.GetPendingActivities(), func(p *workflow.PendingActivityInfo) bool {
			return p.GetState() == enumspb.PENDING_ACTIVITY_STATE_STARTED && strings.HasPrefix(p.GetActivityId(), prefix)
		})
	})
}
