package activities

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/resource"
	"novaflow/activities/nova"
	"novaflow/activities/nova/plan"
)

// setContracts are what every cloud must hold to when a server gets another name
// or other properties.
var setContracts = []struct {
	name string
	try  func(*testing.T, *world)
}{
	{"a name is changed and given back, unless somebody else has changed it since", nameAndBack},
	{"a property is changed and given back, absence too", propertyAndBack},
	{"a name that another server has is refused", nameTaken},
}

func TestSetContracts(t *testing.T) { tryContracts(t, setContracts) }

func (w *world) seen(t *testing.T, id string) nova.Server {
	t.Helper()
	return lookAt(t, w, nova.Servers, id)
}

// lookAt is a resource as the cloud has it.
func lookAt[T resource.Resource](t *testing.T, w *world, r resource.Kind[T], id string) T {
	t.Helper()
	c, err := w.clouds.Open(context.Background(), w.cloud)
	require.NoError(t, err)
	v, err := r.Get(context.Background(), c, id)
	require.NoError(t, err)
	return v
}

func nameAndBack(t *testing.T, w *world) {
	s := w.running(t)
	in := nova.RenameInput{Cloud: w.cloud, ServerID: s.ID, From: s.Name, To: s.Name + " ünïcode"}
	for range 2 {
		must(t, w, "name", (*nova.Activities)(nil).RenameServer, in)
		require.Equal(t, in.To, w.seen(t, s.ID).Name)
	}
	for range 2 {
		undo(t, w, "name", (*nova.Activities)(nil).RestoreServerName, in, nil)
		require.Equal(t, s.Name, w.seen(t, s.ID).Name)
	}
	must(t, w, "name", (*nova.Activities)(nil).RenameServer, in)
	theirs := nova.RenameInput{Cloud: w.cloud, ServerID: s.ID, To: s.Name + " theirs"}
	must(t, w, "name", (*nova.Activities)(nil).RenameServer, theirs)
	undo(t, w, "name", (*nova.Activities)(nil).RestoreServerName, in, nil)
	require.Equal(t, theirs.To, w.seen(t, s.ID).Name, "what somebody else set since is theirs")
}

func propertyAndBack(t *testing.T, w *world) {
	s := w.running(t)
	one, two := "1", "2"
	set := nova.PropertyInput{Cloud: w.cloud, ServerID: s.ID, Key: "a key: with_all-of.it", To: &one}
	must(t, w, "set", (*nova.Activities)(nil).SetServerProperty, set)
	change := nova.PropertyInput{Cloud: w.cloud, ServerID: s.ID, Key: set.Key, From: &one, To: &two}
	must(t, w, "set", (*nova.Activities)(nil).SetServerProperty, change)
	require.Equal(t, two, w.seen(t, s.ID).Properties[set.Key])
	undo(t, w, "set", (*nova.Activities)(nil).RestoreServerProperty, set, nil)
	require.Equal(t, two, w.seen(t, s.ID).Properties[set.Key], "what somebody else set since is theirs")
	undo(t, w, "set", (*nova.Activities)(nil).RestoreServerProperty, change, nil)
	require.Equal(t, one, w.seen(t, s.ID).Properties[set.Key])
	unset := nova.PropertyInput{Cloud: w.cloud, ServerID: s.ID, Key: set.Key, From: &one}
	for range 2 {
		must(t, w, "unset", (*nova.Activities)(nil).SetServerProperty, unset)
		require.NotContains(t, w.seen(t, s.ID).Properties, set.Key)
	}
	undo(t, w, "unset", (*nova.Activities)(nil).RestoreServerProperty, unset, nil)
	require.Equal(t, one, w.seen(t, s.ID).Properties[set.Key])
	undo(t, w, "set", (*nova.Activities)(nil).RestoreServerProperty, set, nil)
	require.NotContains(t, w.seen(t, s.ID).Properties, set.Key)
	require.Equal(t, w.mark("server"), w.seen(t, s.ID).Mark, "nothing else is touched")
}

func nameTaken(t *testing.T, w *world) {
	s := w.running(t)
	_, err := call(t, w, (*nova.Activities)(nil).CheckServerChange,
		nova.ServerChangeQuery{Cloud: w.cloud, Server: s.ID, Name: s.Name})
	require.NoError(t, err, "its own name")
	_, err = call(t, w, (*nova.Activities)(nil).CheckServerChange,
		nova.ServerChangeQuery{Cloud: w.cloud, Server: "nobody " + s.Name, Name: s.Name})
	require.Equal(t, cloud.InvalidRequest, application(t, err).Type())
	other := must(t, w, "other", (*nova.Activities)(nil).CreateServer, nova.CreateServerInput{
		Cloud: w.cloud, Name: "other " + s.Name, FlavorID: w.parts(t).FlavorID, ImageID: w.parts(t).ImageID,
	})
	defer undo(t, w, "other", (*nova.Activities)(nil).DeleteServer, nova.CreateServerInput{Cloud: w.cloud}, nil)
	_, err = call(t, w, (*nova.Activities)(nil).CheckServerChange,
		nova.ServerChangeQuery{Cloud: w.cloud, Server: s.ID, Name: other.Name})
	require.Contains(t, application(t, err).Message(), "already: "+other.ID)
}

// parts resolves the parts of a server for a name that is free.
func (w *world) parts(t *testing.T) plan.ServerPlan {
	t.Helper()
	plan, err := call(t, w, (*plan.Activities)(nil).CheckServer,
		plan.ServerQuery{Cloud: w.cloud, Run: w.run, Name: w.run + "-free", Image: "tiny", Flavor: "m1.nano"})
	require.NoError(t, err)
	return plan
}
