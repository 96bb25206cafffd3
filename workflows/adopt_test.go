package workflows_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gophercloud/gophercloud/v2/openstack/blockstorage/v3/volumes"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/servers"
	"github.com/stretchr/testify/require"

	"novaflow/activities"
	"novaflow/activities/nova/plan"
	"novaflow/internal/devcloud"
	"novaflow/saga/sagatest"
	"novaflow/workflows/image"
	"novaflow/workflows/network"
	"novaflow/workflows/ownership"
	"novaflow/workflows/server"
	"novaflow/workflows/spec"
)

func marking(kind, name string) ownership.MarkSpec {
	return ownership.MarkSpec{RunOptions: devcloudRun, Kind: kind, Name: name}
}

// withStrangers prepares a server and a volume that no run has created.
func withStrangers(t testing.TB, w *cloudWorld) {
	t.Helper()
	_, volumeAPI, computeAPI := w.services(t)
	var found plan.ServerPlan
	w.activity(t, "CheckServer",
		plan.ServerQuery{Cloud: "devcloud", Name: "stranger", Image: "tiny", Flavor: "m1.nano"}, &found)
	computeAPI.Microversion = "2.52"
	_, err := servers.Create(t.Context(), computeAPI, servers.CreateOpts{
		Name: "stranger", ImageRef: found.ImageID, FlavorRef: found.FlavorID, Networks: "none",
		Metadata: map[string]string{"owner": "ann"},
	}, nil).Extract()
	require.NoError(t, err)
	_, err = volumes.Create(t.Context(), volumeAPI, volumes.CreateOpts{Name: "strange-data", Size: 1}, nil).Extract()
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		return w.statusOf("server", "stranger") == "ACTIVE" && w.statusOf("volume", "strange-data") == "available"
	}, time.Minute, 10*time.Millisecond)
}

// withStrangeImage prepares an image that no run has created.
func withStrangeImage(t testing.TB, w *cloudWorld) {
	t.Helper()
	withFile(t, w)
	w.run(t, image.Publish.Workflow, anImage)
	w.run(t, ownership.Release.Workflow, marking(activities.KindImage, anImage.Name))
}

// withStrangeNetwork prepares a network with its subnets that no run has created.
func withStrangeNetwork(t testing.TB, w *cloudWorld) {
	t.Helper()
	req := wholeNetwork
	req.NewRouter, req.ExternalNetwork, req.Ingress = false, "", nil
	w.run(t, network.Create.Workflow, req)
	w.run(t, ownership.Release.Workflow, marking(activities.KindNetwork, req.Name))
}

// strangers are what is adopted, by kind, and how it comes to be.
var strangers = map[string]struct {
	name    string
	prepare func(testing.TB, *cloudWorld)
	tasks   int
}{
	activities.KindServer:  {"stranger", withStrangers, 2},
	activities.KindVolume:  {"strange-data", withStrangers, 2},
	activities.KindNetwork: {wholeNetwork.Name, withStrangeNetwork, 7},
	activities.KindImage:   {anImage.Name, withStrangeImage, 2},
}

// A resource is marked or unchanged, whatever happens to which task. It exists in any
// case.
func TestAdoptMarksOrLeavesAsItWas(t *testing.T) {
	t.Parallel()
	for kind, s := range strangers {
		t.Run(kind, func(t *testing.T) {
			name := s.name
			starts := worlds(troubles, perTrouble, s.prepare)
			starts[0].Sample = perVerb
			requireAll(t, sagatest.Prove(t, sagatest.Flow{
				Workflow: ownership.Adopt.Workflow, Input: marking(kind, name), Pairs: pairs,
				Inverse: func(sagatest.Result) (any, any) { return ownership.Release.Workflow, marking(kind, name) },
				Check: func(w sagatest.World, _ sagatest.Result) error {
					for _, thing := range w.Inventory() {
						if thing.Kind == kind && strings.Contains(thing.State, " "+name+" ") && thing.Mark != "" {
							return nil
						}
					}
					return fmt.Errorf("no %s %s with a mark", kind, name)
				},
			}, starts...), s.tasks)
		})
	}
}

// A server without mark, whose ports still have theirs, would lose them to the next
// revert: all of it goes, or none.
func TestReleaseLetsAllOfItGoOrNone(t *testing.T) {
	requireAllLetGo(t, marking(activities.KindServer, theServer.Name), 6, func(t testing.TB, w *cloudWorld) {
		req := theServer
		req.Volumes, req.FloatingIP, req.Ingress = []server.VolumeSpec{{Size: 1}}, "public",
			[]spec.Rule{{Protocol: "tcp", Port: 22}}
		w.run(t, server.Create.Workflow, req)
	})
}

// A network without mark, whose router has its own still, would lose it to the next
// revert.
func TestReleaseLetsAllOfANetworkGoOrNone(t *testing.T) {
	requireAllLetGo(t, marking(activities.KindNetwork, wholeNetwork.Name), 10, func(t testing.TB, w *cloudWorld) {
		w.run(t, network.Create.Workflow, wholeNetwork)
	})
}

func requireAllLetGo(t *testing.T, req ownership.MarkSpec, tasks int, prepare func(testing.TB, *cloudWorld)) {
	t.Helper()
	starts := worlds(troubles, perTrouble, prepare)
	starts[0].Sample = perVerb
	requireAll(t, sagatest.Prove(t, sagatest.Flow{
		Workflow: ownership.Release.Workflow, Input: req, Pairs: pairs,
		Check: func(w sagatest.World, result sagatest.Result) error {
			var r ownership.Released
			if err := result(&r); err != nil {
				return err
			}
			for _, thing := range w.Inventory() {
				for _, gone := range r.Released {
					if strings.HasSuffix(gone, " "+thing.ID) && thing.Mark != "" {
						return fmt.Errorf("%s has mark %s still", gone, thing.Mark)
					}
				}
			}
			return nil
		},
	}, starts...), tasks)
}

// An adopted resource is novaflow's, like one that novaflow has created. A delete deletes
// it, but a revert of the adoption never does.
func TestAnAdoptedServerIsDeletedOnlyOnRequest(t *testing.T) {
	w := openWorld(t, devcloud.Options{})
	withStrangers(t, w)
	w.run(t, ownership.Adopt.Workflow, marking(activities.KindServer, "stranger"))
	addServer(t, w, "web-7")
	require.ErrorContains(t, w.begin(ownership.Adopt.Workflow, marking(activities.KindServer, "web-7")).end(),
		"is managed by novaflow already: run web-7 created or adopted it")
	w.run(t, ownership.Release.Workflow, marking(activities.KindServer, "stranger"))
	require.ErrorContains(t, w.begin(ownership.Release.Workflow, marking(activities.KindServer, "stranger")).end(),
		"is not managed by novaflow")
	require.ErrorContains(t, w.begin(server.Delete.Workflow,
		server.DeleteSpec{RunOptions: devcloudRun, Server: "stranger"}).end(), "was not created by novaflow")
	w.run(t, ownership.Adopt.Workflow, marking(activities.KindServer, "stranger"))
	w.run(t, server.Delete.Workflow, server.DeleteSpec{RunOptions: devcloudRun, Server: "stranger"})
	_, there := w.find("server", "stranger")
	require.False(t, there)
}

// An image of a server that boots from a volume stands for snapshots, whose names have
// the mark. The bug: a run that reverts would delete them from beneath a released image.
func TestAnImageOfVolumesIsNeitherReleasedNorAdopted(t *testing.T) {
	w := openWorld(t, devcloud.Options{})
	req := theServer
	req.BootVolume = 1
	w.run(t, server.Create.Workflow, req)
	w.run(t, server.Snapshot.Workflow,
		server.SnapshotSpec{RunOptions: devcloudRun, Server: theServer.Name, Name: "monday"})
	require.ErrorContains(t, w.begin(ownership.Release.Workflow, marking(activities.KindImage, "monday")).end(),
		"it is neither adopted nor released")
}

// An image that was let go is deleted by nobody's request, until it is adopted.
func TestAReleasedImageIsNobodysUntilItIsAdopted(t *testing.T) {
	w := openWorld(t, devcloud.Options{})
	withFile(t, w)
	w.run(t, image.Publish.Workflow, anImage)
	w.run(t, ownership.Release.Workflow, marking(activities.KindImage, anImage.Name))
	before := w.Inventory()
	require.ErrorContains(t, w.begin(image.Delete.Workflow, deleteImage).end(), "not created by novaflow")
	w.run(t, ownership.Adopt.Workflow, marking(activities.KindImage, anImage.Name))
	w.run(t, image.Delete.Workflow, deleteImage)
	require.Len(t, w.Inventory(), len(before)-1)
}

// Two resources have one name, and taking the first does not tell them apart. The bug: a
// filter that finds too many resources adopts those of others.
// https://github.com/k-orc/openstack-resource-controller/issues/185
// https://github.com/k-orc/openstack-resource-controller/issues/84
func TestLeakCureAdoptsNothingThatIsAmbiguous(t *testing.T) {
	w := openWorld(t, devcloud.Options{})
	withStrangers(t, w)
	withStrangers(t, w)
	before := w.Inventory()
	for kind, name := range map[string]string{activities.KindServer: "stranger",
		activities.KindVolume: "strange-data"} {
		require.ErrorContains(t, w.begin(ownership.Adopt.Workflow, marking(kind, name)).end(), "2 "+kind+"s")
	}
	require.Equal(t, before, w.Inventory())
}

// Who adopts a network has its subnets too, or could not delete it.
func TestAnAdoptedNetworkIsDeletedWithItsSubnets(t *testing.T) {
	w := openWorld(t, devcloud.Options{})
	withStrangeNetwork(t, w)
	require.ErrorContains(t, w.begin(network.Delete.Workflow, deleteNetwork).end(), "not created by novaflow")
	w.run(t, ownership.Adopt.Workflow, marking(activities.KindNetwork, wholeNetwork.Name))
	w.run(t, network.Delete.Workflow, deleteNetwork)
	require.Equal(t, w.empty, w.Inventory())
}

// An administrator sees everybody's servers, and would take them over by a wrong id.
func TestWhatBelongsToOthersIsNotAdopted(t *testing.T) {
	w := openWorld(t, devcloud.Options{})
	withStrangers(t, w)
	req := ownership.MarkSpec{RunOptions: devcloudAdmin, Kind: activities.KindServer,
		Name: w.idOf(t, "server", "stranger")}
	require.ErrorContains(t, w.begin(ownership.Adopt.Workflow, req).end(), "ask with a cloud entry of its own project")
	require.ErrorContains(t, w.begin(ownership.Adopt.Workflow, marking(activities.KindServer, "nobody")).end(),
		`there is no server "nobody"`)
	require.ErrorContains(t, w.begin(ownership.Adopt.Workflow, marking(activities.KindVolume, "nothing")).end(),
		`there is no volume "nothing"`)
	require.EqualError(t, ownership.MarkSpec{Kind: "port"}.Validate(),
		"cloud: missing\nkind: \"port\" is not one of server, volume, network, image\nname: missing")
}
