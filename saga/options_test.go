package saga_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"

	"novaflow/saga"
)

// A task that only special workers can do must not go to the run's own queue.
func TestATaskRunsOnItsOwnQueueAndWithItsOwnPauses(t *testing.T) {
	p := newPlay(t)
	p.faults["make a"] = fault{times: 3, retryable: true}
	var queue string
	p.env.SetOnActivityStartedListener(func(info *activity.Info, _ context.Context, _ converter.EncodedValues) { queue = info.TaskQueue })
	l := p.commits(func() (*saga.Flow, saga.Ref[thing]) {
		f := saga.NewFlow("elsewhere")
		return f, saga.Add(f, "a", makes, saga.Value(thing{Name: "a"}),
			saga.RunWith(saga.Options{TaskQueue: "gpu", InitialInterval: 10 * time.Second,
				MaximumInterval: 15 * time.Second}))
	})
	require.Equal(t, "gpu", queue)
	require.Equal(t, 40*time.Second, l.Entry("a").Ended.Sub(l.Entry("a").Started).Round(time.Second),
		"10 s, then 15 s twice")
}

func TestAnActivityReportsItsProgress(t *testing.T) {
	p := newPlay(t)
	var seen saga.Progress
	p.env.SetOnActivityHeartbeatListener(func(_ *activity.Info, details converter.EncodedValues) {
		require.NoError(t, details.Get(&seen))
	})
	p.commits(func() (*saga.Flow, saga.Ref[thing]) {
		f := saga.NewFlow("progress")
		return f, saga.Add(f, "copy", saga.Read(worldOf.Copy), saga.Value(thing{Name: "copy"}))
	})
	require.Equal(t, saga.Progress{Percent: 100, Message: "copied"}, seen)
}
