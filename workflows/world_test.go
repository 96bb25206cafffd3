package workflows_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"

	"novaflow/activities"
	"novaflow/internal/devcloud"
	"novaflow/saga/sagatest"
	"novaflow/workflows"
)

// cloudWorld is a development cloud as sagatest sees it, with the real
// activities.
type cloudWorld struct {
	*devcloud.Cloud
	clouds *activities.Clouds
	empty  []sagatest.Resource // what existed before anything was created for the test
}

func (w *cloudWorld) Register(env *testsuite.TestWorkflowEnvironment) {
	activities.Register(env, w.clouds)
	workflows.Register(env)
}

func (w *cloudWorld) Inventory() (things []sagatest.Resource) {
	for _, o := range w.Cloud.Inventory() {
		things = append(things, sagatest.Resource{Kind: o.Kind, ID: o.ID, State: o.Project + " " + o.Name + " " +
			o.Status + " " + o.Flavor + o.Use, Mark: o.Mark})
	}
	return things
}

// Heal ends whatever ails the cloud.
func (w *cloudWorld) Heal() { w.ClearFaults() }

// openWorld starts a development cloud. It always holds traps: resources of other
// projects, and resources whose names resemble those that flows ask for.
func openWorld(t testing.TB, o devcloud.Options) *cloudWorld {
	t.Helper()
	cloud, err := devcloud.Open(o)
	require.NoError(t, err)
	_, err = cloud.Start("127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() {
		seen.add(cloud.CallsBy())
		require.NoError(t, cloud.Close())
	})
	w := &cloudWorld{Cloud: cloud, clouds: activities.NewClouds(cloudsFile(t, cloud))}
	w.clouds.SetLookPause(15 * time.Millisecond) // three looks outlast the lag of lists
	w.empty = w.Inventory()
	return w
}

// run runs a workflow in the world, before the case begins.
func (w *cloudWorld) run(t testing.TB, workflow, input any) {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(quiet{})
	env := suite.NewTestWorkflowEnvironment()
	env.SetTestTimeout(time.Minute)
	bePatient(env)
	w.Register(env)
	env.ExecuteWorkflow(workflow, input)
	require.NoError(t, env.GetWorkflowError())
}

// cloudsFile writes the clouds.yaml of a development cloud.
func cloudsFile(t testing.TB, cloud *devcloud.Cloud) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "clouds.yaml")
	writeFile(t, file, cloud.CloudsYAML())
	return file
}

// quiet drops what the test environment logs.
type quiet struct{}

func (quiet) Debug(string, ...any) {}
func (quiet) Info(string, ...any)  {}
func (quiet) Warn(string, ...any)  {}
func (quiet) Error(string, ...any) {}

func writeFile(t testing.TB, file string, content []byte) {
	t.Helper()
	require.NoError(t, os.WriteFile(file, content, 0o600))
}
