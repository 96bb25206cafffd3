package nova

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// Every verb needs a way back that is a verb too, or undo would end nowhere.
func TestEveryStateHasAWayBack(t *testing.T) {
	for name, v := range powerVerbs {
		for _, from := range v.from {
			if v.action == "reboot" {
				continue
			}
			at := lastOf(v.to)
			for range 3 {
				if at == from || at == "SHELVED_OFFLOADED" && from == "SHELVED" {
					break
				}
				step, ok := powerVerbs[wayBack(at, from)]
				require.True(t, ok, "%s from %s: no way back from %s", name, from, at)
				require.True(t, slices.Contains(step.from, at))
				at = lastOf(step.to)
			}
			require.True(t, at == from || from == "SHELVED", "%s: ends in %s and not in %s", name, at, from)
		}
	}
}
