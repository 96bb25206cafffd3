package task

import "context"

// Silence makes an attempt look as if its heartbeats had not got through for long.
func Silence(ctx context.Context) {
	ctx.Value(pulseKey{}).(*pulse).confirmed.Store(int64(-HeartbeatTimeout))
}
