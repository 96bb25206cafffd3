package activities

import (
	"context"
	"regexp"
	"slices"
	"testing"

	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/servers"
	"github.com/stretchr/testify/require"

	"novaflow/activities/internal/cloud"
	"novaflow/activities/nova"
	"novaflow/internal/devcloud"
)

// powerContracts are what every cloud must hold to when a server is stopped,
// started and the like. Each is named after the mistake that it would catch.
var powerContracts = []struct {
	name string
	try  func(*testing.T, *world)
}{
	{"an undo brings the server back from wherever the verb led", everyVerbAndBack},
	{"a repeated reboot restarts the server once", repeatedReboot},
	{"a lost answer is told from a request that never arrived", lostPower},
	{"an undo does not invert what it found done", foundDone},
	{"an undo leaves alone what somebody else has changed since", changedByOthers},
	{"a state that forbids the verb is named with what is allowed", forbiddenVerb},
}

func TestPowerContracts(t *testing.T) {
	tryContracts(t, powerContracts)
}

func tryContracts(t *testing.T, contracts []struct {
	name string
	try  func(*testing.T, *world)
}) {
	for name, open := range worlds() {
		t.Run(name, func(t *testing.T) {
			w := open(t)
			for _, c := range contracts {
				t.Run(c.name, func(t *testing.T) { c.try(t, w.fresh(t)) })
			}
		})
	}
}

// running is an ACTIVE server without ports. It is gone when the test ends.
func (w *world) running(t *testing.T) nova.Server {
	t.Helper()
	plan := w.plan(t)
	in := nova.CreateServerInput{Cloud: w.cloud, Name: w.run, FlavorID: plan.FlavorID, ImageID: plan.ImageID}
	made := must(t, w, "server", (*nova.Activities)(nil).CreateServer, in)
	t.Cleanup(func() { undo(t, w, "server", (*nova.Activities)(nil).DeleteServer, in, nil) })
	s, err := call(t, w, (*nova.Activities)(nil).WaitServer,
		nova.ServerWait{Cloud: w.cloud, ID: made.ID, Name: made.Name})
	require.NoError(t, err)
	return s
}

// power is the input of a verb, as the flow builds it.
func (w *world) power(t *testing.T, s nova.Server, verb string) nova.PowerInput {
	t.Helper()
	plan, err := call(t, w, (*nova.Activities)(nil).CheckPower,
		nova.PowerQuery{Cloud: w.cloud, Server: s.ID, Verb: verb})
	require.NoError(t, err)
	require.False(t, plan.Done)
	return nova.PowerInput{Cloud: w.cloud, Verb: verb, Before: plan.Before}
}

// wake has the verb that leads to ACTIVE, by the status that it leads from.
var wake = map[string]string{"SHUTOFF": "start", "PAUSED": "unpause", "SUSPENDED": "resume", "SHELVED": "unshelve",
	"SHELVED_OFFLOADED": "unshelve"}

// brought runs the verb and waits for it.
func (w *world) brought(t *testing.T, s nova.Server, verb string) (nova.PowerInput, nova.Accepted) {
	t.Helper()
	in := w.power(t, s, verb)
	out := must(t, w, verb, (*nova.Activities)(nil).PowerServer, in)
	after, err := call(t, w, (*nova.Activities)(nil).WaitPower, nova.PowerWait{PowerInput: in, Request: out.Request})
	require.NoError(t, err)
	require.Equal(t, !slices.Contains([]string{"stop", "pause", "suspend", "shelve"}, verb), after.Status == "ACTIVE",
		after.Status)
	return in, out
}

func (w *world) status(t *testing.T, s nova.Server) string {
	t.Helper()
	now := w.seen(t, s.ID)
	require.Empty(t, now.TaskState)
	return now.Status
}

// recorded counts the actions of a name in nova's record.
func (w *world) recorded(t *testing.T, s nova.Server, action string) (n int) {
	t.Helper()
	c, err := w.clouds.Open(context.Background(), w.cloud)
	require.NoError(t, err)
	all, err := nova.ListActions(context.Background(), c, nova.ServerBefore{OwnedObject: s.OwnedObject})
	require.NoError(t, err)
	for _, a := range all {
		if a.Action == action {
			n++
		}
	}
	return n
}

func everyVerbAndBack(t *testing.T, w *world) {
	s := w.running(t)
	for _, there := range []string{"stop", "pause", "suspend", "shelve"} {
		in, out := w.brought(t, s, there)
		undo(t, w, there, (*nova.Activities)(nil).RestorePowerState, in, &out)
		require.Equal(t, "ACTIVE", w.status(t, s), "%s undone", there)
		undo(t, w, there, (*nova.Activities)(nil).RestorePowerState, in, nil)
		require.Equal(t, "ACTIVE", w.status(t, s), "%s undone twice", there)

		w.brought(t, s, there)
		away := w.status(t, s)
		in, out = w.brought(t, s, wake[away])
		undo(t, w, wake[away], (*nova.Activities)(nil).RestorePowerState, in, &out)
		require.Equal(t, away, w.status(t, s), "%s undone", wake[away])
		w.brought(t, s, wake[away])
	}
	w.brought(t, s, "stop")
	in, out := w.brought(t, s, "shelve") // over two steps: unshelve starts a server
	undo(t, w, "shelve", (*nova.Activities)(nil).RestorePowerState, in, &out)
	require.Equal(t, "SHUTOFF", w.status(t, s))
}

func repeatedReboot(t *testing.T, w *world) {
	s := w.running(t)
	in := w.power(t, s, "reboot")
	first := must(t, w, "reboot", (*nova.Activities)(nil).PowerServer, in)
	second := must(t, w, "reboot", (*nova.Activities)(nil).PowerServer, in)
	require.Equal(t, first, second)
	_, err := call(t, w, (*nova.Activities)(nil).WaitPower, nova.PowerWait{PowerInput: in, Request: first.Request})
	require.NoError(t, err)
	require.Equal(t, 1, w.recorded(t, s, "reboot"))
	w.brought(t, s, "hard-reboot")
}

func lostPower(t *testing.T, w *world) {
	s := w.running(t)
	c, err := w.clouds.Open(context.Background(), w.cloud)
	require.NoError(t, err)
	network := &c.Compute.HTTPClient
	whole := network.Transport
	defer func() { network.Transport = whole }()
	for _, verb := range []string{"stop", "start", "reboot"} {
		in := w.power(t, s, verb)
		l := &losing{RoundTripper: whole, path: regexp.MustCompile("/action$")}
		network.Transport = l
		out, attempts := retried(t, w, verb, (*nova.Activities)(nil).PowerServer, in)
		require.True(t, l.lost.Load())
		require.Equal(t, 2, attempts)
		require.Equal(t, 1, w.recorded(t, s, verb), "asked for twice")
		_, err := call(t, w, (*nova.Activities)(nil).WaitPower, nova.PowerWait{PowerInput: in, Request: out.Request})
		require.NoError(t, err)
	}
	in := w.power(t, s, "stop")
	undo(t, w, "stop", (*nova.Activities)(nil).RestorePowerState, in, nil)
	require.Equal(t, "ACTIVE", w.status(t, s))
	must(t, w, "stop", (*nova.Activities)(nil).PowerServer, in)
	undo(t, w, "stop", (*nova.Activities)(nil).RestorePowerState, in, nil) // the answer never came
	require.Equal(t, "ACTIVE", w.status(t, s))
}

func foundDone(t *testing.T, w *world) {
	s := w.running(t)
	in := w.power(t, s, "stop") // and then another user stops it
	w.brought(t, s, "stop")
	plan, err := call(t, w, (*nova.Activities)(nil).CheckPower,
		nova.PowerQuery{Cloud: w.cloud, Server: s.Name, Verb: "stop"})
	require.NoError(t, err)
	require.True(t, plan.Done, "the flow asks for nothing and so has nothing to undo")
	in.Before = plan.Before
	undo(t, w, "stop", (*nova.Activities)(nil).RestorePowerState, in, nil)
	require.Equal(t, "SHUTOFF", w.status(t, s))
}

func changedByOthers(t *testing.T, w *world) {
	s := w.running(t)
	in, out := w.brought(t, s, "stop")
	w.brought(t, s, "start")
	w.brought(t, s, "pause")
	undo(t, w, "stop", (*nova.Activities)(nil).RestorePowerState, in, &out)
	require.Equal(t, "PAUSED", w.status(t, s), "who paused it wants it so")
	w.brought(t, s, "unpause")
}

func forbiddenVerb(t *testing.T, w *world) {
	s := w.running(t)
	_, err := call(t, w, (*nova.Activities)(nil).CheckPower,
		nova.PowerQuery{Cloud: w.cloud, Server: s.ID, Verb: "unpause"})
	require.NoError(t, err, "an ACTIVE server is unpaused already")
	w.brought(t, s, "stop")
	_, err = call(t, w, (*nova.Activities)(nil).CheckPower,
		nova.PowerQuery{Cloud: w.cloud, Server: s.ID, Verb: "pause"})
	app := application(t, err)
	require.Equal(t, cloud.InvalidRequest, app.Type())
	require.Contains(t, app.Message(), "is SHUTOFF: the status does not allow pause, only to shelve, start")

	c, err := w.clouds.Open(context.Background(), w.cloud)
	require.NoError(t, err)
	require.NoError(t, servers.Lock(context.Background(), c.Compute, s.ID).ExtractErr())
	_, err = call(t, w, (*nova.Activities)(nil).CheckPower,
		nova.PowerQuery{Cloud: w.cloud, Server: s.ID, Verb: "start"})
	require.Contains(t, application(t, err).Message(), "is locked")
	require.NoError(t, servers.Unlock(context.Background(), c.Compute, s.ID).ExtractErr())

	for _, name := range []string{"no-such", ".*", w.run + "%", "'; drop", "a\nb"} {
		_, err := call(t, w, (*nova.Activities)(nil).CheckPower,
			nova.PowerQuery{Cloud: w.cloud, Server: name, Verb: "start"})
		require.Equal(t, cloud.InvalidRequest, application(t, err).Type(), "%q: %s", name, err)
	}
}

// A verb that nova accepts and does not carry out is the failure of the run, and
// not of the server: it must be told in nova's words, and not as success.
func TestAVerbThatNovaDidNotCarryOutFails(t *testing.T) {
	w := newDevcloud(t, devcloud.Options{}).fresh(t)
	s := w.running(t)
	for _, verb := range []string{"stop", "reboot"} {
		w.dev.AddFault(devcloud.Fault{Service: "nova", Method: "POST", Path: "/action$", Action: "error",
			Text: "the hypervisor is not amused", Count: 1})
		in := w.power(t, s, verb)
		out := must(t, w, verb, (*nova.Activities)(nil).PowerServer, in)
		_, err := call(t, w, (*nova.Activities)(nil).WaitPower, nova.PowerWait{PowerInput: in, Request: out.Request})
		app := application(t, err)
		require.Equal(t, cloud.ServerError, app.Type())
		require.True(t, app.NonRetryable())
		require.Contains(t, app.Message(), "is ACTIVE: nova accepted to "+verb+" it and did not")
		require.Equal(t, "ACTIVE", w.status(t, s), "a failed %s must not mark a healthy server", verb)
	}
}
