package dev

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"novaflow/internal/config"
	"novaflow/starter/internal/clouds"
	"novaflow/starter/internal/startertest"
)

// Who gave novaflow dev a folder of their own could not use user data, and the audit
// did not find its store: the line to paste named neither.
func TestTheLineThatDevPrintsNamesAllThatCommandsNeed(t *testing.T) {
	startertest.Bare(t)
	own := &System{DataDir: clouds.DevHome(), Address: config.DefaultAddress}
	require.Equal(t, []string{"OS_CLIENT_CONFIG_FILE=" + clouds.DevCloudsFile(own.DataDir), "OS_CLOUD=devcloud"}, own.exportLines())

	dir := filepath.Join(t.TempDir(), "try it")
	elsewhere := &System{DataDir: dir, Address: "127.0.0.1:7300"}
	require.Equal(t, []string{
		"OS_CLIENT_CONFIG_FILE='" + dir + "/clouds.yaml'", "OS_CLOUD=devcloud", "TEMPORAL_ADDRESS=127.0.0.1:7300",
		"NOVAFLOW_KEYS_FILE='" + dir + "/keys'", "NOVAFLOW_AUDIT='" + dir + "/audit.db'",
	}, elsewhere.exportLines())
}
