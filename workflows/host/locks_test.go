package host

import (
	"testing"

	"github.com/stretchr/testify/require"

	"novaflow/activities"
	"novaflow/activities/nova"
	"novaflow/workflows/spec"
)

// A drain and a purge, see their tests, take the locks of one server in the same order.
func TestADrainLocksUnderItsOwnNameForTheCloudFirst(t *testing.T) {
	d := draining{Spec: DrainSpec{RunOptions: spec.RunOptions{Cloud: "ops"}, Host: "compute-1"}}
	object := activities.OwnedObject{Kind: activities.KindServer, ID: "1", Name: "a"}
	d.Plan.Servers = []nova.ServerBefore{{OwnedObject: object}}
	d.Plan.Clouds = map[string][]string{object.ID: {"acme"}}
	require.Equal(t, []string{"server:ops:a", "server:acme:a"}, d.locks())
}
