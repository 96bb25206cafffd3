package dev

import (
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"novaflow/internal/devcloud"
	"novaflow/starter/internal/runs"
)

// Equal counts are no proof: one object may have replaced another.
func TestProofComparesObjectByObject(t *testing.T) {
	port := devcloud.Object{Kind: "port", ID: "1", Name: "a"}
	other := devcloud.Object{Kind: "port", ID: "2", Name: "b"}
	down := port
	down.Status = "DOWN"
	session := &runs.Session{Out: io.Discard}
	require.NoError(t, proveEqual(session.Out, []devcloud.Object{port, other}, []devcloud.Object{other, port}))
	require.Error(t, proveEqual(session.Out, []devcloud.Object{port}, []devcloud.Object{other}))
	require.Equal(t, []string{`left behind: port 2 "b"`, `missing: port 1 "a"`},
		Compare([]devcloud.Object{port}, []devcloud.Object{other}))
	require.Len(t, Compare([]devcloud.Object{port}, []devcloud.Object{down}), 1)
}

func TestDemoTakesNamesThatAreFree(t *testing.T) {
	require.Equal(t, []string{"web-2", "web-4"}, unusedNames([]devcloud.Object{{Kind: "server", Name: "web-1"},
		{Kind: "server", Name: "web-3"}, {Kind: "port", Name: "web-2"}}, 2))
}
