package workerhost

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
)

// during runs an activity under the handover, with a worker that is stopping.
func during(t *testing.T, grace time.Duration, body func(context.Context) (string, error)) (string, error) {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestActivityEnvironment()
	stopping := make(chan struct{})
	close(stopping)
	env.SetWorkerStopChannel(stopping)
	env.SetWorkerOptions(worker.Options{Interceptors: []interceptor.WorkerInterceptor{&handover{grace: grace}}})
	env.RegisterActivityWithOptions(body, activity.RegisterOptions{Name: "body"})
	value, err := env.ExecuteActivity("body")
	if err != nil {
		return "", err
	}
	var text string
	require.NoError(t, value.Get(&text))
	return text, nil
}

// A worker that stops while an activity waits must give it back at once and
// retryably: nobody else would go on before the heartbeat times out.
func TestStoppingWorkerGivesWaitsBack(t *testing.T) {
	_, err := during(t, time.Millisecond, func(ctx context.Context) (string, error) {
		<-ctx.Done()
		return "", ctx.Err()
	})
	var app *temporal.ApplicationError
	require.ErrorAs(t, err, &app)
	require.Equal(t, "WorkerStopped", app.Type())
	require.False(t, app.NonRetryable())
	require.Equal(t, time.Millisecond, app.NextRetryDelay())
}

// An effect that was reached during the grace time must not be thrown away.
func TestStoppingWorkerKeepsResults(t *testing.T) {
	got, err := during(t, time.Millisecond, func(ctx context.Context) (string, error) {
		<-ctx.Done()
		return "made", nil
	})
	require.NoError(t, err)
	require.Equal(t, "made", got)
}

// A refusal of the cloud is final, whether or not the worker is stopping.
func TestStoppingWorkerKeepsFailures(t *testing.T) {
	_, err := during(t, time.Hour, func(context.Context) (string, error) {
		return "", temporal.NewNonRetryableApplicationError("no quota", "Quota", nil)
	})
	require.ErrorContains(t, err, "no quota")
}
