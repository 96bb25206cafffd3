package change

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Requests that all try at once when a thing is free would leave it to the
// network who is first, and one of them may never be.
func TestWhoHasWaitedForLongerTriesSooner(t *testing.T) {
	require.Equal(t, longestTurn, yieldTime(0))
	for waited := time.Duration(0); waited < time.Minute; waited += 10 * time.Second {
		require.Greater(t, yieldTime(waited)-yieldTime(waited+10*time.Second), 30*time.Millisecond, "more than the way to the engine takes")
	}
	require.Positive(t, yieldTime(24*time.Hour))
}
