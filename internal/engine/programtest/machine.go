// Package programtest is here for tests of programs that are built and cached. It gives
// them an empty machine and a go command that only pretends to build. It imports the
// standard library and testify; only tests import it.
package programtest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// FakeGo is a script that stands for the go command. It prints what a build prints,
// notes that it ran and writes the file that -o names.
const FakeGo = `
echo "go: downloading example.com/m v1.0.0" >&2
echo example.com/m/p >&2
echo run >> "$HOME/runs"
while [ "$1" != -o ]; do shift; done
echo "#!/bin/sh" > "$2"
`

// Machine sets the environment up as on an empty machine: no cache, nothing on the PATH,
// no engine named. It returns the folder that is the PATH and the folder of the cache.
func Machine(t *testing.T) (path, cache string) {
	t.Helper()
	home := t.TempDir()
	path = filepath.Join(home, "bin")
	require.NoError(t, os.Mkdir(path, 0o755))
	t.Setenv("HOME", home)
	t.Setenv("XDG_CACHE_HOME", filepath.Join(home, "cache"))
	t.Setenv("PATH", path)
	t.Setenv("NOVAFLOW_ENGINE", "")
	cache, err := os.UserCacheDir()
	require.NoError(t, err)
	return path, filepath.Join(cache, "novaflow")
}

// WriteScript writes a shell script into a folder of the machine and returns its path.
func WriteScript(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	require.NoError(t, os.WriteFile(path, []byte("#!/bin/sh\n"+text), 0o755))
	return path
}

// CountRuns returns how often FakeGo ran on the machine.
func CountRuns(t *testing.T) int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(os.Getenv("HOME"), "runs"))
	require.NoError(t, err)
	return strings.Count(string(text), "run\n")
}
