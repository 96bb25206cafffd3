package saga

import (
	"context"

	"go.temporal.io/sdk/activity"
)

// Progress is how far an activity is. It is the detail of the activity's
// heartbeats, which the Web UI and "temporal workflow describe" show.
type Progress struct {
	Percent int    `json:"percent"` // 0 to 100
	Message string `json:"message,omitempty"`
}

// Report sends a heartbeat with the activity's progress. A later attempt can
// read the last one with activity.GetHeartbeatDetails.
func Report(ctx context.Context, percent int, message string) {
	activity.RecordHeartbeat(ctx, Progress{Percent: min(max(percent, 0), 100), Message: message})
}
