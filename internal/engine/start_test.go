package engine

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func startEngine(t testing.TB, o Options) *Engine {
	t.Helper()
	o.Progress = os.Stderr
	e, err := Start(context.Background(), o)
	require.NoError(t, err)
	t.Cleanup(func() { e.Stop() })
	return e
}

func TestTakenPortIsNamed(t *testing.T) {
	t.Setenv(Variable, os.Args[0]) // never started
	l, err := net.Listen("tcp", loopback+":0")
	require.NoError(t, err)
	defer l.Close()
	port := portOf(l)
	for use, o := range map[string]Options{
		"Temporal frontend": {Port: port},
		"Temporal Web UI":   {UIPort: port},
	} {
		_, err := Start(t.Context(), o)
		var taken *PortTakenError
		require.ErrorAs(t, err, &taken)
		require.Equal(t, port, taken.Port)
		require.Equal(t, use, taken.Use)
		require.ErrorContains(t, err, "port "+strconv.Itoa(port))
	}
}

func TestEngineThatDoesNotComeUpIsQuoted(t *testing.T) {
	bad := filepath.Join(t.TempDir(), "bad")
	require.NoError(t, os.WriteFile(bad, []byte("#!/bin/sh\necho no room on the disk >&2\nexit 3\n"), 0o755))
	t.Setenv(Variable, bad)
	_, err := Start(t.Context(), Options{NoUI: true})
	require.ErrorContains(t, err, "no room on the disk")
	require.ErrorContains(t, err, "exit status 3")
}

func TestStartEndsWithItsContext(t *testing.T) {
	deaf := filepath.Join(t.TempDir(), "deaf")
	require.NoError(t, os.WriteFile(deaf, []byte("#!/bin/sh\nexec sleep 600\n"), 0o755))
	t.Setenv(Variable, deaf)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	_, err := Start(ctx, Options{NoUI: true})
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

func requireEventually(t *testing.T, what string, probe func() bool) {
	t.Helper()
	require.Eventually(t, probe, 30*time.Second, 20*time.Millisecond, "waited for "+what)
}
