package activities

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"novaflow/activities/cinder"
	"novaflow/activities/internal/resource"
	"novaflow/activities/inventory"
	"novaflow/activities/neutron"
	"novaflow/activities/nova"
	"novaflow/activities/nova/hosts"
	"novaflow/activities/nova/plan"
)

// othersThings: an administrator finds by id what others have. Changed in a run of his,
// it would change under the hands of a run of its owner, which has another name for the
// cloud.
func othersThings(t *testing.T, w *world) {
	a, s := w.admin(), w.running(t)
	v := w.volume(t, "data", cinder.CreateVolumeInput{SizeGiB: 1})
	defer undo(t, w, "data", (*cinder.Activities)(nil).DeleteVolume, cinder.CreateVolumeInput{Cloud: w.cloud}, nil)
	network := neutron.CreateNetworkInput{Cloud: w.cloud, Name: w.run}
	n := must(t, w, "network", (*neutron.Activities)(nil).CreateNetwork, network)
	defer undo(t, w, "network", (*neutron.Activities)(nil).DeleteNetwork, network, &n)
	refusedAsForeign(t, a, (*nova.Activities)(nil).CheckPower,
		nova.PowerQuery{Cloud: a.cloud, Server: s.ID, Verb: "stop"})
	refusedAsForeign(t, a, (*nova.Activities)(nil).CheckServerChange,
		nova.ServerChangeQuery{Cloud: a.cloud, Server: s.ID, Name: "other"})
	refusedAsForeign(t, a, (*nova.Activities)(nil).CheckResize,
		nova.ResizeQuery{Cloud: a.cloud, Server: s.ID, Flavors: []string{"m1.nano"}})
	refusedAsForeign(t, a, (*nova.Activities)(nil).CheckRebuild,
		nova.RebuildQuery{Cloud: a.cloud, Server: s.ID, Image: "tiny"})
	refusedAsForeign(t, a, (*nova.Activities)(nil).CheckServerImage,
		nova.ServerImageQuery{Cloud: a.cloud, Server: s.ID})
	refusedAsForeign(t, a, (*plan.Activities)(nil).CheckAttach,
		plan.AttachQuery{Cloud: a.cloud, Server: s.ID, Volume: v.ID})
	refusedAsForeign(t, a, (*inventory.Activities)(nil).ResolveOwnedServer,
		inventory.OwnedServerQuery{Cloud: a.cloud, Server: s.ID})
	refusedAsForeign(t, a, (*cinder.Activities)(nil).CheckVolumeChange,
		cinder.VolumeChangeQuery{Cloud: a.cloud, Volume: v.ID, Change: cinder.ChangeExtend, SizeGiB: 2})
	refusedAsForeign(t, a, (*cinder.Activities)(nil).ResolveOwnedVolume,
		cinder.OwnedVolumeQuery{Cloud: a.cloud, Volume: v.ID})
	refusedAsForeign(t, a, (*inventory.Activities)(nil).ResolveOwnedNetwork,
		inventory.OwnedNetworkQuery{Cloud: a.cloud, Network: n.ID})
	refusedAsForeign(t, a, (*inventory.Activities)(nil).CheckRelease,
		inventory.MarkQuery{Cloud: a.cloud, Kind: resource.KindServer, Name: s.ID})
	_, err := call(t, a, (*hosts.Activities)(nil).CheckLiveMigration,
		hosts.LiveMigrationQuery{Cloud: a.cloud, Server: s.ID})
	require.NoError(t, err, "moves are for administrators")
}

// refusedAsForeign requires that a look-up refuses what belongs to another project.
func refusedAsForeign[In, Out any](t *testing.T, w *world, look func(context.Context, In) (Out, error), in In) {
	t.Helper()
	_, err := call(t, w, look, in)
	require.Error(t, err)
	require.Contains(t, application(t, err).Message(), "ask with a cloud entry of its own project")
}
