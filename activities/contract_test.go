package activities

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/ports"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"novaflow/activities/cinder"
	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/resource"
	"novaflow/activities/inventory"
	"novaflow/activities/neutron"
	"novaflow/activities/nova/plan"
	"novaflow/internal/devcloud"
	"novaflow/saga"
)

// world is a cloud that the contracts are tried on. It has the network private,
// the external network public, the flavors m1.nano and m1.impossible and the
// image tiny.
type world struct {
	clouds *cloud.Clouds
	images string   // folder of files that the worlds workers read, if any
	files  []string // of clouds.yaml, beside the usual ones
	cloud  string
	run    string          // all names and marks begin with it
	dev    *devcloud.Cloud // nil for a real cloud
}

// worlds are the clouds to try: devcloud, and the one that NOVAFLOW_TEST_CLOUD
// names in clouds.yaml, if it is set.
func worlds() map[string]func(*testing.T) *world {
	all := map[string]func(*testing.T) *world{
		"devcloud": func(t *testing.T) *world { return newDevcloud(t, devcloud.Options{}) },
	}
	if name := os.Getenv("NOVAFLOW_TEST_CLOUD"); name != "" {
		all[name] = func(*testing.T) *world { return &world{clouds: cloud.NewClouds(), cloud: name} }
	}
	return all
}

// contracts are what every cloud and every activity must hold to. Each is named
// after the mistake that it would catch.
var contracts = []struct {
	name string
	try  func(*testing.T, *world)
}{
	{"a repeated create makes no twin", repeatedCreate},
	{"a lost answer makes no twin", lostAnswers},
	{"an undo may be repeated, and finds by mark what it has no id of", repeatedUndo},
	{"an undo leaves alone what only has the same name or id", foreignObjects},
	{"a server in ERROR gives nova's words", serverFault},
	{"a full machine is made, listed as owned, and taken away", wholeMachine},
	{"what a run owns can be removed from a list", removeOwned},
	{"servers that are kept can be looked for and forced to go", forcedServer},
	{"what a run left of a server that somebody else deleted is found", leftOfAServer},
	{"a check reports every problem at once", checkProblems},
	{"a check resolves names", checkPlan},
	{"a second server of the same name is refused with the run that made the first", checkNamesake},
	{"a server without mark is refused", notOwned},
	{"a name is found whatever characters it has", strangeNames},
	{"a network with all kinds of subnets is made, listed as owned, and taken away", wholeNetwork},
	{"an interface whose answer was lost is found, and removed though nobody heard of it", lostInterface},
	{"what a run made of a network can be removed from a list", removeOwnedNetwork},
	{"a network that others use is not deleted, and they are named", networkInUse},
	{"a check of a network reports every problem at once", checkNetworkProblems},
	{"a network is found whatever characters its name has", strangeNetworkNames},
	{"a volume is extended once, and snapshots are made, found and taken away", volumeLife},
	{"a volume that is reserved for a server which is gone is deleted all the same", reservedForNobody},
	{"a volume that is reserved for a server is left to nova, unless the attachment is taken back", reservedForAServer},
	{"a volume whose detachment nova forgot is detached all the same", detachmentThatNovaForgot},
	{"a volume reverts to its latest snapshot or says why not", volumeRevert},
	{"a volume is detached and put back", volumeOffAndOn},
	{"a port is attached, detached and put back, and only ours is deleted", portOnAndOff},
	{"a check of a volume reports every problem at once", volumeProblems},
	{"what the user brings is taken when free and given back as it was", broughtThings},
	{"key pairs and server groups carry their mark", keysAndGroups},
	{"nova and neutron take every field of a server and its ports", everyPartOfAServer},
	{"a boot volume is made of a snapshot", volumeOfASnapshot},
	{"a check reports every problem with what the user brings", checkOfBroughtThings},
	{"a refused create carries the cloud's words and ends the attempts", refusedCreate},
}

func TestContracts(t *testing.T) {
	for name, open := range worlds() {
		t.Run(name, func(t *testing.T) {
			w := open(t)
			for _, c := range contracts {
				t.Run(c.name, func(t *testing.T) { c.try(t, w.fresh(t)) })
			}
		})
	}
}

// anew opens the clouds of the world once more.
func (w *world) anew() *cloud.Clouds {
	clouds := cloud.NewClouds(w.files...)
	if w.dev != nil {
		clouds.SetLookPause(time.Millisecond)
	}
	return clouds
}

// fresh is the same cloud with a run id of its own, and a check at the end that
// nothing of the run is left.
func (w *world) fresh(t *testing.T) *world {
	next := *w
	next.run = "contract-" + uuid.NewString()[:8]
	t.Cleanup(func() { next.nothingLeft(t) })
	return &next
}

func (w *world) nothingLeft(t *testing.T) {
	var left []string
	for _, o := range w.marked(t) {
		left = append(left, fmt.Sprintf("%s %s", o.Kind, o.ID))
	}
	require.Empty(t, left, "residue of run %s", w.run)
}

// marked lists what carries a mark of the world's run.
func (w *world) marked(t *testing.T) []resource.OwnedObject {
	all, err := inventory.ListMarked(context.Background(), w.clouds, w.cloud)
	require.NoError(t, err)
	parts, _, err := inventory.ListNetworkParts(context.Background(), w.clouds, w.cloud,
		neutron.Network{OwnedObject: resource.OwnedObject{Mark: w.mark("network")}})
	require.NoError(t, err)
	for _, o := range parts {
		if o.Kind == resource.KindRouterInterface &&
			!slices.ContainsFunc(all, func(known resource.OwnedObject) bool { return known.ID == o.ID }) {
			all = append(all, o) // one that lost its own mark
		}
	}
	var mine []resource.OwnedObject
	for _, o := range all {
		if o.Mark.Run() == w.run {
			mine = append(mine, o)
		}
	}
	return mine
}

func (w *world) mark(task string) saga.Mark {
	return saga.Mark(fmt.Sprintf("%s%s#1", saga.RunPrefix(w.run), task))
}

// environment runs activities as a worker would.
func (w *world) environment() *testsuite.TestActivityEnvironment {
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestActivityEnvironment()
	env.SetTestTimeout(2 * time.Minute)
	Register(env, w.clouds)
	return env
}

// call runs an activity.
func call[In, Out any](t *testing.T, w *world, activity func(context.Context, In) (Out, error), in In) (Out, error) {
	t.Helper()
	var out Out
	value, err := w.environment().ExecuteActivity(activity, in)
	if err == nil {
		require.NoError(t, value.Get(&out))
	}
	return out, err
}

// do runs an activity with an intent.
func do[In, Out any](t *testing.T, w *world, task string, activity func(context.Context, saga.Intent[In]) (Out, error),
	in In) (Out, error) {
	t.Helper()
	return call(t, w, activity, saga.Intent[In]{Task: task, Mark: w.mark(task), In: in})
}

// must runs an activity with an intent and fails the test if it fails.
func must[In, Out any](t *testing.T, w *world, task string,
	activity func(context.Context, saga.Intent[In]) (Out, error), in In) Out {
	t.Helper()
	out, err := do(t, w, task, activity, in)
	require.NoError(t, err)
	return out
}

// undo runs the undo of a task.
func undo[In, Out any](t *testing.T, w *world, task string, activity func(context.Context, saga.Undo[In, Out]) error,
	in In, out *Out) {
	t.Helper()
	_, err := w.environment().ExecuteActivity(activity, saga.Undo[In, Out]{Task: task, Mark: w.mark(task), In: in,
		Out: out, Cause: "test"})
	require.NoError(t, err)
}

// application returns the application error that an activity ended with.
func application(t *testing.T, err error) *temporal.ApplicationError {
	t.Helper()
	var app *temporal.ApplicationError
	require.True(t, errors.As(err, &app), "no application error: %v", err)
	return app
}

func (w *world) plan(t *testing.T) plan.ServerPlan {
	plan, err := call(t, w, (*plan.Activities)(nil).CheckServer, plan.ServerQuery{
		Cloud: w.cloud, Run: w.run, Name: w.run, Image: "tiny", Flavor: "m1.nano", Networks: []string{"private"},
		ExternalNetwork: "public",
	})
	require.NoError(t, err)
	return plan
}

func (w *world) port(t *testing.T) neutron.CreatePortInput {
	return neutron.CreatePortInput{Cloud: w.cloud, Name: w.run, NetworkID: w.plan(t).Networks[0].ID}
}

func repeatedCreate(t *testing.T, w *world) {
	port := w.port(t)
	volume := cinder.CreateVolumeInput{Cloud: w.cloud, Name: w.run, SizeGiB: 1}
	group := neutron.CreateSecurityGroupInput{Cloud: w.cloud, Name: w.run}
	require.Equal(t, must(t, w, "port", (*neutron.Activities)(nil).CreatePort, port).ID,
		must(t, w, "port", (*neutron.Activities)(nil).CreatePort, port).ID)
	require.Equal(t, must(t, w, "volume", (*cinder.Activities)(nil).CreateVolume, volume).ID,
		must(t, w, "volume", (*cinder.Activities)(nil).CreateVolume, volume).ID)
	g := must(t, w, "group", (*neutron.Activities)(nil).CreateSecurityGroup, group)
	require.Equal(t, g.ID, must(t, w, "group", (*neutron.Activities)(nil).CreateSecurityGroup, group).ID)
	rule := neutron.CreateSecurityGroupRuleInput{Cloud: w.cloud, SecurityGroupID: g.ID, Protocol: "tcp", PortMin: 22,
		PortMax: 22, RemoteCIDR: "0.0.0.0/0"}
	r := must(t, w, "rule", (*neutron.Activities)(nil).CreateSecurityGroupRule, rule)
	require.Equal(t, r.ID, must(t, w, "rule", (*neutron.Activities)(nil).CreateSecurityGroupRule, rule).ID)

	undo(t, w, "rule", (*neutron.Activities)(nil).DeleteSecurityGroupRule, rule, &r)
	undo(t, w, "group", (*neutron.Activities)(nil).DeleteSecurityGroup, group, &g)
	undo(t, w, "volume", (*cinder.Activities)(nil).DeleteVolume, volume, nil)
	undo(t, w, "port", (*neutron.Activities)(nil).DeletePort, port, nil)
}

func repeatedUndo(t *testing.T, w *world) {
	port := w.port(t)
	undo(t, w, "port", (*neutron.Activities)(nil).DeletePort, port, nil) // none created
	p := must(t, w, "port", (*neutron.Activities)(nil).CreatePort, port)
	require.Len(t, w.marked(t), 1)
	undo(t, w, "port", (*neutron.Activities)(nil).DeletePort, port, nil)
	require.Empty(t, w.marked(t))
	undo(t, w, "port", (*neutron.Activities)(nil).DeletePort, port, &p)
	undo(t, w, "port", (*neutron.Activities)(nil).DeletePort, port, nil)
}

func foreignObjects(t *testing.T, w *world) {
	ctx := context.Background()
	c, err := w.clouds.Open(ctx, w.cloud)
	require.NoError(t, err)
	port := w.port(t)
	theirs, err := ports.Create(ctx, c.Network, ports.CreateOpts{NetworkID: port.NetworkID, Name: port.Name,
		Description: "made by hand"}).Extract()
	require.NoError(t, err)
	defer func() { require.NoError(t, ports.Delete(ctx, c.Network, theirs.ID).ExtractErr()) }()

	ours := must(t, w, "port", (*neutron.Activities)(nil).CreatePort, port)
	require.NotEqual(t, theirs.ID, ours.ID, "adopted by name")
	undo(t, w, "port", (*neutron.Activities)(nil).DeletePort, port, nil)
	undo(t, w, "port", (*neutron.Activities)(nil).DeletePort, port,
		&neutron.Port{OwnedObject: resource.OwnedObject{ID: theirs.ID}})
	_, err = ports.Get(ctx, c.Network, theirs.ID).Extract()
	require.NoError(t, err, "deleted what does not carry the mark")
}

func refusedCreate(t *testing.T, w *world) {
	port := w.port(t)
	port.FixedIP = "192.0.2.1" // of no subnet
	_, err := do(t, w, "port", (*neutron.Activities)(nil).CreatePort, port)
	app := application(t, err)
	require.Equal(t, string(cloud.Terminal), app.Type())
	require.True(t, app.NonRetryable())
	require.Regexp(t, `^create port "`+w.run+`" on network .*: neutron: .*IP address.*\(HTTP 400, req-`, app.Message())
}
