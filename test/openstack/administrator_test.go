//go:build openstack

package openstack

import (
	"slices"
	"testing"
	"time"

	"github.com/gophercloud/gophercloud/v2/openstack"
	"github.com/gophercloud/gophercloud/v2/openstack/blockstorage/v3/volumes"
	"github.com/stretchr/testify/require"
)

// hanging are the states in which cinder leaves a volume when its service or its
// bus dies at work, or its disk refuses. It takes no request of the volume's owner
// in these states: an administrator has to reset them.
// https://docs.openstack.org/api-ref/block-storage/v3/#delete-a-volume (preconditions)
var hanging = []string{"creating", "downloading", "deleting", "error_deleting"}

// hangs is how long nothing must have happened to a volume before it counts as hanging.
const hangs = 30 * time.Second

// administrator frees volumes that hang.
type administrator struct {
	last  time.Time
	seen  map[string]string // id to state, in the last look
	freed []string          // what was reset, as "name state"
}

// look compares the volumes with those of the last look, and resets to error those that
// still hang. It looks at most once in the time hangs.
func (a *administrator) look(t *testing.T) {
	t.Helper()
	if adminCloud == "" || time.Since(a.last) < hangs {
		return
	}
	a.last = time.Now()
	_, _, storage := services(t)
	now := map[string]string{}
	for _, v := range extract(t, volumes.List(storage, volumes.ListOpts{}), volumes.ExtractVolumes) {
		if !slices.Contains(hanging, v.Status) {
			continue
		}
		if now[v.ID] = v.Status; a.seen[v.ID] == v.Status {
			a.freed = append(a.freed, v.Name+" "+v.Status)
			a.reset(t, v.ID)
		}
	}
	a.seen = now
}

func (a *administrator) reset(t *testing.T, volume string) {
	t.Helper()
	provider, endpoint := connect(t, adminCloud)
	storage, err := openstack.NewBlockStorageV3(provider, endpoint)
	require.NoError(t, err)
	require.NoError(t, volumes.ResetStatus(t.Context(), storage, volume, volumes.ResetStatusOpts{Status: "error"}).ExtractErr())
}
