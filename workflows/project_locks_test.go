package workflows

import (
	"testing"

	"github.com/stretchr/testify/require"

	"novaflow/activities"
)

// A purge and a drain, see their tests, take the locks of one server in the same order.
func TestAPurgeLocksUnderItsOwnNameForTheCloudFirst(t *testing.T) {
	p := purge{Spec: PurgeSpec{RunOptions: RunOptions{Cloud: "ops"}}}
	p.Found.Clouds = []string{"acme"}
	p.Found.Objects = []activities.OwnedObject{{Kind: activities.KindServer, ID: "1", Name: "a"}}
	require.Equal(t, []string{"server:ops:a", "server:acme:a"}, p.locks())
}
