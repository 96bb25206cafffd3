package activities

import (
	"context"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/ports"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/testsuite"

	"novaflow/activities/cinder"
	"novaflow/activities/glance"
	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/cloudtest"
	"novaflow/activities/internal/resource"
	"novaflow/activities/internal/task"
	"novaflow/activities/neutron"
	"novaflow/activities/nova"
	"novaflow/activities/nova/plan"
	"novaflow/internal/devcloud"
	"novaflow/saga"
)

// newDevcloud starts a devcloud with its traps.
func newDevcloud(t *testing.T, o devcloud.Options) *world {
	dir := cloudtest.NoClouds(t)
	dev, err := devcloud.Open(o)
	require.NoError(t, err)
	t.Cleanup(func() { _ = dev.Close() })
	_, err = dev.Start("127.0.0.1:0")
	require.NoError(t, err)
	file := cloudtest.WriteFile(t, filepath.Join(dir, "devcloud.yaml"), string(dev.CloudsYAML()))
	w := &world{files: []string{file}, cloud: "devcloud", dev: dev}
	w.clouds = w.anew()
	return w
}

// TestLostAnswersMakeNoTwins: the answer to a create is lost in each way, and
// the engine tries again.
func TestLostAnswersMakeNoTwins(t *testing.T) {
	w := newDevcloud(t, devcloud.Options{}).fresh(t)
	for _, c := range creations(t, w) {
		for _, lost := range []string{"after:500", "after:503", "drop"} {
			t.Run(c.path+" "+lost, func(t *testing.T) {
				c.try(t, w, func() {
					w.dev.AddFault(devcloud.Fault{Service: string(c.service), Method: "POST", Path: c.path,
						Action: lost, Count: 1})
				})
			})
		}
	}
}

// TestLaggingListsMakeNoTwins: a worker died after the create, and the list
// that its successor looks at does not have the resource yet.
func TestLaggingListsMakeNoTwins(t *testing.T) {
	w := newDevcloud(t, devcloud.Options{}).fresh(t)
	for _, c := range creations(t, w) {
		t.Run(c.path, func(t *testing.T) {
			w.dev.AddFault(devcloud.Fault{Service: string(c.service), Method: "POST", Path: c.path, Action: "lag:2",
				Count: 1})
			c.try(t, w, func() {
				c.once(t, w)
				list := strings.NewReplacer("servers", "servers/detail", "volumes", "volumes/detail").Replace(c.path)
				w.dev.AddFault(devcloud.Fault{Service: string(c.service), Method: "GET", Path: list, Action: "500",
					Count: 1})
			})
		})
	}
}

// TestTwinsAreNamedAndRemoved: two objects with one mark, however they were created,
// must stop the task with both ids. The undo must delete both.
func TestTwinsAreNamedAndRemoved(t *testing.T) {
	w := newDevcloud(t, devcloud.Options{}).fresh(t)
	port := w.port(t)
	c, err := w.clouds.Open(context.Background(), w.cloud)
	require.NoError(t, err)
	var twins []string
	for range 2 {
		p, err := ports.Create(context.Background(), c.Network, ports.CreateOpts{
			Name: port.Name, NetworkID: port.NetworkID, Description: string(w.mark("port")),
		}).Extract()
		require.NoError(t, err)
		twins = append(twins, p.ID)
	}
	_, err = do(t, w, "port", (*neutron.Activities)(nil).CreatePort, port)
	app := application(t, err)
	require.Equal(t, string(cloud.Terminal), app.Type())
	require.Contains(t, app.Message(), twins[0])
	require.Contains(t, app.Message(), twins[1])
	undo(t, w, "port", (*neutron.Activities)(nil).DeletePort, port, nil)
	require.Empty(t, w.marked(t))
}

// TestUndoIsNeverFinal: an undo that fails must be tried again, whatever the
// error, even if the credentials are wrong.
func TestUndoIsNeverFinal(t *testing.T) {
	w := newDevcloud(t, devcloud.Options{}).fresh(t)
	port := w.port(t)
	for _, f := range []devcloud.Fault{
		{Service: "neutron", Method: "DELETE", Path: "/ports/", Action: "own:400", Text: "no"},
		{Service: "neutron", Method: "DELETE", Path: "/ports/", Action: "own:403", Text: "no"},
		{Service: "neutron", Method: "GET", Path: "/ports", Action: "own:403", Text: "no"},
		{Service: "neutron", Method: "DELETE", Path: "/ports/", Action: "cut"},
		{Service: "neutron", Method: "DELETE", Path: "/ports/", Action: "503"},
	} {
		p := must(t, w, "port", (*neutron.Activities)(nil).CreatePort, port)
		w.dev.AddFault(f)
		_, err := w.environment().ExecuteActivity((*neutron.Activities)(nil).DeletePort,
			saga.Undo[neutron.CreatePortInput, neutron.Port]{Mark: w.mark("port"), In: port, Out: &p})
		require.False(t, application(t, err).NonRetryable(), f.String())
		w.dev.ClearFaults()
		undo(t, w, "port", (*neutron.Activities)(nil).DeletePort, port, &p)
	}
	_, err := w.environment().ExecuteActivity((*neutron.Activities)(nil).DeletePort,
		saga.Undo[neutron.CreatePortInput, neutron.Port]{Mark: w.mark("port"),
			In: neutron.CreatePortInput{Cloud: "unknown"}})
	require.False(t, application(t, err).NonRetryable())
	require.Contains(t, application(t, err).Message(), `unknown cloud "unknown"`)
}

// TestVolumeThatFailsToBeDeletedIsAskedForAgain: error_deleting is no end.
func TestVolumeThatFailsToBeDeletedIsAskedForAgain(t *testing.T) {
	w := newDevcloud(t, devcloud.Options{}).fresh(t)
	volume := cinder.CreateVolumeInput{Cloud: w.cloud, Name: w.run, SizeGiB: 1}
	v := must(t, w, "volume", (*cinder.Activities)(nil).CreateVolume, volume)
	w.dev.AddFault(devcloud.Fault{Service: "cinder", Method: "DELETE", Path: "/volumes/", Action: "error", Count: 1})
	undo(t, w, "volume", (*cinder.Activities)(nil).DeleteVolume, volume, &v)
}

// TestVolumeInUseIsWaitedFor: the undo of a volume must outlast the server that
// is still letting it go.
func TestVolumeInUseIsWaitedFor(t *testing.T) {
	w := newDevcloud(t, devcloud.Options{DeleteTime: time.Second}).fresh(t)
	m := w.machine(t)
	gone := make(chan error, 1)
	go func() {
		_, err := w.environment().ExecuteActivity((*nova.Activities)(nil).DeleteServer,
			saga.Undo[nova.CreateServerInput, nova.Server]{Mark: w.mark("server"), In: m.server, Out: &m.made})
		gone <- err
	}()
	undo(t, w, "boot", (*cinder.Activities)(nil).DeleteVolume, m.boot, nil)
	undo(t, w, "data", (*cinder.Activities)(nil).DeleteVolume, m.data, nil)
	require.NoError(t, <-gone)
	undo(t, w, "fip", (*neutron.Activities)(nil).DeleteFloatingIP, m.fip, nil)
	undo(t, w, "port", (*neutron.Activities)(nil).DeletePort, m.port, nil)
}

// TestVolumeInError: a wait must end with the status, and with cinder's words
// where it has some.
func TestVolumeInError(t *testing.T) {
	w := newDevcloud(t, devcloud.Options{}).fresh(t)
	w.dev.AddFault(devcloud.Fault{Service: "cinder", Method: "POST", Path: "/volumes$", Action: "error", Count: 1,
		Text: "no space"})
	volume := cinder.CreateVolumeInput{Cloud: w.cloud, Name: w.run, SizeGiB: 1}
	v := must(t, w, "volume", (*cinder.Activities)(nil).CreateVolume, volume)
	_, err := call(t, w, (*cinder.Activities)(nil).WaitVolume,
		cinder.VolumeWait{Cloud: w.cloud, ID: v.ID, Name: v.Name, Status: "available"})
	app := application(t, err)
	require.Equal(t, cloud.VolumeError, app.Type())
	require.True(t, app.NonRetryable())
	require.Contains(t, app.Message(), "reached status error")
	undo(t, w, "volume", (*cinder.Activities)(nil).DeleteVolume, volume, nil)
}

// TestQuotaInTheCloudsWords: what the check could not foresee is refused by the
// create, finally and in the cloud's words.
func TestQuotaInTheCloudsWords(t *testing.T) {
	w := newDevcloud(t, devcloud.Options{Quotas: map[string]int{"port": 0, "volumes": 0, "instances": 0,
		"floatingip": 0}, NoTraps: true}).fresh(t)
	c, err := w.clouds.Open(context.Background(), w.cloud)
	require.NoError(t, err)
	flavors, err := nova.ListFlavors(context.Background(), c)
	require.NoError(t, err)
	flavor := flavors[len(flavors)-1].ID
	visible, err := neutron.ListVisibleNetworks(context.Background(), c)
	require.NoError(t, err)
	network := visible[slices.IndexFunc(visible, func(n neutron.VisibleNetwork) bool { return n.Name == "private" })]
	tiny, err := glance.FindVisibleImages(context.Background(), c, "tiny")
	require.NoError(t, err)
	_, port := do(t, w, "port", (*neutron.Activities)(nil).CreatePort,
		neutron.CreatePortInput{Cloud: w.cloud, Name: "web", NetworkID: network.ID})
	_, volume := do(t, w, "volume", (*cinder.Activities)(nil).CreateVolume,
		cinder.CreateVolumeInput{Cloud: w.cloud, Name: "web", SizeGiB: 1})
	_, server := do(t, w, "server", (*nova.Activities)(nil).CreateServer,
		nova.CreateServerInput{Cloud: w.cloud, Name: "web", FlavorID: flavor, ImageID: tiny[0].ID})
	for words, err := range map[string]error{
		`create port "web" on network ` + network.ID + `: neutron: Quota exceeded`: port,
		`create volume "web" of 1 GiB: cinder: VolumeLimitExceeded`:                volume,
		`create server "web": nova: Quota exceeded`:                                server,
	} {
		app := application(t, err)
		require.Equal(t, string(cloud.Quota), app.Type(), app.Message())
		require.True(t, app.NonRetryable())
		require.True(t, strings.HasPrefix(app.Message(), words), app.Message())
		require.Regexp(t, `\(HTTP 4\d\d, req-[0-9a-f-]+\)$`, app.Message())
	}
	_, err = call(t, w, (*plan.Activities)(nil).CheckServer,
		plan.ServerQuery{Cloud: w.cloud, Name: "web", Image: "tiny", Flavor: "m1.nano", Networks: []string{"private"},
			DataVolumesGiB: []int{1}, ExternalNetwork: neutron.AutoNetwork})
	require.Equal(t, 4, strings.Count(application(t, err).Message(), "quota exceeded for"), application(t, err).
		Message())
}

// TestCloudThatHidesItsQuotas: some neutrons do not know the path of the quota's
// details. A request must not fail for that.
func TestCloudThatHidesItsQuotas(t *testing.T) {
	w := newDevcloud(t, devcloud.Options{})
	query := plan.ServerQuery{Cloud: w.cloud, Name: "web", Image: "tiny", Flavor: "m1.nano",
		Networks: []string{"private"}}
	for _, hidden := range []string{"404", "own:403", "own:404"} {
		w.dev.AddFault(devcloud.Fault{Service: "neutron", Method: "GET", Path: "/quotas/", Action: hidden,
			Text: "not here"})
		_, err := call(t, w, (*plan.Activities)(nil).CheckServer, query)
		require.NoError(t, err, hidden)
		w.dev.ClearFaults()
	}
	w.dev.AddFault(devcloud.Fault{Service: "neutron", Method: "GET", Path: "/quotas/", Action: "503"})
	_, err := call(t, w, (*plan.Activities)(nil).CheckServer, query)
	require.Equal(t, string(cloud.Transient), application(t, err).Type(), "a failure is no refusal to tell")
}

// TestNoCreateThatMayOutlastItsAttempt: the engine would begin the next attempt
// while the cloud is at work, and that would create a twin.
func TestNoCreateThatMayOutlastItsAttempt(t *testing.T) {
	w := newDevcloud(t, devcloud.Options{}).fresh(t)
	port := w.port(t)
	env := w.environment()
	late := func(ctx context.Context, in saga.Intent[neutron.CreatePortInput]) (neutron.Port, error) {
		ctx, cancel := context.WithTimeout(ctx, task.MinRequestTime-time.Second)
		defer cancel()
		return (&neutron.Activities{Clouds: w.clouds}).CreatePort(ctx, in)
	}
	env.RegisterActivityWithOptions(late, activity.RegisterOptions{Name: "late"})
	_, err := env.ExecuteActivity("late", saga.Intent[neutron.CreatePortInput]{Task: "port", Mark: w.mark("port"),
		In: port})
	require.Equal(t, string(cloud.Transient), application(t, err).Type())
	require.Empty(t, w.marked(t))
}

// TestManyWaitersFewCalls: the cost of waiting must not grow with the number of
// servers being built, and nothing may be called when nobody waits.
func TestManyWaitersFewCalls(t *testing.T) {
	const servers = 40
	w := newDevcloud(t, devcloud.Options{BuildTime: time.Second}).fresh(t)
	plan := w.plan(t)
	var made []nova.Server
	for i := range servers {
		made = append(made, must(t, w, string(rune('a'+i%26))+strings.Repeat("x", i/26),
			(*nova.Activities)(nil).CreateServer,
			nova.CreateServerInput{Cloud: w.cloud, Name: w.run, FlavorID: plan.FlavorID, ImageID: plan.ImageID}))
	}
	w.dev.ResetCalls()
	ended := make(chan error, servers)
	for _, s := range made {
		go func() {
			_, err := w.environment().ExecuteActivity((*nova.Activities)(nil).WaitServer,
				nova.ServerWait{Cloud: w.cloud, ID: s.ID})
			ended <- err
		}()
	}
	for range made {
		require.NoError(t, <-ended)
	}
	calls := 0
	for _, n := range w.dev.Calls() {
		calls += n
	}
	require.Less(t, calls, servers, "%v", slices.Collect(maps.Keys(w.dev.Calls())))
	for _, s := range made {
		_, err := w.environment().ExecuteActivity((*nova.Activities)(nil).RemoveServer,
			saga.Intent[resource.OwnedObject]{In: s.Object()})
		require.NoError(t, err)
	}
}

// TestUnreachableCloudIsNotFinalButSaysSo: a cloud that is down for a moment
// must not end a run.
func TestUnreachableCloudIsNotFinalButSaysSo(t *testing.T) {
	w := newDevcloud(t, devcloud.Options{})
	require.NoError(t, w.dev.Close())
	_, err := call(t, w, (*plan.Activities)(nil).CheckServer, plan.ServerQuery{Cloud: w.cloud})
	app := application(t, err)
	require.Equal(t, string(cloud.Transient), app.Type())
	require.False(t, app.NonRetryable())
	require.Contains(t, app.Message(), "cannot be reached")
}

// TestCheckAsLocalActivity: look-ups may run as local activities, which have no
// heartbeats.
func TestCheckAsLocalActivity(t *testing.T) {
	w := newDevcloud(t, devcloud.Options{})
	var suite testsuite.WorkflowTestSuite
	value, err := suite.NewTestActivityEnvironment().
		ExecuteLocalActivity((&plan.Activities{Clouds: w.clouds}).CheckServer,
			plan.ServerQuery{Cloud: w.cloud, Name: "web", Image: "tiny", Flavor: "m1.nano"})
	require.NoError(t, err)
	var plan plan.ServerPlan
	require.NoError(t, value.Get(&plan))
	require.Equal(t, "tiny", plan.ImageName)
}

// TestCancellationDoesNotCutACreate: if it did, the undo could run while the
// cloud is still at work, find nothing, and leave the resource behind.
func TestCancellationDoesNotCutACreate(t *testing.T) {
	w := newDevcloud(t, devcloud.Options{}).fresh(t)
	port := w.port(t)
	w.dev.AddFault(devcloud.Fault{Service: "neutron", Method: "POST", Path: "/ports$", Action: "delay:0.5"})
	env := w.environment()
	cancelled := func(ctx context.Context, in saga.Intent[neutron.CreatePortInput]) (neutron.Port, error) {
		ctx, cancel := context.WithCancel(ctx)
		go func() {
			for w.dev.Calls()["neutron POST /ports"] == 0 && ctx.Err() == nil {
				time.Sleep(time.Millisecond)
			}
			cancel()
		}()
		p, err := (&neutron.Activities{Clouds: w.clouds}).CreatePort(ctx, in)
		require.ErrorIs(t, ctx.Err(), context.Canceled)
		return p, err
	}
	env.RegisterActivityWithOptions(cancelled, activity.RegisterOptions{Name: "cancelled"})
	_, err := env.ExecuteActivity("cancelled", saga.Intent[neutron.CreatePortInput]{Task: "port", Mark: w.mark("port"),
		In: port})
	require.NoError(t, err, "the port exists, and the run should hear of it")
	require.Len(t, w.marked(t), 1)
	undo(t, w, "port", (*neutron.Activities)(nil).DeletePort, port, nil)
}

// TestHeartbeatsSayWhatIsWaitedFor: people who watch a run must see why it
// takes long.
func TestHeartbeatsSayWhatIsWaitedFor(t *testing.T) {
	w := newDevcloud(t, devcloud.Options{}).fresh(t)
	plan := w.plan(t)
	server := nova.CreateServerInput{Cloud: w.cloud, Name: w.run, FlavorID: plan.FlavorID, ImageID: plan.ImageID}
	w.dev.AddFault(devcloud.Fault{Service: "nova", Method: "POST", Path: "/servers$", Action: "slow:2s"})
	s := must(t, w, "server", (*nova.Activities)(nil).CreateServer, server)
	env := w.environment()
	var said []string
	env.SetOnActivityHeartbeatListener(func(_ *activity.Info, details converter.EncodedValues) {
		var words string
		require.NoError(t, details.Get(&words))
		said = append(said, words)
	})
	_, err := env.ExecuteActivity((*nova.Activities)(nil).WaitServer,
		nova.ServerWait{Cloud: w.cloud, ID: s.ID, Name: s.Name})
	require.NoError(t, err)
	require.Contains(t, strings.Join(said, "\n"), `server "`+w.run+`" (`+s.ID+`): BUILD`)
	undo(t, w, "server", (*nova.Activities)(nil).DeleteServer, server, &s)
}
