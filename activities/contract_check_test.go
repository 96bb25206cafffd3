package activities

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/servers"
	"github.com/stretchr/testify/require"

	"novaflow/activities/internal/cloud"
	"novaflow/activities/inventory"
	"novaflow/activities/neutron"
	"novaflow/activities/nova"
	"novaflow/activities/nova/plan"
)

func checkProblems(t *testing.T, w *world) {
	_, err := call(t, w, (*plan.Activities)(nil).CheckServer, plan.ServerQuery{
		Cloud: w.cloud, Name: w.run, Image: "tyny", Flavor: "m1.nan", KeyName: "nobody", AvailabilityZone: "mars",
		Networks: []string{"privat", "no-such-network"}, ExternalNetwork: "private", BootVolumeGiB: 1 << 30,
	})
	app := application(t, err)
	require.Equal(t, cloud.InvalidRequest, app.Type())
	require.True(t, app.NonRetryable())
	for _, words := range []string{
		`no image "tyny"; did you mean "tiny"?`, `no flavor "m1.nan"; did you mean "m1.nano"`, `key pair "nobody"`,
		`availability zone "mars"`,
		`no network "privat"; did you mean "private"`, `no network "no-such-network"`,
		`no external network "private": name one of "public"`, "gigabytes",
	} {
		require.Contains(t, app.Message(), words)
	}
	require.Equal(t, 8, strings.Count(app.Message(), "\n- "), app.Message())
}

func checkPlan(t *testing.T, w *world) {
	found, err := call(t, w, (*plan.Activities)(nil).CheckServer, plan.ServerQuery{
		Cloud: w.cloud, Name: w.run, Image: "tiny", Flavor: "m1.nano", Networks: []string{"private", "private"},
		ExternalNetwork: neutron.AutoNetwork,
	})
	require.NoError(t, err)
	require.Equal(t, "public", found.ExternalNetwork.Name)
	require.Len(t, found.Networks, 2)
	again, err := call(t, w, (*plan.Activities)(nil).CheckServer, plan.ServerQuery{
		Cloud: w.cloud, Name: w.run, Image: found.ImageID, Flavor: found.FlavorID,
		Networks: []string{found.Networks[0].ID, found.Networks[1].ID}, ExternalNetwork: found.ExternalNetwork.ID,
	})
	require.NoError(t, err)
	require.Equal(t, found, again, "by id as by name")
}

func checkNamesake(t *testing.T, w *world) {
	found := w.plan(t)
	server := nova.CreateServerInput{Cloud: w.cloud, Name: w.run, FlavorID: found.FlavorID, ImageID: found.ImageID}
	s := must(t, w, "server", (*nova.Activities)(nil).CreateServer, server)
	w.plan(t) // the run itself may go on
	_, err := call(t, w, (*plan.Activities)(nil).CheckServer,
		plan.ServerQuery{Cloud: w.cloud, Run: "another", Name: w.run, Image: "tiny", Flavor: "m1.nano"})
	message := application(t, err).Message()
	require.Contains(t, message, "created by run "+w.run)
	require.Contains(t, message, s.ID)
	undo(t, w, "server", (*nova.Activities)(nil).DeleteServer, server, nil)
}

// strangeNames: nova takes the name in a query for a regular expression, and
// escapes some of it once more.
func strangeNames(t *testing.T, w *world) {
	plan := w.plan(t)
	for i, name := range []string{`a|b`, `%_`, `.*`, `(x)[1]{2}^$\`, `it's "so"`, `wäb-服务器`, `--help`, `a&b=c?d#e/f`} {
		name = w.run + name
		server := nova.CreateServerInput{Cloud: w.cloud, Name: name, FlavorID: plan.FlavorID, ImageID: plan.ImageID}
		task := fmt.Sprintf("server-%d", i)
		s := must(t, w, task, (*nova.Activities)(nil).CreateServer, server)
		owned, err := call(t, w, (*inventory.Activities)(nil).ResolveOwnedServer,
			inventory.OwnedServerQuery{Cloud: w.cloud, Server: name})
		require.NoError(t, err, name)
		require.Equal(t, s.ID, owned.Server.ID)
		require.Equal(t, name, owned.Server.Name)
		undo(t, w, task, (*nova.Activities)(nil).DeleteServer, server, &s)
	}
}

func notOwned(t *testing.T, w *world) {
	// nova takes names for regular expressions
	for _, name := range []string{w.run, "no.such+(server)[1]*", uuid.NewString()} {
		_, err := call(t, w, (*inventory.Activities)(nil).ResolveOwnedServer,
			inventory.OwnedServerQuery{Cloud: w.cloud, Server: name})
		require.Equal(t, cloud.InvalidRequest, application(t, err).Type())
		require.Contains(t, application(t, err).Message(), "there is no server")
	}

	ctx := context.Background()
	c, err := w.clouds.Open(ctx, w.cloud)
	require.NoError(t, err)
	plan := w.plan(t)
	theirs, err := servers.Create(ctx, c.Compute, servers.CreateOpts{Name: w.run, FlavorRef: plan.FlavorID,
		ImageRef: plan.ImageID, Networks: "none"}, nil).Extract()
	require.NoError(t, err)
	defer func() {
		require.NoError(t, servers.Delete(ctx, c.Compute, theirs.ID).ExtractErr())
		require.Eventually(t, func() bool {
			_, err := nova.Servers.Get(ctx, c, theirs.ID)
			return cloud.ClassOf(err) == cloud.Gone
		}, time.Minute, 100*time.Millisecond)
	}()
	for _, name := range []string{w.run, theirs.ID} {
		_, err = call(t, w, (*inventory.Activities)(nil).ResolveOwnedServer,
			inventory.OwnedServerQuery{Cloud: w.cloud, Server: name})
		require.Contains(t, application(t, err).Message(), "not created by novaflow")
	}
	w.plan(t) // a name that a stranger has is free
}
