// Package startertest is for tests of the commands that must not see what the machine
// has. It imports nothing of novaflow.
package startertest

import (
	"path/filepath"
	"testing"
)

// Bare gives a test an environment without any cloud, engine or configuration, and an
// empty working directory.
func Bare(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	for name, value := range map[string]string{
		"HOME": dir, "XDG_CONFIG_HOME": dir, "XDG_DATA_HOME": dir, "OS_CLOUD": "", "OS_CLIENT_CONFIG_FILE": "",
		"TEMPORAL_CONFIG_FILE": filepath.Join(dir, "none"), "TEMPORAL_ADDRESS": "127.0.0.1:1",
	} {
		t.Setenv(name, value)
	}
	t.Chdir(dir)
}
