package enginetest

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"novaflow/internal/engine"
	"novaflow/internal/engine/programtest"
)

func TestCLIIsBuiltBesideTheEngine(t *testing.T) {
	path, cache := programtest.Machine(t)
	_, err := CLI(t.Context(), nil)
	require.ErrorContains(t, err, "no temporal CLI found")
	programtest.WriteScript(t, path, "go", programtest.FakeGo)
	built, err := CLI(t.Context(), nil)
	require.NoError(t, err)
	require.Equal(t, cache, filepath.Dir(built))
	other, err := engine.Binary(t.Context(), nil)
	require.NoError(t, err)
	require.NotEqual(t, built, other)
	again, err := CLI(t.Context(), nil)
	require.NoError(t, err)
	require.Equal(t, built, again)
	require.Equal(t, 2, programtest.CountRuns(t))
}
