package activities

import (
	"testing"

	"github.com/stretchr/testify/require"

	"novaflow/activities/internal/cloud"
	"novaflow/activities/nova"
	"novaflow/internal/devcloud"
)

// Where nova confirms a resize by itself (resize_confirm_window), or an administrator
// does, a run that was paused meanwhile was told that nova had not done it, and undid
// what it was asked for, or tried the next flavor.
func TestAResizeThatWasConfirmedMeanwhileIsDone(t *testing.T) {
	w := newDevcloud(t, devcloud.Options{}).fresh(t)
	s := w.running(t)
	in := w.resize(t, s, "m1.small")
	out := w.resized(t, in)
	w.confirmed(t, in)
	v, err := call(t, w, (*nova.Activities)(nil).WaitResize, nova.ResizeWait{ResizeInput: in, Request: out.Request})
	require.NoError(t, err)
	require.Equal(t, "m1.small", v.Flavor)

	a := w.admin()
	in = a.resize(t, s)
	out = a.resized(t, in)
	a.confirmed(t, in)
	v, err = call(t, a, (*nova.Activities)(nil).WaitResize, nova.ResizeWait{ResizeInput: in, Request: out.Request})
	require.NoError(t, err)
	require.NotEqual(t, in.Before.Host, v.Host)
}

// A migration keeps the flavor. The bug: a migration that another user had reverted
// before the confirmation looked confirmed. The run committed, and the server was on its
// old host.
func TestAMigrationThatWasRevertedMeanwhileIsNotConfirmed(t *testing.T) {
	w := newDevcloud(t, devcloud.Options{}).fresh(t)
	s := w.running(t)
	for a, flavors := range map[*world][]string{w.admin(): nil, w: {"m1.small"}} {
		in := a.resize(t, s, flavors...)
		out := a.resized(t, in)
		undo(t, a, "resize", (*nova.Activities)(nil).RevertResize, in, &out)
		_, err := do(t, a, "confirm", (*nova.Activities)(nil).ConfirmResize, in)
		app := application(t, err)
		require.Equal(t, cloud.ServerError, app.Type())
		require.Contains(t, app.Message(), "another user has reverted it")
		a.requireFlavor(t, s, "ACTIVE", "m1.nano")
	}
}
