package task_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/testsuite"

	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/cloudtest"
	"novaflow/activities/internal/task"
	"novaflow/activities/neutron"
	"novaflow/internal/devcloud"
)

// TestAnAttemptThatSleptMakesNothing: the attempt looks and finds nothing, then its
// machine stands still. Meanwhile another worker has created the resource. Going on would
// create a twin.
func TestAnAttemptThatSleptMakesNothing(t *testing.T) {
	dir := cloudtest.NoClouds(t)
	dev, err := devcloud.Open(devcloud.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { _ = dev.Close() })
	_, err = dev.Start("127.0.0.1:0")
	require.NoError(t, err)
	clouds := cloud.NewClouds(cloudtest.WriteFile(t, filepath.Join(dir, "devcloud.yaml"), string(dev.CloudsYAML())))
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestActivityEnvironment()
	posts := 0
	slept := func(ctx context.Context) error {
		ctx, stop := task.StartHeartbeat(ctx)
		defer stop()
		c, err := clouds.Open(ctx, "devcloud")
		if err != nil {
			return err
		}
		task.Silence(ctx)
		_, err = neutron.Ports.Ensure(ctx, c, "create a port", "novaflow:slept/port#1",
			func(context.Context) (neutron.Port, error) {
				posts++
				return neutron.Port{}, nil
			})
		return err
	}
	env.RegisterActivityWithOptions(slept, activity.RegisterOptions{Name: "slept"})
	_, err = env.ExecuteActivity("slept")
	require.ErrorContains(t, err, "this worker was silent for")
	require.Zero(t, posts)
}
