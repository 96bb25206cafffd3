package spec

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A drain that had the owner's name of a server and waited for the administrator's,
// and a migration that had it the other way round, would wait for each other.
func TestAdministratorsLockUnderTheirOwnNameForTheCloudFirst(t *testing.T) {
	ids := []string{"server:acme:a", "volume:acme:a", "server:ops:b", "server:ops:a", "volume:ops:a", "server:acme:b"}
	require.Equal(t, []string{"server:ops:a", "server:ops:b", "server:acme:a", "server:acme:b", "volume:ops:a", "volume:acme:a"},
		InLockOrder("host:ops:compute-1", ids))
	require.Equal(t, []string{"server:acme:a"}, InLockOrder("server:ops:a", []string{"server:acme:a"}))
}

// Runs that take the same locks in different orders can wait for each other.
func TestLocksAreTakenInOneOrder(t *testing.T) {
	require.Equal(t, []string{"server:c:b", "volume:c:a", "volume:c:b"},
		InLockOrder("server:c:a", []string{"volume:c:b", "server:c:b", "volume:c:a", "volume:c:b"}))
	for _, before := range []string{"server:c:a", "server:c:B", "network:c:z", "unknown:c:z"} {
		require.Panics(t, func() { InLockOrder("server:c:a", []string{"volume:c:a", before}) }, before)
	}
}
