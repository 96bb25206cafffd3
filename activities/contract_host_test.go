package activities

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// emptied takes a server off its host, with the host out of use, and back.
func emptied(t *testing.T, w *world) {
	s := w.running(t)
	a := w.admin()
	host := a.seen(t, s.ID).Host
	plan, err := call(t, a, (*Compute)(nil).CheckHost, HostQuery{Cloud: a.cloud, Host: host})
	require.NoError(t, err)
	service := ServiceInput{Cloud: a.cloud, Host: host, ServiceID: plan.ServiceID}
	undo(t, a, "service", (*Compute)(nil).EnableService, service, nil) // nothing was disabled
	for range 2 {
		must(t, a, "service", (*Compute)(nil).DisableService, service)
	}
	undo(t, a, "another task", (*Compute)(nil).EnableService, service, nil)
	_, err = call(t, a, (*Compute)(nil).CheckLive, LiveQuery{Cloud: a.cloud, Server: s.ID, Host: host})
	require.Contains(t, application(t, err).Message(), "is on host "+host)
	for _, b := range plan.Servers {
		if b.ID != s.ID {
			continue
		}
		in := LeaveInput{Cloud: a.cloud, Before: b}
		leaving := must(t, a, "leave", (*Compute)(nil).LeaveHost, in)
		left, err := call(t, a, (*Compute)(nil).WaitLeft, LeftWait{in, leaving})
		require.NoError(t, err)
		require.Empty(t, left.Why)
		require.NotEqual(t, host, left.Host)
		undo(t, a, "leave", (*Compute)(nil).StayWhereItIs, in, &leaving)
		require.Equal(t, left.Host, a.seen(t, s.ID).Host)
	}
	require.NotEqual(t, host, a.seen(t, s.ID).Host, "the plan lacked the server")
	for range 2 {
		undo(t, a, "service", (*Compute)(nil).EnableService, service, nil)
	}
	_, err = call(t, a, (*Compute)(nil).CheckLive, LiveQuery{Cloud: a.cloud, Server: s.ID, Host: host})
	require.NoError(t, err, "the host is not in use again")
	_, err = call(t, a, (*Compute)(nil).CheckHost, HostQuery{Cloud: a.cloud, Host: host, Dead: true})
	require.Contains(t, application(t, err).Message(), "its servers would run twice")
}
