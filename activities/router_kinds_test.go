package activities

import (
	"testing"

	"github.com/stretchr/testify/require"

	"novaflow/internal/devcloud"
)

// Most clouds that are not small have routers on several hosts, and neutron then calls
// the ports by which they serve subnets otherwise. Who knows one name only takes its own
// interfaces for somebody else's, so that no network can be deleted any more.
func TestNetworksOfRoutersThatAreOnSeveralHosts(t *testing.T) {
	for _, kind := range []string{"ha", "distributed"} {
		w := newDevcloud(t, devcloud.Options{})
		require.NoError(t, w.dev.Configure(func(s *devcloud.Settings) { s.Routers = kind }))
		for name, try := range map[string]func(*testing.T, *world){
			"whole": wholeNetwork, "answer lost": lostInterface, "removed": removeOwnedNetwork, "in use": networkInUse,
			"purged": purgeOfAProject,
		} {
			t.Run(kind+" "+name, func(t *testing.T) { try(t, w.fresh(t)) })
		}
	}
}
