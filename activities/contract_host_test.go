package activities

import (
	"testing"

	"github.com/stretchr/testify/require"

	"novaflow/activities/nova"
	"novaflow/activities/nova/hosts"
)

// emptied takes a server off its host, with the host out of use, and back.
func emptied(t *testing.T, w *world) {
	s := w.running(t)
	a := w.admin()
	host := a.seen(t, s.ID).Host
	plan, err := call(t, a, (*hosts.Activities)(nil).CheckHost, hosts.HostQuery{Cloud: a.cloud, Host: host})
	require.NoError(t, err)
	require.Contains(t, plan.Clouds[s.ID], w.cloud, "what its owners call the cloud")
	service := hosts.ServiceInput{Cloud: a.cloud, Host: host, ServiceID: plan.ServiceID}
	undo(t, a, "service", (*hosts.Activities)(nil).EnableService, service, nil) // nothing was disabled
	for range 2 {
		must(t, a, "service", (*hosts.Activities)(nil).DisableService, service)
	}
	undo(t, a, "another task", (*hosts.Activities)(nil).EnableService, service, nil)
	_, err = call(t, a, (*hosts.Activities)(nil).CheckLiveMigration,
		hosts.LiveMigrationQuery{Cloud: a.cloud, Server: s.ID, Host: host})
	require.Contains(t, application(t, err).Message(), "is on host "+host)
	for _, b := range plan.Servers {
		if b.ID != s.ID {
			continue
		}
		in := hosts.LeaveInput{Cloud: a.cloud, Before: b}
		leaving := must(t, a, "leave", (*hosts.Activities)(nil).LeaveHost, in)
		left, err := call(t, a, (*hosts.Activities)(nil).WaitLeave, hosts.LeaveWait{LeaveInput: in, Leaving: leaving})
		require.NoError(t, err)
		require.Empty(t, left.Why)
		require.NotEqual(t, host, left.Host)
		undo(t, a, "leave", (*hosts.Activities)(nil).AbortLeave, in, &leaving)
		require.Equal(t, left.Host, a.seen(t, s.ID).Host)
	}
	require.NotEqual(t, host, a.seen(t, s.ID).Host, "the plan lacked the server")
	for range 2 {
		undo(t, a, "service", (*hosts.Activities)(nil).EnableService, service, nil)
	}
	_, err = call(t, a, (*hosts.Activities)(nil).CheckLiveMigration,
		hosts.LiveMigrationQuery{Cloud: a.cloud, Server: s.ID, Host: host})
	require.NoError(t, err, "the host is not in use again")
	_, err = call(t, a, (*hosts.Activities)(nil).CheckHost, hosts.HostQuery{Cloud: a.cloud, Host: host, Dead: true})
	require.Contains(t, application(t, err).Message(), "its servers would run twice")
	leftCold(t, w, a, s)
}

// leftCold takes a server off its host that is shut down, and confirms it once; and
// again, but for the undo, which confirms what has arrived.
func leftCold(t *testing.T, w, a *world, s nova.Server) {
	plan, err := call(t, w, (*nova.Activities)(nil).CheckPower,
		nova.PowerQuery{Cloud: w.cloud, Server: s.ID, Verb: "stop"})
	require.NoError(t, err)
	stop := nova.PowerInput{Cloud: w.cloud, Verb: "stop", Before: plan.Before}
	_, err = call(t, w, (*nova.Activities)(nil).WaitPower,
		nova.PowerWait{PowerInput: stop, Request: must(t, w, "stop", (*nova.Activities)(nil).PowerServer,
			stop).Request})
	require.NoError(t, err)
	for _, confirm := range []bool{true, false} {
		b, err := call(t, a, (*nova.Activities)(nil).RecordServerState, nova.ServerRef{Cloud: a.cloud, ID: s.ID})
		require.NoError(t, err)
		in := hosts.LeaveInput{Cloud: a.cloud, Before: b}
		require.True(t, in.Cold())
		leaving := must(t, a, "leave", (*hosts.Activities)(nil).LeaveHost, in)
		left, err := call(t, a, (*hosts.Activities)(nil).WaitLeave, hosts.LeaveWait{LeaveInput: in, Leaving: leaving})
		require.NoError(t, err)
		require.Empty(t, left.Why)
		require.Equal(t, "VERIFY_RESIZE", a.seen(t, s.ID).Status)
		if confirm {
			for range 2 {
				must(t, a, "confirm", (*hosts.Activities)(nil).ConfirmLeave,
					hosts.LeaveConfirm{LeaveInput: in, Result: left})
			}
		}
		undo(t, a, "leave", (*hosts.Activities)(nil).AbortLeave, in, &leaving)
		now := a.seen(t, s.ID)
		require.Equal(t, "SHUTOFF", now.Status)
		require.Equal(t, left.Host, now.Host)
		require.NotEqual(t, b.Host, now.Host)
	}
}
