package activities

import (
	"testing"

	"github.com/stretchr/testify/require"

	"novaflow/internal/devcloud"
)

// Most larger clouds have routers on several hosts. Neutron then uses other names for the
// ports by which these routers serve subnets. The bug: code that knows only one name
// takes its own interfaces for another owner's, so that no network can be deleted.
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
