package change

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// If all waiting requests tried at once when a resource becomes free, the network would
// decide which is first, and one of them might never be.
func TestWhoHasWaitedForLongerTriesSooner(t *testing.T) {
	require.Equal(t, longestTurn, yieldTime(0))
	for waited := time.Duration(0); waited < time.Minute; waited += 10 * time.Second {
		require.Greater(t, yieldTime(waited)-yieldTime(waited+10*time.Second), 30*time.Millisecond, "more than the way to the engine takes")
	}
	require.Positive(t, yieldTime(24*time.Hour))
}
