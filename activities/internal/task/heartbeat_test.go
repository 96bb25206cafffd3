package task

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
)

// TestHeartbeatsOutliveCancellation: a create that is under way is not cut by a
// cancellation. If its heartbeats ended, the engine would take the activity for
// dead and begin the undo before the resource exists.
func TestHeartbeatsOutliveCancellation(t *testing.T) {
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestActivityEnvironment()
	var sent atomic.Int32
	env.SetWorkerOptions(worker.Options{Interceptors: []interceptor.WorkerInterceptor{&heartbeatCounter{sent: &sent}}})
	cancelled := func(ctx context.Context) error {
		ctx, cancel := context.WithCancel(ctx)
		_, stop := StartHeartbeat(ctx)
		defer stop()
		cancel()
		require.Eventually(t, func() bool { return sent.Load() > 1 }, 2*HeartbeatTimeout, HeartbeatTimeout/50)
		return nil
	}
	env.RegisterActivityWithOptions(cancelled, activity.RegisterOptions{Name: "cancelled"})
	_, err := env.ExecuteActivity("cancelled")
	require.NoError(t, err)
}

// TestPausesOfTheCloudAreNotThoseOfDeaths: a cloud that refuses is asked again
// after a second and more, the activity of a dead worker is begun again at once.
func TestPausesOfTheCloudAreNotThoseOfDeaths(t *testing.T) {
	require.Equal(t, time.Second, pauseAfter(1))
	require.Equal(t, 8*time.Second, pauseAfter(4))
	require.Equal(t, 15*time.Second, pauseAfter(1000))
	require.Less(t, HeartbeatTimeout+longestDeathPause, 2*time.Second, "until another worker goes on")
	require.Less(t, HeartbeatThrottle, HeartbeatInterval, "or the SDK holds heartbeats back")
}

// heartbeatCounter counts heartbeats whose context lets them be sent.
type heartbeatCounter struct {
	interceptor.WorkerInterceptorBase
	sent *atomic.Int32
}

func (h *heartbeatCounter) InterceptActivity(_ context.Context,
	next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	i := &countedActivity{sent: h.sent}
	i.Next = next
	return i
}

type countedActivity struct {
	interceptor.ActivityInboundInterceptorBase
	sent *atomic.Int32
}

func (i *countedActivity) Init(next interceptor.ActivityOutboundInterceptor) error {
	o := &countedHeartbeats{sent: i.sent}
	o.Next = next
	return i.Next.Init(o)
}

type countedHeartbeats struct {
	interceptor.ActivityOutboundInterceptorBase
	sent *atomic.Int32
}

func (o *countedHeartbeats) RecordHeartbeat(ctx context.Context, _ ...any) {
	if ctx.Err() == nil {
		o.sent.Add(1)
	}
}
