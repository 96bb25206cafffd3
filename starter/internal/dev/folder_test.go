package dev

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTwoDevsCannotShareAFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "dev")
	first, err := lockFolder(dir)
	require.NoError(t, err)
	_, err = lockFolder(dir)
	require.ErrorContains(t, err, "in use by another `novaflow dev`")
	require.NoError(t, first.Close())
	second, err := lockFolder(dir)
	require.NoError(t, err)
	require.NoError(t, second.Close())
}
