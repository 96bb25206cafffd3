package workflows_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"

	"novaflow/activities"
	"novaflow/internal/devcloud"
	"novaflow/saga"
	"novaflow/workflows"
)

// wholeServer asks for everything that ServerCreate can make.
var wholeServer = workflows.ServerSpec{
	Cloud: "devcloud", Name: "web-1", Image: "tiny", Flavor: "m1.nano",
	Ports:      []workflows.PortSpec{{Network: "private"}, {Network: "private"}},
	BootVolume: 1,
	Volumes:    []workflows.VolumeSpec{{Size: 1}, {Size: 2}},
	FloatingIP: "public",
	Ingress:    []workflows.Rule{{Protocol: "tcp", Port: 22}, {Protocol: "icmp", From: "10.0.0.0/8"}},
}

// leaksNothing lists the mishaps after which the run must have taken everything
// back; after the others it must have committed, with nothing made twice.
var (
	leaksNothing = []mishap{failsBefore, failsAfter, undoFails}
	makesOnce    = []mishap{losesAnswer, repeated}
)

// TestServerCreateLeavesNothingOrExactlyItself tries every mishap at every task.
// The tasks come from a recorded run, so that a new task cannot be forgotten,
// and every run must fail where the mishap was (compare omicron issue 3894,
// where a test of this kind never got past the first task).
func TestServerCreateLeavesNothingOrExactlyItself(t *testing.T) {
	happy := create(t, openCloud(t), nothing, "")
	require.NoError(t, happy.err)
	points := happy.injector.seen
	require.NotEmpty(t, points)
	exercised := 0
	for _, what := range slices.Concat(leaksNothing, makesOnce) {
		for _, point := range points {
			exercised++
			t.Run(point+" "+string(what), func(t *testing.T) {
				t.Parallel()
				cloud := openCloud(t)
				before := cloud.Inventory()
				got := create(t, cloud, what, point)
				require.NotZero(t, got.injector.hits, "the mishap must have happened")
				if slices.Contains(makesOnce, what) {
					requireWhole(t, happy, got, cloud)
					return
				}
				requireReverted(t, got, point)
				require.Equal(t, before, cloud.Inventory(), "residue")
				require.NoError(t, create(t, cloud, nothing, "").err, "the same request must be able to succeed now")
			})
		}
	}
	require.Equal(t, len(points)*5, exercised)
	t.Logf("%d tasks, %d cases", len(points), exercised)
}

// requireReverted fails unless the run failed at the point, and nowhere else.
func requireReverted(t *testing.T, got outcome, point string) {
	t.Helper()
	var app *temporal.ApplicationError
	require.ErrorAs(t, got.err, &app)
	var detail saga.Reverted
	require.NoError(t, app.Details(&detail))
	require.Equal(t, point, detail.Task)
	require.Equal(t, injectedText, detail.Cause)
	require.Equal(t, saga.RunReverted, got.ledger.State)
}

// requireWhole fails unless the cloud holds each part of the server once.
func requireWhole(t *testing.T, happy, got outcome, cloud *devcloud.Cloud) {
	t.Helper()
	require.NoError(t, got.err)
	require.Equal(t, happy.kinds, countKinds(cloud.Inventory()))
	require.Equal(t, "ACTIVE", got.server.Status)
	require.Len(t, got.server.Ports, 2)
	require.Len(t, got.server.Volumes, 2)
	require.NotEmpty(t, got.server.FloatingIP)
}

func TestServerDeleteRemovesWhatCreateMadeAndNothingElse(t *testing.T) {
	cloud := openCloud(t)
	before := cloud.Inventory()
	require.NoError(t, create(t, cloud, nothing, "").err)
	env := newEnv(t, cloud, &injector{})
	env.ExecuteWorkflow(workflows.ServerDelete, workflows.DeleteSpec{Cloud: "devcloud", Server: "web-1"})
	require.NoError(t, env.GetWorkflowError())
	require.Equal(t, before, cloud.Inventory())
	var deleted workflows.Deleted
	require.NoError(t, env.GetWorkflowResult(&deleted))
	require.Len(t, deleted.Removed, 8, "floating IP, server, 3 volumes, 2 ports, security group: %v", deleted.Removed)
}

// A delete that finds a part gone, or whose answer is lost, goes on.
func TestServerDeleteGoesOnWhateverHappens(t *testing.T) {
	cloud := openCloud(t)
	require.NoError(t, create(t, cloud, nothing, "").err)
	record := &injector{}
	env := newEnv(t, cloud, record)
	env.ExecuteWorkflow(workflows.ServerDelete, workflows.DeleteSpec{Cloud: "devcloud", Server: "web-1"})
	require.NoError(t, env.GetWorkflowError())
	for _, what := range []mishap{failsBefore, failsAfter, losesAnswer, repeated} {
		for _, point := range record.seen[1:] { // all but the look-up
			t.Run(point+" "+string(what), func(t *testing.T) {
				t.Parallel()
				cloud := openCloud(t)
				before := cloud.Inventory()
				require.NoError(t, create(t, cloud, nothing, "").err)
				inject := &injector{what: what, point: point}
				env := newEnv(t, cloud, inject)
				env.ExecuteWorkflow(workflows.ServerDelete, workflows.DeleteSpec{Cloud: "devcloud", Server: "web-1"})
				require.NoError(t, env.GetWorkflowError())
				require.NotZero(t, inject.hits)
				require.Equal(t, before, cloud.Inventory())
			})
		}
	}
}

// outcome is what became of one ServerCreate.
type outcome struct {
	injector *injector
	server   workflows.Server
	err      error
	ledger   saga.Ledger
	kinds    map[string]int
}

func create(t *testing.T, cloud *devcloud.Cloud, what mishap, point string) outcome {
	t.Helper()
	got := outcome{injector: &injector{what: what, point: point}}
	env := newEnv(t, cloud, got.injector)
	env.ExecuteWorkflow(workflows.ServerCreate, wholeServer)
	if got.err = env.GetWorkflowError(); got.err == nil {
		require.NoError(t, env.GetWorkflowResult(&got.server))
	}
	answer, err := env.QueryWorkflow(saga.LedgerQuery)
	require.NoError(t, err)
	require.NoError(t, answer.Get(&got.ledger))
	got.kinds = countKinds(cloud.Inventory())
	return got
}

func countKinds(inventory []devcloud.Object) map[string]int {
	kinds := map[string]int{}
	for _, o := range inventory {
		kinds[o.Kind]++
	}
	return kinds
}

// openCloud starts a development cloud that builds at once.
func openCloud(t *testing.T) *devcloud.Cloud {
	t.Helper()
	cloud, err := devcloud.Open(devcloud.Options{})
	require.NoError(t, err)
	_, err = cloud.Start("127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, cloud.Close()) })
	return cloud
}

// newEnv is a test environment with the real activities on the cloud.
func newEnv(t *testing.T, cloud *devcloud.Cloud, inject *injector) *testsuite.TestWorkflowEnvironment {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(quiet{})
	env := suite.NewTestWorkflowEnvironment()
	env.SetTestTimeout(2 * time.Minute)
	env.SetWorkerOptions(worker.Options{Interceptors: []interceptor.WorkerInterceptor{inject}})
	activities.Register(env, activities.NewClouds(cloudsFile(t, cloud)))
	workflows.Register(env)
	return env
}
