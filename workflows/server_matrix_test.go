package workflows_test

import (
	"fmt"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"

	"novaflow/activities"
	"novaflow/internal/devcloud"
	"novaflow/saga"
	"novaflow/saga/sagatest"
	"novaflow/workflows/server"
	"novaflow/workflows/spec"
)

// wholeServer asks for everything that ServerCreate can make.
var wholeServer = server.CreateSpec{
	RunOptions: spec.RunOptions{Cloud: "devcloud"}, Name: "web-1", Image: "tiny", Flavor: "m1.nano",
	Ports:      []server.PortSpec{{Network: "private"}, {Network: "private"}},
	BootVolume: 1,
	Volumes:    []server.VolumeSpec{{Size: 1}, {Size: 2}},
	FloatingIP: "public",
	Ingress:    []spec.Rule{{Protocol: "tcp", Port: 22}, {Protocol: "icmp", From: "10.0.0.0/8"}},
}

// deleteServer takes wholeServer away.
var deleteServer = server.DeleteSpec{RunOptions: spec.RunOptions{Cloud: "devcloud"}, Server: "web-1"}

// refusals are clouds in which no server comes up.
var refusals = []trouble{
	{name: "no valid host", refuses: true, faults: []devcloud.Fault{{Service: "nova", Method: "POST", Path: "/servers$",
		Action: "error", Text: "No valid host was found."}}},
	{name: "volumes end in error", refuses: true,
		faults: []devcloud.Fault{{Service: "cinder", Method: "POST", Path: "/volumes$", Action: "error"}}},
	{name: "quota full when the server is made", refuses: true, faults: []devcloud.Fault{{Service: "nova",
		Method: "POST", Path: "/servers$", Action: "own:403", Text: "Quota exceeded for instances"}}},
	{name: "no floating IP left", refuses: true, faults: []devcloud.Fault{{Service: "neutron", Method: "POST",
		Path: "/floatingips$", Action: "own:409", Text: "No more IP addresses available on network"}}},
}

// keepers are clouds that keep deleted servers, with what they have.
var keepers = []trouble{{name: "deleted servers are kept",
	options: devcloud.Options{ReclaimInterval: time.Hour, DeleteTime: 40 * time.Millisecond}}}

// A server is created whole or not at all, whatever happens to which task, in whatever
// cloud. A delete leaves no trace of what was created.
func TestServerCreateLeavesNothingOrExactlyItself(t *testing.T) {
	t.Parallel()
	starts := worlds(slices.Concat(troubles, keepers, refusals), perTrouble, func(testing.TB, *cloudWorld) {})
	starts[0].Sample = perClean
	starts = append(starts, sagatest.Start{Name: "leftovers of a former try", Open: openLeftovers, Sample: perTrouble})
	r := sagatest.Prove(t, sagatest.Flow{
		Workflow: server.Create.Workflow, Input: wholeServer, Pairs: pairs,
		Inverse: func(sagatest.Result) (any, any) { return server.Delete.Workflow, deleteServer },
		Check:   checkWhole,
	}, starts...)
	requireAll(t, r, 20)
}

// checkWhole fails unless the result has every part.
func checkWhole(_ sagatest.World, result sagatest.Result) error {
	var s server.Server
	if err := result(&s); err != nil {
		return err
	}
	if s.Status != "ACTIVE" || len(s.Ports) != 2 || len(s.Volumes) != 2 || s.FloatingIP == "" || s.BootVolume == "" {
		return fmt.Errorf("the server lacks something: %+v", s)
	}
	return nil
}

// openLeftovers is a cloud with what an older tool, or a terminated run, left of
// the same server: all its parts, with the marks of another run, but no server.
func openLeftovers(t testing.TB) sagatest.World {
	w := openWorld(t, devcloud.Options{})
	w.run(t, server.Create.Workflow, wholeServer)
	w.removeServer(t)
	return w
}

// A delete deletes what the create created and nothing else, whatever happens. A
// cancelled delete can be asked for again, even when the server is gone.
func TestServerDeleteRemovesWhatCreateMadeAndNothingElse(t *testing.T) {
	t.Parallel()
	starts := worlds(slices.Concat(troubles, keepers), perTrouble,
		func(t testing.TB, w *cloudWorld) { w.run(t, server.Create.Workflow, wholeServer) })
	req := deleteServer
	req.Run = environmentRun
	r := sagatest.Prove(t, sagatest.Flow{
		Workflow: server.Delete.Workflow, Input: req, ForwardOnly: true,
		NothingLeft: thereIsNo("server"),
		Check:       asBefore,
	}, starts...)
	requireAll(t, r, 9)
}

// environmentRun is the id of every run in the SDK's test environment, except for the
// runs that sagatest creates.
const environmentRun = "default-test-run-id"

// removeServer deletes the server alone.
func (w *cloudWorld) removeServer(t testing.TB) {
	t.Helper()
	at := slices.IndexFunc(w.Cloud.Inventory(),
		func(o devcloud.Object) bool { return o.Kind == "server" && o.Name == wholeServer.Name })
	deleted := w.Cloud.Inventory()[at]
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(quiet{})
	env := suite.NewTestActivityEnvironment()
	activities.Register(env, w.clouds)
	_, err := env.ExecuteActivity("RemoveServer", saga.Intent[activities.OwnedObject]{In: activities.OwnedObject{
		Cloud: wholeServer.Cloud, Kind: activities.KindServer, ID: deleted.ID,
		Mark: saga.Mark(aMark.FindString(deleted.Mark)),
	}})
	require.NoError(t, err)
	require.NotContains(t, w.Cloud.Inventory(), deleted)
}

var aMark = regexp.MustCompile(`novaflow:[^ ]+`)
