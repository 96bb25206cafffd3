package stage

import (
	"testing"

	enumspb "go.temporal.io/api/enums/v1"
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

// closed reports whether history says that an activity was scheduled: one that
// was and is not pending has ended.
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
