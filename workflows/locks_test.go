package workflows

import (
	"testing"

	"github.com/stretchr/testify/require"

	"novaflow/activities"
)

// A drain that had the owner's name of a server and waited for the administrator's,
// and a migration that had it the other way round, would wait for each other.
func TestAdministratorsLockUnderTheirOwnNameForTheCloudFirst(t *testing.T) {
	ids := []string{"server:acme:a", "volume:acme:a", "server:ops:b", "server:ops:a", "volume:ops:a", "server:acme:b"}
	require.Equal(t, []string{"server:ops:a", "server:ops:b", "server:acme:a", "server:acme:b", "volume:ops:a", "volume:acme:a"},
		inLockOrder("host:ops:compute-1", ids))
	require.Equal(t, []string{"server:acme:a"}, inLockOrder("server:ops:a", []string{"server:acme:a"}))
}

// Runs that take the same locks in different orders can wait for each other.
func TestLocksAreTakenInOneOrder(t *testing.T) {
	require.Equal(t, []string{"server:c:b", "volume:c:a", "volume:c:b"},
		inLockOrder("server:c:a", []string{"volume:c:b", "server:c:b", "volume:c:a", "volume:c:b"}))
	for _, before := range []string{"server:c:a", "server:c:B", "network:c:z", "unknown:c:z"} {
		require.Panics(t, func() { inLockOrder("server:c:a", []string{"volume:c:a", before}) }, before)
	}
}

// A drain and a purge take the locks of one server in the same order.
func TestDrainsAndPurgesLockUnderTheirOwnNameFirst(t *testing.T) {
	d := drain{Spec: DrainSpec{RunOptions: RunOptions{Cloud: "ops"}, Host: "compute-1"}}
	object := activities.OwnedObject{Kind: activities.KindServer, ID: "1", Name: "a"}
	d.Plan.Servers = []activities.ServerBefore{{OwnedObject: object}}
	d.Plan.Clouds = map[string][]string{object.ID: {"acme"}}
	require.Equal(t, []string{"server:ops:a", "server:acme:a"}, d.locks())

	p := purge{Spec: PurgeSpec{RunOptions: RunOptions{Cloud: "ops"}}}
	p.Found.Clouds, p.Found.Objects = []string{"acme"}, []activities.OwnedObject{object}
	require.Equal(t, []string{"server:ops:a", "server:acme:a"}, p.locks())
}
