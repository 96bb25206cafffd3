package workflows_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"novaflow/internal/devcloud"
	"novaflow/saga/sagatest"
	"novaflow/workflows/server"
	"novaflow/workflows/spec"
)

var (
	devcloudAdmin = spec.RunOptions{Cloud: "devcloud-admin"}
	resizeServer  = server.ResizeSpec{RunOptions: devcloudRun, Server: theServer.Name, Flavors: []string{"m1.small"}}
	resizeBack    = server.ResizeSpec{RunOptions: devcloudRun, Server: theServer.Name, Flavors: []string{theServer.Flavor}}
	migrateServer = server.MigrateSpec{RunOptions: devcloudAdmin, Server: theServer.Name}
	liveMigrate   = server.MigrateSpec{RunOptions: devcloudAdmin, Server: theServer.Name, Live: true}
	rebuildServer = server.RebuildSpec{RunOptions: devcloudRun, Server: theServer.Name, Image: "tiny"}
)

// noMoves is a cloud in which nova accepts moves and does not carry them out.
var noMoves = trouble{name: "no valid host for a move", refuses: true, faults: []devcloud.Fault{
	{Service: "nova", Method: "POST", Path: "/action$", Action: "error", Text: "No valid host was found."}}}

func resized(result sagatest.Result, flavor string, otherHost bool) error {
	var r server.Resized
	if err := result(&r); err != nil {
		return err
	}
	if r.Status != "ACTIVE" || r.Flavor != flavor || otherHost && (r.Host == "" || r.Host == r.From) {
		return fmt.Errorf("the server is not as asked for: %+v", r)
	}
	return nil
}

// A server has the new flavor, confirmed, or the old one in the old state, whatever
// happens to which task: nothing may wait to be confirmed for ever.
func TestServerResizeIsConfirmedOrReverted(t *testing.T) {
	t.Parallel()
	starts := worlds(append([]trouble{noMoves}, troubles...), perTrouble, withServer())
	starts[0].Sample = 3 * perVerb
	requireAll(t, sagatest.Prove(t, sagatest.Flow{
		Workflow: server.Resize.Workflow, Input: resizeServer, Pairs: pairs,
		Inverse: func(sagatest.Result) (any, any) { return server.Resize.Workflow, resizeBack },
		Check:   func(_ sagatest.World, result sagatest.Result) error { return resized(result, "m1.small", false) },
	}, starts...), 6)
}

func TestServerMigrateIsConfirmedOrReverted(t *testing.T) {
	t.Parallel()
	starts := worlds([]trouble{noMoves, troubles[0]}, perTrouble, withServer())
	starts[0].Sample = 2 * perVerb
	requireAll(t, sagatest.Prove(t, sagatest.Flow{
		Workflow: server.Migrate.Workflow, Input: migrateServer, Pairs: -1,
		Inverse: func(sagatest.Result) (any, any) { return server.Migrate.Workflow, migrateServer },
		Check:   func(_ sagatest.World, result sagatest.Result) error { return resized(result, theServer.Flavor, true) },
	}, starts...), 7)
}

// A server that moves while it runs arrives, or the move is aborted; it never stays
// on its way.
func TestServerMigrateLiveArrivesOrIsAborted(t *testing.T) {
	t.Parallel()
	starts := worlds([]trouble{noMoves, troubles[0]}, perTrouble, withServer())
	starts[0].Sample = 2 * perVerb
	requireAll(t, sagatest.Prove(t, sagatest.Flow{
		Workflow: server.Migrate.Workflow, Input: liveMigrate, Pairs: -1,
		Inverse: func(sagatest.Result) (any, any) { return server.Migrate.Workflow, liveMigrate },
		Check:   func(_ sagatest.World, result sagatest.Result) error { return resized(result, theServer.Flavor, true) },
	}, starts...), 4)
}

// The owner of a server asks for runs under another name of the cloud than the
// administrator who moves it: what that one alone holds does not keep them away.
func TestServerMigrateLocksUnderTheNamesThatTheOwnerHas(t *testing.T) {
	for name, req := range map[string]server.MigrateSpec{"cold": migrateServer, "live": liveMigrate} {
		t.Run(name, func(t *testing.T) {
			w := openWorld(t, devcloud.Options{})
			withServer()(t, w)
			require.Equal(t, []string{"server:devcloud:" + theServer.Name}, locksOf(t, w, server.Migrate.Workflow, req))
		})
	}
}

// What was looked up before the lock may be old when the lock is taken: a cold
// migration of a server that its owner stopped and started since would be of a state,
// a flavor or a name that it no longer has.
func TestServerMigrateLooksAgainUnderTheLock(t *testing.T) {
	for name, req := range map[string]server.MigrateSpec{"cold": migrateServer, "live": liveMigrate} {
		t.Run(name, func(t *testing.T) {
			w := openWorld(t, devcloud.Options{})
			withServer()(t, w)
			a := w.begin(server.Migrate.Workflow, req, func(env *testsuite.TestWorkflowEnvironment) {
				env.SetOnChildWorkflowStartedListener(func(*workflow.Info, workflow.Context, converter.EncodedValues) {
					w.run(t, server.Power.Workflow, server.PowerSpec{RunOptions: devcloudRun, Server: theServer.Name, Verb: "suspend"})
				})
			})
			require.ErrorContains(t, a.end(), "is SUSPENDED: it must be ACTIVE or")
		})
	}
}

// A move that is under way when the run is cancelled is aborted. Operators grant
// rights by the list of calls, and without this one the server would move on.
func TestALiveMigrationUnderWayIsAborted(t *testing.T) {
	w := leakWorld(t)
	withServer()(t, w)
	before := w.Inventory()
	w.fault(t, "nova POST /action$ stuck 1")
	a := w.begin(server.Migrate.Workflow, liveMigrate)
	w.reached(t, "server", "MIGRATING")
	a.env.CancelWorkflow()
	require.ErrorContains(t, a.end(), "cancel")
	require.Equal(t, before, w.Inventory())
	require.Equal(t, 1, w.Calls()["nova DELETE /servers/{id}/migrations/{move}"])
}

// A rebuild goes through once nova has accepted it, and happens once.
func TestServerRebuildGoesThrough(t *testing.T) {
	t.Parallel()
	starts := worlds([]trouble{troubles[0]}, perTrouble, withServer())
	starts[0].Sample = 2 * perVerb
	requireAll(t, sagatest.Prove(t, sagatest.Flow{
		Workflow: server.Rebuild.Workflow, Input: rebuildServer, Pairs: -1,
		Inverse: func(sagatest.Result) (any, any) { return server.Rebuild.Workflow, rebuildServer },
	}, starts...), 3)
}

// The second flavor is taken where the first has no host, and the server has not
// been left with anything of the first.
func TestServerResizeTakesTheNextFlavor(t *testing.T) {
	w := openWorld(t, devcloud.Options{BuildTime: 20 * time.Millisecond})
	withServer()(t, w)
	req := resizeServer
	req.Flavors = []string{"m1.impossible", "m1.small"}
	w.run(t, server.Resize.Workflow, req)
	require.Equal(t, 2, w.Cloud.Calls()["nova POST /servers/{id}/action"]-1, "one resize for each flavor, and one confirmation")
	for _, o := range w.Cloud.Inventory() {
		if o.Kind == "server" && o.Name == req.Server && o.Project == "demo" {
			require.Equal(t, "ACTIVE m1.small", o.Status+" "+o.Flavor)
		}
	}
}
