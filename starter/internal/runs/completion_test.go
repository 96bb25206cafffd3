package runs

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A run may be called by a server's name, but "run show web" and a tab gave nothing.
func TestRunsCompleteByIDAndByName(t *testing.T) {
	rows := []Row{{Workflow: "server:c:web-1", Cloud: "c"}, {Workflow: "server:c:web-1", Cloud: "c"},
		{Workflow: "volume:c:data", Cloud: "c"}, {Workflow: "network:c:a:b", Cloud: "c"}}
	require.Equal(t, []string{"network:c:a:b", "server:c:web-1", "volume:c:data"}, listWords(rows, ""))
	require.Equal(t, []string{"server:c:web-1"}, listWords(rows, "ser"))
	require.Equal(t, []string{"web-1"}, listWords(rows, "we"))
	require.Equal(t, []string{"a:b"}, listWords(rows, "a"))
	require.Empty(t, listWords(rows, "x"))
}
