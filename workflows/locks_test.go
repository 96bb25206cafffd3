package workflows

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Runs that take the same locks in different orders can wait for each other.
func TestLocksAreTakenInOneOrder(t *testing.T) {
	require.Equal(t, []string{"server:c:b", "volume:c:a", "volume:c:b"},
		inLockOrder("server:c:a", []string{"volume:c:b", "server:c:b", "volume:c:a", "volume:c:b"}))
	for _, before := range []string{"server:c:a", "server:c:B", "network:c:z", "unknown:c:z"} {
		require.Panics(t, func() { inLockOrder("server:c:a", []string{"volume:c:a", before}) }, before)
	}
}
