package main

import (
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// layers are the packages that others share, each of which imports earlier ones only. All
// other packages are nouns, and a noun never imports a noun.
var layers = []string{"term", "clouds", "runs", "change"}

// A helper that two nouns need belongs into a layer: with imports between nouns, or upwards,
// each command would again reach every other.
func TestPackagesImportOnlyWhatStandsBelowThem(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "./internal/...").Output()
	require.NoError(t, err)
	const internal = "novaflow/starter/internal/"
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		importer := slices.Index(layers, path.Base(words[0]))
		for _, imported := range words[1:] {
			name, ours := strings.CutPrefix(imported, internal)
			if !ours {
				continue
			}
			below := slices.Index(layers, name)
			require.GreaterOrEqual(t, below, 0, "%s imports the noun %s", words[0], name)
			require.True(t, importer < 0 || below < importer, "%s imports %s, which stands above it", words[0], name)
		}
	}
}
