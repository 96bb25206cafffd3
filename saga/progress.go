package saga

import (
	"context"

	"go.temporal.io/sdk/activity"
)

// Report sends a heartbeat with the activity's progress. A later attempt can
// read the last one with activity.GetHeartbeatDetails.
func Report(ctx context.Context, percent int, message string) {
	activity.RecordHeartbeat(ctx, Progress{Percent: min(max(percent, 0), 100), Message: message})
}
