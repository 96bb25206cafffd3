package devcloud_test

import (
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// layers are the packages of devcloud. Each may import those before it.
var layers = []string{
	"store", "api", "keystone", "glance", "cinder", "neutron", "nova/compute", "nova/servers", "nova/moves", "nova", ".",
}

func TestPackagesImportOnlyThoseBelow(t *testing.T) {
	const base = "novaflow/internal/devcloud"
	for i, layer := range layers {
		files, err := filepath.Glob(filepath.Join(layer, "*.go"))
		require.NoError(t, err)
		require.NotEmpty(t, files, layer)
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
			require.NoError(t, err)
			for _, spec := range f.Imports {
				imported, ours := strings.CutPrefix(strings.Trim(spec.Path.Value, `"`), base+"/")
				if ours {
					require.Contains(t, layers[:i], imported, file)
				}
			}
		}
	}
	known := func(dir string) bool { return slices.Contains(layers, dir) || path.Dir(dir) == "cmd" || dir == "cmd" }
	require.NoError(t, filepath.WalkDir(".", func(dir string, d os.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			require.True(t, known(filepath.ToSlash(dir)), "%s has no layer", dir)
		}
		return err
	}))
}
