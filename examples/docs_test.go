// Package flows_test keeps the pages that quote the examples true.
package flows_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var block = regexp.MustCompile("(?s)```go\n(.*?)```")

// A reader copies what a page shows. Code on a page that compiles nowhere is
// wrong sooner or later.
func TestCodeOnPagesIsInTheExamples(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "docs", "writing-a-flow.md"))
	require.NoError(t, err)
	blocks := block.FindAllStringSubmatch(string(page), -1)
	require.NotEmpty(t, blocks)
	code := readSources(t)
	for _, b := range blocks {
		require.Contains(t, code, strings.TrimSpace(b[1]), "this block of writing-a-flow.md is in no example")
	}
}

// readSources returns all Go code of the examples.
func readSources(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	require.NoError(t, filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".go" {
			return err
		}
		code, err := os.ReadFile(path)
		all.Write(code)
		return err
	}))
	return all.String()
}
