package project

import (
	"testing"

	"github.com/stretchr/testify/require"

	"novaflow/activities"
	"novaflow/workflows/spec"
)

// A purge and a drain, see their tests, take the locks of one server in the same order.
func TestAPurgeLocksUnderItsOwnNameForTheCloudFirst(t *testing.T) {
	p := purging{Spec: PurgeSpec{RunOptions: spec.RunOptions{Cloud: "ops"}}}
	p.Found.Clouds = []string{"acme"}
	p.Found.Objects = []activities.OwnedObject{{Kind: activities.KindServer, ID: "1", Name: "a"}}
	require.Equal(t, []string{"server:ops:a", "server:acme:a"}, p.locks())
}
