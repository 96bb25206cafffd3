package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A run may be called by a server's name, but "run show web" and a tab gave nothing.
func TestRunsCompleteByIDAndByName(t *testing.T) {
	rows := []runRow{{Workflow: "server:c:web-1", Cloud: "c"}, {Workflow: "server:c:web-1", Cloud: "c"}, {Workflow: "volume:c:data", Cloud: "c"}, {Workflow: "network:c:a:b", Cloud: "c"}}
	require.Equal(t, []string{"network:c:a:b", "server:c:web-1", "volume:c:data"}, wordsOf(rows, ""))
	require.Equal(t, []string{"server:c:web-1"}, wordsOf(rows, "ser"))
	require.Equal(t, []string{"web-1"}, wordsOf(rows, "we"))
	require.Equal(t, []string{"a:b"}, wordsOf(rows, "a"))
	require.Empty(t, wordsOf(rows, "x"))
}
