package activities

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/servers"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/ports"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"novaflow/internal/devcloud"
	"novaflow/saga"
)

// world is a cloud that the contracts are tried on. It has the network private,
// the external network public, the flavors m1.nano and m1.impossible and the
// image tiny.
type world struct {
	clouds *Clouds
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
		all[name] = func(*testing.T) *world { return &world{clouds: NewClouds(), cloud: name} }
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
	{"an undo may be repeated, and finds by mark what it has no id of", repeatedUndo},
	{"an undo leaves alone what only has the same name or id", foreignObjects},
	{"a server in ERROR gives nova's words", serverFault},
	{"a full machine is made, listed as owned, and taken away", wholeMachine},
	{"what a run owns can be removed from a list", removeOwned},
	{"a check reports every problem at once", checkProblems},
	{"a check resolves names", checkPlan},
	{"a second server of the same name is refused with the run that made the first", checkNamesake},
	{"a server without mark is refused", notOwned},
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
func (w *world) marked(t *testing.T) []OwnedObject {
	c, err := w.clouds.open(context.Background(), w.cloud)
	require.NoError(t, err)
	all, err := listMarked(context.Background(), c)
	require.NoError(t, err)
	var mine []OwnedObject
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
func do[In, Out any](t *testing.T, w *world, task string, activity func(context.Context, saga.Intent[In]) (Out, error), in In) (Out, error) {
	t.Helper()
	return call(t, w, activity, saga.Intent[In]{Task: task, Mark: w.mark(task), In: in})
}

// must runs an activity with an intent and fails the test if it fails.
func must[In, Out any](t *testing.T, w *world, task string, activity func(context.Context, saga.Intent[In]) (Out, error), in In) Out {
	t.Helper()
	out, err := do(t, w, task, activity, in)
	require.NoError(t, err)
	return out
}

// undo runs the undo of a task.
func undo[In, Out any](t *testing.T, w *world, task string, activity func(context.Context, saga.Undo[In, Out]) error, in In, out *Out) {
	t.Helper()
	_, err := w.environment().ExecuteActivity(activity, saga.Undo[In, Out]{Task: task, Mark: w.mark(task), In: in, Out: out, Cause: "test"})
	require.NoError(t, err)
}

// application returns the application error that an activity ended with.
func application(t *testing.T, err error) *temporal.ApplicationError {
	t.Helper()
	var app *temporal.ApplicationError
	require.True(t, errors.As(err, &app), "no application error: %v", err)
	return app
}

func (w *world) plan(t *testing.T) ServerPlan {
	plan, err := call(t, w, (*Checks)(nil).CheckServer, ServerQuery{
		Cloud: w.cloud, Run: w.run, Name: w.run, Image: "tiny", Flavor: "m1.nano", Networks: []string{"private"}, ExternalNetwork: "public",
	})
	require.NoError(t, err)
	return plan
}

func (w *world) port(t *testing.T) CreatePortInput {
	return CreatePortInput{Cloud: w.cloud, Name: w.run, NetworkID: w.plan(t).Networks[0].ID}
}

func repeatedCreate(t *testing.T, w *world) {
	port := w.port(t)
	volume := CreateVolumeInput{Cloud: w.cloud, Name: w.run, SizeGiB: 1}
	group := CreateSecurityGroupInput{Cloud: w.cloud, Name: w.run}
	require.Equal(t, must(t, w, "port", (*Network)(nil).CreatePort, port).ID, must(t, w, "port", (*Network)(nil).CreatePort, port).ID)
	require.Equal(t, must(t, w, "volume", (*Volumes)(nil).CreateVolume, volume).ID, must(t, w, "volume", (*Volumes)(nil).CreateVolume, volume).ID)
	g := must(t, w, "group", (*Network)(nil).CreateSecurityGroup, group)
	require.Equal(t, g.ID, must(t, w, "group", (*Network)(nil).CreateSecurityGroup, group).ID)
	rule := CreateSecurityGroupRuleInput{Cloud: w.cloud, SecurityGroupID: g.ID, Protocol: "tcp", PortMin: 22, PortMax: 22, RemoteCIDR: "0.0.0.0/0"}
	r := must(t, w, "rule", (*Network)(nil).CreateSecurityGroupRule, rule)
	require.Equal(t, r.ID, must(t, w, "rule", (*Network)(nil).CreateSecurityGroupRule, rule).ID)

	undo(t, w, "rule", (*Network)(nil).DeleteSecurityGroupRule, rule, &r)
	undo(t, w, "group", (*Network)(nil).DeleteSecurityGroup, group, &g)
	undo(t, w, "volume", (*Volumes)(nil).DeleteVolume, volume, nil)
	undo(t, w, "port", (*Network)(nil).DeletePort, port, nil)
}

func repeatedUndo(t *testing.T, w *world) {
	port := w.port(t)
	undo(t, w, "port", (*Network)(nil).DeletePort, port, nil) // nothing was made
	p := must(t, w, "port", (*Network)(nil).CreatePort, port)
	require.Len(t, w.marked(t), 1)
	undo(t, w, "port", (*Network)(nil).DeletePort, port, nil)
	require.Empty(t, w.marked(t))
	undo(t, w, "port", (*Network)(nil).DeletePort, port, &p)
	undo(t, w, "port", (*Network)(nil).DeletePort, port, nil)
}

func foreignObjects(t *testing.T, w *world) {
	ctx := context.Background()
	c, err := w.clouds.open(ctx, w.cloud)
	require.NoError(t, err)
	port := w.port(t)
	theirs, err := ports.Create(ctx, c.network, ports.CreateOpts{NetworkID: port.NetworkID, Name: port.Name, Description: "made by hand"}).Extract()
	require.NoError(t, err)
	defer func() { require.NoError(t, ports.Delete(ctx, c.network, theirs.ID).ExtractErr()) }()

	ours := must(t, w, "port", (*Network)(nil).CreatePort, port)
	require.NotEqual(t, theirs.ID, ours.ID, "adopted by name")
	undo(t, w, "port", (*Network)(nil).DeletePort, port, nil)
	undo(t, w, "port", (*Network)(nil).DeletePort, port, &Port{OwnedObject: OwnedObject{ID: theirs.ID}})
	_, err = ports.Get(ctx, c.network, theirs.ID).Extract()
	require.NoError(t, err, "deleted what does not carry the mark")
}

func serverFault(t *testing.T, w *world) {
	impossible, err := call(t, w, (*Checks)(nil).CheckServer, ServerQuery{Cloud: w.cloud, Name: w.run, Image: "tiny", Flavor: "m1.nano"})
	require.NoError(t, err)
	server := CreateServerInput{Cloud: w.cloud, Name: w.run, FlavorID: w.flavor(t, "m1.impossible"), ImageID: impossible.ImageID}
	s := must(t, w, "server", (*Compute)(nil).CreateServer, server)
	_, err = call(t, w, (*Compute)(nil).WaitServer, ServerWait{Cloud: w.cloud, ID: s.ID, Name: s.Name})
	app := application(t, err)
	require.Equal(t, ServerError, app.Type())
	require.True(t, app.NonRetryable())
	require.Contains(t, app.Message(), "No valid host was found")
	undo(t, w, "server", (*Compute)(nil).DeleteServer, server, &s)
	_, err = call(t, w, (*Compute)(nil).WaitServer, ServerWait{Cloud: w.cloud, ID: s.ID, Name: s.Name})
	require.Equal(t, string(Gone), application(t, err).Type())
}

func (w *world) flavor(t *testing.T, name string) string {
	c, err := w.clouds.open(context.Background(), w.cloud)
	require.NoError(t, err)
	all, err := listFlavors(context.Background(), c)
	require.NoError(t, err)
	for _, f := range all {
		if f.Name == name {
			return f.ID
		}
	}
	t.Fatalf("no flavor %s", name)
	return ""
}

// machine is a server with everything that a flow gives it.
type machine struct {
	port   CreatePortInput
	boot   CreateVolumeInput
	data   CreateVolumeInput
	server CreateServerInput
	attach AttachVolumeInput
	fip    CreateFloatingIPInput
	point  AssociateFloatingIPInput

	made   Server
	active Server
}

func (w *world) machine(t *testing.T) machine {
	plan := w.plan(t)
	m := machine{
		port: CreatePortInput{Cloud: w.cloud, Name: w.run, NetworkID: plan.Networks[0].ID},
		boot: CreateVolumeInput{Cloud: w.cloud, Name: w.run + "-boot", SizeGiB: 1, ImageID: plan.ImageID},
		data: CreateVolumeInput{Cloud: w.cloud, Name: w.run + "-data", SizeGiB: 1},
		fip:  CreateFloatingIPInput{Cloud: w.cloud, ExternalNetworkID: plan.ExternalNetwork.ID},
	}
	port := must(t, w, "port", (*Network)(nil).CreatePort, m.port)
	boot := must(t, w, "boot", (*Volumes)(nil).CreateVolume, m.boot)
	data := must(t, w, "data", (*Volumes)(nil).CreateVolume, m.data)
	for _, id := range []string{boot.ID, data.ID} {
		v, err := call(t, w, (*Volumes)(nil).WaitVolume, VolumeWait{Cloud: w.cloud, ID: id, Status: "available"})
		require.NoError(t, err)
		require.Equal(t, "available", v.Status)
	}
	m.server = CreateServerInput{Cloud: w.cloud, Name: w.run, FlavorID: plan.FlavorID, BootVolumeID: boot.ID, PortIDs: []string{port.ID}}
	m.made = must(t, w, "server", (*Compute)(nil).CreateServer, m.server)
	require.Equal(t, m.made.ID, must(t, w, "server", (*Compute)(nil).CreateServer, m.server).ID)
	active, err := call(t, w, (*Compute)(nil).WaitServer, ServerWait{Cloud: w.cloud, ID: m.made.ID, Name: w.run})
	require.NoError(t, err)
	require.Equal(t, port.FixedIPs[0], active.Addresses[0].IP)
	m.active = active

	m.attach = AttachVolumeInput{Cloud: w.cloud, ServerID: active.ID, VolumeID: data.ID}
	must(t, w, "attach", (*Compute)(nil).AttachVolume, m.attach)
	must(t, w, "attach", (*Compute)(nil).AttachVolume, m.attach)
	v, err := call(t, w, (*Volumes)(nil).WaitVolume, VolumeWait{Cloud: w.cloud, ID: data.ID, Status: "in-use"})
	require.NoError(t, err)
	require.Equal(t, []string{active.ID}, v.Servers)

	fip := must(t, w, "fip", (*Network)(nil).CreateFloatingIP, m.fip)
	m.point = AssociateFloatingIPInput{Cloud: w.cloud, FloatingIPID: fip.ID, PortID: port.ID}
	a := must(t, w, "associate", (*Network)(nil).AssociateFloatingIP, m.point)
	require.Equal(t, a, must(t, w, "associate", (*Network)(nil).AssociateFloatingIP, m.point))
	require.Equal(t, port.FixedIPs[0], a.FixedIP)
	return m
}

func wholeMachine(t *testing.T, w *world) {
	m := w.machine(t)
	owned, err := call(t, w, (*Checks)(nil).ListOwned, OwnedQuery{Cloud: w.cloud, Server: w.run})
	require.NoError(t, err)
	require.Equal(t, w.run, owned.Run)
	require.Equal(t, m.made.ID, owned.Server.ID)
	require.Len(t, owned.Objects, 4)

	undo(t, w, "associate", (*Network)(nil).DisassociateFloatingIP, m.point, nil)
	undo(t, w, "associate", (*Network)(nil).DisassociateFloatingIP, m.point, nil)
	undo(t, w, "fip", (*Network)(nil).DeleteFloatingIP, m.fip, nil)
	undo(t, w, "attach", (*Compute)(nil).DetachVolume, m.attach, nil)
	undo(t, w, "attach", (*Compute)(nil).DetachVolume, m.attach, nil)
	undo(t, w, "server", (*Compute)(nil).DeleteServer, m.server, nil)
	undo(t, w, "server", (*Compute)(nil).DeleteServer, m.server, &m.made)
	undo(t, w, "attach", (*Compute)(nil).DetachVolume, m.attach, nil)
	undo(t, w, "data", (*Volumes)(nil).DeleteVolume, m.data, nil)
	undo(t, w, "boot", (*Volumes)(nil).DeleteVolume, m.boot, nil)
	undo(t, w, "port", (*Network)(nil).DeletePort, m.port, nil)
}

func removeOwned(t *testing.T, w *world) {
	m := w.machine(t)
	owned, err := call(t, w, (*Checks)(nil).ListOwned, OwnedQuery{Cloud: w.cloud, Server: m.made.ID})
	require.NoError(t, err)
	must(t, w, "remove", (*Compute)(nil).RemoveServer, owned.Server)
	must(t, w, "remove", (*Compute)(nil).RemoveServer, owned.Server)
	for _, o := range owned.Objects {
		switch o.Kind {
		case KindFloatingIP:
			must(t, w, "remove", (*Network)(nil).RemoveFloatingIP, o)
		case KindPort:
			stranger := o
			stranger.Mark = "novaflow:another/port#1"
			must(t, w, "remove", (*Network)(nil).RemovePort, stranger)
			must(t, w, "remove", (*Network)(nil).RemovePort, o)
		case KindVolume:
			must(t, w, "remove", (*Volumes)(nil).RemoveVolume, o)
		default:
			t.Fatalf("unexpected %s", o.Kind)
		}
	}
}

func checkProblems(t *testing.T, w *world) {
	_, err := call(t, w, (*Checks)(nil).CheckServer, ServerQuery{
		Cloud: w.cloud, Name: w.run, Image: "tyny", Flavor: "m1.nan", KeyName: "nobody", AvailabilityZone: "mars",
		Networks: []string{"privat", "no-such-network"}, ExternalNetwork: "private", BootVolumeGiB: 1 << 30,
	})
	app := application(t, err)
	require.Equal(t, InvalidRequest, app.Type())
	require.True(t, app.NonRetryable())
	for _, words := range []string{
		`no image "tyny"; did you mean "tiny"?`, `no flavor "m1.nan"; did you mean "m1.nano"`, `key pair "nobody"`, `availability zone "mars"`,
		`no network "privat"; did you mean "private"`, `no network "no-such-network"`, `no external network "private": name one of "public"`, "gigabytes",
	} {
		require.Contains(t, app.Message(), words)
	}
	require.Equal(t, 8, strings.Count(app.Message(), "\n- "), app.Message())
}

func checkPlan(t *testing.T, w *world) {
	plan, err := call(t, w, (*Checks)(nil).CheckServer, ServerQuery{
		Cloud: w.cloud, Name: w.run, Image: "tiny", Flavor: "m1.nano", Networks: []string{"private", "private"}, ExternalNetwork: AutoNetwork,
	})
	require.NoError(t, err)
	require.Equal(t, "public", plan.ExternalNetwork.Name)
	require.Len(t, plan.Networks, 2)
	again, err := call(t, w, (*Checks)(nil).CheckServer, ServerQuery{
		Cloud: w.cloud, Name: w.run, Image: plan.ImageID, Flavor: plan.FlavorID, Networks: []string{plan.Networks[0].ID, plan.Networks[1].ID}, ExternalNetwork: plan.ExternalNetwork.ID,
	})
	require.NoError(t, err)
	require.Equal(t, plan, again, "by id as by name")
}

func checkNamesake(t *testing.T, w *world) {
	plan := w.plan(t)
	server := CreateServerInput{Cloud: w.cloud, Name: w.run, FlavorID: plan.FlavorID, ImageID: plan.ImageID}
	s := must(t, w, "server", (*Compute)(nil).CreateServer, server)
	w.plan(t) // the run itself may go on
	_, err := call(t, w, (*Checks)(nil).CheckServer, ServerQuery{Cloud: w.cloud, Run: "another", Name: w.run, Image: "tiny", Flavor: "m1.nano"})
	message := application(t, err).Message()
	require.Contains(t, message, "made by run "+w.run)
	require.Contains(t, message, s.ID)
	undo(t, w, "server", (*Compute)(nil).DeleteServer, server, nil)
}

func notOwned(t *testing.T, w *world) {
	_, err := call(t, w, (*Checks)(nil).ListOwned, OwnedQuery{Cloud: w.cloud, Server: w.run})
	require.Equal(t, InvalidRequest, application(t, err).Type())
	require.Contains(t, application(t, err).Message(), "there is no server")

	ctx := context.Background()
	c, err := w.clouds.open(ctx, w.cloud)
	require.NoError(t, err)
	plan := w.plan(t)
	theirs, err := servers.Create(ctx, c.compute, servers.CreateOpts{Name: w.run, FlavorRef: plan.FlavorID, ImageRef: plan.ImageID, Networks: "none"}, nil).Extract()
	require.NoError(t, err)
	defer func() {
		require.NoError(t, servers.Delete(ctx, c.compute, theirs.ID).ExtractErr())
		require.Eventually(t, func() bool {
			_, err := serverResource.fetch(ctx, c, theirs.ID)
			return classOf(err) == Gone
		}, time.Minute, 100*time.Millisecond)
	}()
	for _, name := range []string{w.run, theirs.ID} {
		_, err = call(t, w, (*Checks)(nil).ListOwned, OwnedQuery{Cloud: w.cloud, Server: name})
		require.Contains(t, application(t, err).Message(), "not made by novaflow")
	}
	w.plan(t) // a name that a stranger has is free
}

func refusedCreate(t *testing.T, w *world) {
	port := w.port(t)
	port.FixedIP = "192.0.2.1" // of no subnet
	_, err := do(t, w, "port", (*Network)(nil).CreatePort, port)
	app := application(t, err)
	require.Equal(t, string(Terminal), app.Type())
	require.True(t, app.NonRetryable())
	require.Regexp(t, `^create port "`+w.run+`" on network .*: neutron: .*IP address.*\(HTTP 400, req-`, app.Message())
}
