package workflows_test

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"novaflow/workflows"
	"novaflow/workflows/server"
)

var update = flag.Bool("update", false, "write the drawings in testdata and in docs/flows anew")

// A developer who changes a flow must see what changes about its shape. Readers of
// docs/flows must see the flow as it is.
func TestDrawingsOfFlowsAreFresh(t *testing.T) {
	for _, flow := range workflows.Flows() {
		t.Run(flow.Name, func(t *testing.T) {
			f, err := flow.Plan(nil)
			require.NoError(t, err)
			fresh(t, filepath.Join("testdata", flow.Name+".mmd"), f.Mermaid())
			fresh(t, filepath.Join("testdata", flow.Name+".dot"), f.DOT())
			page := filepath.Join("..", "docs", "flows", flow.Name+".md")
			fresh(t, page, withDrawing(t, page, f.Mermaid()))
		})
	}
}

// With alternatives the server is in a scope of its own, which is not in the
// drawing of the flow as such.
func TestDrawingOfAServerWithAlternativesIsFresh(t *testing.T) {
	for _, flow := range workflows.Flows() {
		if flow.Name != server.Create.Kind {
			continue
		}
		f, err := flow.Plan([]byte(`{"flavor": "m1.large", "fallbackFlavors": ["m1.small"], "volumes": [], "floatingIP": "", "ready": []}`))
		require.NoError(t, err)
		fresh(t, filepath.Join("testdata", flow.Name+"-alternatives.mmd"), f.Mermaid())
		return
	}
	t.Fatal("there is no such flow")
}

// fresh fails unless a file has the text, or writes it with -update.
func fresh(t *testing.T, file, text string) {
	t.Helper()
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
	}
	found, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, text, string(found), "%s is stale: run the test with -update and look at the difference", file)
}

var drawing = regexp.MustCompile(`(?s)<!-- drawing -->\n.*<!-- end of drawing -->\n`)

// withDrawing is the page with the drawing between its markers.
func withDrawing(t *testing.T, page, mermaid string) string {
	t.Helper()
	text, err := os.ReadFile(page)
	require.NoError(t, err, "every flow has a page")
	require.Regexp(t, drawing, string(text), "the page has no place for the drawing")
	return drawing.ReplaceAllLiteralString(string(text),
		"<!-- drawing -->\n```mermaid\n"+mermaid+"```\n<!-- end of drawing -->\n")
}
