package workflows_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"novaflow/internal/devcloud"
	"novaflow/workflows/server"
)

// placed is a server with two flavors and two zones to try.
func placed() server.CreateSpec {
	req := wholeServer
	req.Flavor, req.FallbackFlavors = "m1.impossible", []string{"m1.nano"}
	req.AvailabilityZone, req.FallbackZones = "north", []string{"south"}
	return req
}

// zonedWorld is a cloud with the zones north and south.
func zonedWorld(t *testing.T, faults ...string) *cloudWorld {
	t.Helper()
	w := leakWorld(t, faults...)
	require.NoError(t, w.Configure(func(s *devcloud.Settings) { s.Zones = []string{"north", "south"} }))
	return w
}

// Zone and flavor must not depend on luck: all zones with the first flavor come before
// the second flavor. Ports and volumes are created once.
func TestAllZonesWithOneFlavorAreTriedBeforeTheNextFlavor(t *testing.T) {
	w := zonedWorld(t, "nova POST /servers$ error 3 No valid host was found.")
	before := w.Calls()
	a := w.begin(server.Create.Workflow, placed())
	w.exactlyOnce(t, a.end())
	var s server.Server
	require.NoError(t, a.env.GetWorkflowResult(&s))
	require.Equal(t, []string{"m1.nano", "south"}, []string{s.Flavor, s.Zone}, "the fourth of four")
	for call, n := range map[string]int{"nova POST /servers": 4, "neutron POST /ports": 2, "cinder POST /volumes": 3} {
		require.Equal(t, n, w.Calls()[call]-before[call], call)
	}
}

func TestNoRoomAnywhereTakesEverythingBack(t *testing.T) {
	w := zonedWorld(t, "nova POST /servers$ error 4 No valid host was found.")
	why := w.nothingLeft(t, w.create(placed()), "No valid host was found")
	require.Equal(t, "place/active", why.Task)
}

// What fails for another reason would fail again: it costs time, and hides the
// reason.
func TestOnlyWantOfRoomLeadsToTheNextAlternative(t *testing.T) {
	for fault, posts := range map[string]int{
		"nova POST /servers$ error 1 Build of instance aborted: Volume did not finish being created": 1,
		"nova POST /servers$ own:400 1 Invalid key_name provided.":                                   1,
		"nova POST /servers$ own:403 4 Quota exceeded for cores":                                     4,
	} {
		t.Run(fault, func(t *testing.T) {
			w := zonedWorld(t, fault)
			w.nothingLeft(t, w.create(placed()), "")
			require.Equal(t, posts, w.Calls()["nova POST /servers"])
		})
	}
}
