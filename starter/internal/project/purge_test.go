package project

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

// A script that goes on after a purge must not take a project for deleted that is
// still there.
func TestAPurgeThatLeavesSomethingFallsShort(t *testing.T) {
	for result, short := range map[string]bool{
		`{"id": "1", "removed": ["project 1"]}`:                false,
		`{"id": "1", "removed": [], "kept": true}`:             false, // as was asked for
		`{"id": "1", "left": ["volume 2 late"], "kept": true}`: true,
		`"something else"`:                                     true,
	} {
		require.Equal(t, short, leftSomething(json.RawMessage(result)), result)
	}
}
