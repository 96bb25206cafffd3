package workerhost

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// A worker that reads from nowhere, or from a host that is never matched, must say
// so at its start and not at the first upload.
func TestSourcesOfImagesAreCheckedAtTheStart(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	for _, wrong := range []Images{{Dir: file}, {Dir: filepath.Join(dir, "none")}, {Hosts: []string{""}}, {Hosts: []string{"http://host"}}} {
		_, err := wrong.Sources()
		require.Error(t, err, "%+v", wrong)
	}
	right, err := (&Images{Dir: dir, Hosts: []string{"mirror:8080"}}).Sources()
	require.NoError(t, err)
	require.Equal(t, dir, right.Dir)
	require.Equal(t, []string{"mirror:8080"}, right.Hosts)
}
