package activities

import (
	"context"
	"os"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"novaflow/activities/internal/cloud"
	"novaflow/activities/nova"
	"novaflow/activities/nova/hosts"
	"novaflow/internal/devcloud"
)

// resizeContracts are what every cloud must hold to when a server gets another
// flavor or another image.
var resizeContracts = []struct {
	name string
	try  func(*testing.T, *world)
}{
	{"a resize goes back from wherever it is, and a lost answer asks for no second one", resizeAndBack},
	{"a resize that nova cannot place leaves the server as it was", resizeNowhere},
	{"what cannot be resized is refused with every problem", resizeRefused},
	{"a rebuild happens once", rebuildOnce},
}

// moveContracts are those of administrators.
var moveContracts = []struct {
	name string
	try  func(*testing.T, *world)
}{
	{"a cold migration goes back until it is confirmed", coldAndBack},
	{"a live migration ends on another host, and only there", liveOnce},
	{"a host that cannot be is refused", noSuchHost},
	{"what belongs to others is moved, and not changed otherwise", othersThings},
	{"a host is emptied and used again, by who took it out of use", emptied},
}

func TestResizeContracts(t *testing.T) { tryContracts(t, resizeContracts) }

func TestMoveContracts(t *testing.T) { tryAsAdmin(t, moveContracts) }

// tryAsAdmin is tryContracts for what needs an administrator: it tries a real cloud
// only if NOVAFLOW_TEST_ADMIN_CLOUD names an administrator's entry for it.
func tryAsAdmin(t *testing.T, contracts []struct {
	name string
	try  func(*testing.T, *world)
}) {
	for name, open := range worlds() {
		if name != "devcloud" && os.Getenv("NOVAFLOW_TEST_ADMIN_CLOUD") == "" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			w := open(t)
			for _, c := range contracts {
				t.Run(c.name, func(t *testing.T) { c.try(t, w.fresh(t)) })
			}
		})
	}
}

// admin is the same world for an administrator.
func (w *world) admin() *world {
	a := *w
	a.cloud = os.Getenv("NOVAFLOW_TEST_ADMIN_CLOUD")
	if w.dev != nil {
		a.cloud = "devcloud-admin"
	}
	return &a
}

func (w *world) resize(t *testing.T, s nova.Server, flavors ...string) nova.ResizeInput {
	t.Helper()
	plan, err := call(t, w, (*nova.Activities)(nil).CheckResize,
		nova.ResizeQuery{Cloud: w.cloud, Server: s.ID, Flavors: flavors})
	require.NoError(t, err)
	in := nova.ResizeInput{Cloud: w.cloud, Before: plan.Before, Old: plan.Old, New: plan.Old}
	if len(flavors) > 0 {
		in.New = plan.Flavors[0]
	}
	return in
}

func (w *world) resized(t *testing.T, in nova.ResizeInput) nova.Accepted {
	t.Helper()
	out := must(t, w, "resize", (*nova.Activities)(nil).ResizeServer, in)
	v, err := call(t, w, (*nova.Activities)(nil).WaitResize, nova.ResizeWait{ResizeInput: in, Request: out.Request})
	require.NoError(t, err)
	require.Equal(t, in.New.Name, v.Flavor)
	return out
}

func (w *world) confirmed(t *testing.T, in nova.ResizeInput) {
	t.Helper()
	if w.dev != nil { // as nova answers while the first one is under way
		w.dev.AddFault(devcloud.Fault{Service: "nova", Method: "POST", Path: "/action$", Action: "own:400",
			Text: "Instance has not been resized.", Count: 2})
	}
	for range 2 {
		_, attempts := retried(t, w, "confirm", (*nova.Activities)(nil).ConfirmResize, in)
		require.Equal(t, 1, attempts, "a confirmation that is under way is waited out")
	}
	_, err := call(t, w, (*nova.Activities)(nil).WaitResizeConfirmed, nova.ResizeWait{ResizeInput: in})
	require.NoError(t, err)
}

func (w *world) requireFlavor(t *testing.T, s nova.Server, status, flavor string) {
	t.Helper()
	now := w.seen(t, s.ID)
	require.Equal(t, status+" "+flavor, now.Status+" "+now.Flavor)
}

func resizeAndBack(t *testing.T, w *world) {
	s := w.running(t)
	in := w.resize(t, s, "m1.small")
	undo(t, w, "resize", (*nova.Activities)(nil).RevertResize, in, nil) // nothing was asked for
	out := w.resized(t, in)
	require.Equal(t, out, must(t, w, "resize", (*nova.Activities)(nil).ResizeServer, in), "asked for twice")
	for range 2 {
		undo(t, w, "resize", (*nova.Activities)(nil).RevertResize, in, &out)
		w.requireFlavor(t, s, "ACTIVE", "m1.nano")
	}

	in = w.resize(t, s, "m1.small")
	must(t, w, "resize", (*nova.Activities)(nil).ResizeServer, in)
	undo(t, w, "resize", (*nova.Activities)(nil).RevertResize, in, nil) // while it is under way
	w.requireFlavor(t, s, "ACTIVE", "m1.nano")

	c, err := w.clouds.Open(context.Background(), w.cloud)
	require.NoError(t, err)
	network := &c.Compute.HTTPClient
	whole := network.Transport
	l := &losing{RoundTripper: whole, path: regexp.MustCompile("/action$")}
	network.Transport = l
	in = w.resize(t, s, "m1.small")
	out, attempts := retried(t, w, "resize", (*nova.Activities)(nil).ResizeServer, in)
	network.Transport = whole
	require.Equal(t, 2, attempts)
	_, err = call(t, w, (*nova.Activities)(nil).WaitResize, nova.ResizeWait{ResizeInput: in, Request: out.Request})
	require.NoError(t, err)
	w.confirmed(t, in)
	w.requireFlavor(t, s, "ACTIVE", "m1.small")
	undo(t, w, "resize", (*nova.Activities)(nil).RevertResize, in, &out) // confirmed: by another resize
	w.requireFlavor(t, s, "ACTIVE", "m1.nano")

	w.brought(t, s, "stop")
	in = w.resize(t, s, "m1.small")
	w.resized(t, in)
	undo(t, w, "resize", (*nova.Activities)(nil).RevertResize, in, nil)
	w.requireFlavor(t, s, "SHUTOFF", "m1.nano")
}

func resizeNowhere(t *testing.T, w *world) {
	s := w.running(t)
	in := w.resize(t, s, "m1.impossible")
	out := must(t, w, "resize", (*nova.Activities)(nil).ResizeServer, in)
	_, err := call(t, w, (*nova.Activities)(nil).WaitResize, nova.ResizeWait{ResizeInput: in, Request: out.Request})
	app := application(t, err)
	require.Equal(t, cloud.ServerError, app.Type())
	require.Contains(t, app.Message(), "is ACTIVE: nova accepted to resize it and did not")
	undo(t, w, "resize", (*nova.Activities)(nil).RevertResize, in, &out)
	w.requireFlavor(t, s, "ACTIVE", "m1.nano")
}

func resizeRefused(t *testing.T, w *world) {
	s := w.running(t)
	w.brought(t, s, "pause")
	_, err := call(t, w, (*nova.Activities)(nil).CheckResize,
		nova.ResizeQuery{Cloud: w.cloud, Server: s.Name, Flavors: []string{"m1.nano", "m1.huge%", "m1.small"}})
	for _, want := range []string{"is PAUSED: it must be ACTIVE or SHUTOFF", `has flavor "m1.nano" already`,
		`there is no flavor "m1.huge%"`} {
		require.Contains(t, application(t, err).Message(), want)
	}
	_, err = call(t, w, (*nova.Activities)(nil).CheckRebuild,
		nova.RebuildQuery{Cloud: w.cloud, Server: s.Name, Image: "no-image"})
	for _, want := range []string{"is PAUSED", `there is no image "no-image"`} {
		require.Contains(t, application(t, err).Message(), want)
	}
}

func rebuildOnce(t *testing.T, w *world) {
	s := w.running(t)
	plan, err := call(t, w, (*nova.Activities)(nil).CheckRebuild,
		nova.RebuildQuery{Cloud: w.cloud, Server: s.ID, Image: "tiny"})
	require.NoError(t, err)
	in := nova.RebuildInput{Cloud: w.cloud, Before: plan.Before, ImageID: plan.ImageID}
	out := must(t, w, "rebuild", (*nova.Activities)(nil).RebuildServer, in)
	require.Equal(t, out, must(t, w, "rebuild", (*nova.Activities)(nil).RebuildServer, in))
	v, err := call(t, w, (*nova.Activities)(nil).WaitRebuild, nova.RebuildWait{RebuildInput: in, Request: out.Request})
	require.NoError(t, err)
	require.Equal(t, "ACTIVE", v.Status)
	undo(t, w, "rebuild", (*nova.Activities)(nil).AwaitRebuildEnd, in, nil)
	require.Equal(t, 1, w.recorded(t, s, "rebuild"))
	require.Equal(t, w.mark("server"), w.seen(t, s.ID).Mark, "the marks stay")
}

func coldAndBack(t *testing.T, w *world) {
	s := w.running(t)
	a := w.admin()
	in := a.resize(t, s)
	from := in.Before.Host
	require.NotEmpty(t, from)
	a.resized(t, in)
	require.NotEqual(t, from, a.seen(t, s.ID).Host)
	undo(t, a, "resize", (*nova.Activities)(nil).RevertResize, in, nil)
	require.Equal(t, from, a.seen(t, s.ID).Host)
	in = a.resize(t, s)
	a.resized(t, in)
	a.confirmed(t, in)
	require.NotEqual(t, from, a.seen(t, s.ID).Host)
}

func liveOnce(t *testing.T, w *world) {
	s := w.running(t)
	a := w.admin()
	b, err := call(t, a, (*hosts.Activities)(nil).CheckLiveMigration,
		hosts.LiveMigrationQuery{Cloud: a.cloud, Server: s.Name})
	require.NoError(t, err)
	in := hosts.LiveMigrationInput{Cloud: a.cloud, Before: b}
	undo(t, a, "live", (*hosts.Activities)(nil).AbortLiveMigration, in, nil) // nothing was asked for
	out := must(t, a, "live", (*hosts.Activities)(nil).LiveMigrate, in)
	require.Equal(t, out, must(t, a, "live", (*hosts.Activities)(nil).LiveMigrate, in), "asked for twice")
	v, err := call(t, a, (*hosts.Activities)(nil).WaitLiveMigration,
		hosts.LiveMigrationWait{LiveMigrationInput: in, Request: out.Request})
	require.NoError(t, err)
	require.NotEqual(t, b.Host, v.Host)
	undo(t, a, "live", (*hosts.Activities)(nil).AbortLiveMigration, in, &out)
	require.Equal(t, v.Host, a.seen(t, s.ID).Host, "what has arrived stays")
}

func noSuchHost(t *testing.T, w *world) {
	s := w.running(t)
	a := w.admin()
	host := a.seen(t, s.ID).Host
	for name, want := range map[string]string{"compute-9": `no host "compute-9" is up and enabled`,
		host: "is on host " + host + " already"} {
		_, err := call(t, a, (*hosts.Activities)(nil).CheckLiveMigration,
			hosts.LiveMigrationQuery{Cloud: a.cloud, Server: s.ID, Host: name})
		require.Contains(t, application(t, err).Message(), want)
		_, err = call(t, a, (*nova.Activities)(nil).CheckResize,
			nova.ResizeQuery{Cloud: a.cloud, Server: s.ID, Host: name})
		require.Contains(t, application(t, err).Message(), want)
	}
	_, err := call(t, w, (*hosts.Activities)(nil).CheckLiveMigration,
		hosts.LiveMigrationQuery{Cloud: w.cloud, Server: s.ID})
	require.Contains(t, application(t, err).Message(), "hosts are for administrators")
}

// A live migration that is under way is aborted, and the server stays.
func TestALiveMigrationIsAborted(t *testing.T) {
	w := newDevcloud(t, devcloud.Options{}).fresh(t)
	s := w.running(t)
	a := w.admin()
	b, err := call(t, a, (*hosts.Activities)(nil).CheckLiveMigration,
		hosts.LiveMigrationQuery{Cloud: a.cloud, Server: s.ID})
	require.NoError(t, err)
	require.NoError(t, w.dev.Configure(func(s *devcloud.Settings) { s.BuildTime = devcloud.Duration(time.Hour) }))
	in := hosts.LiveMigrationInput{Cloud: a.cloud, Before: b}
	must(t, a, "live", (*hosts.Activities)(nil).LiveMigrate, in)
	require.Equal(t, "MIGRATING", a.seen(t, s.ID).Status)
	undo(t, a, "live", (*hosts.Activities)(nil).AbortLiveMigration, in, nil)
	require.Equal(t, "ACTIVE", a.seen(t, s.ID).Status)
	require.Equal(t, b.Host, a.seen(t, s.ID).Host)
}
