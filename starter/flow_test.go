package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"novaflow/starter/internal/startertest"
	"novaflow/starter/internal/term"
	"novaflow/workflows"
)

func TestFlowsAreListedAndDrawnWithoutAnEngine(t *testing.T) {
	startertest.Bare(t)
	out, err := execute("flow", "list")
	require.NoError(t, err)
	require.Regexp(t, `server-create +request, `, out)
	require.Regexp(t, `server-delete +floating-ip-0, `, out)
	out, err = execute("flow", "list", "-o", "json")
	require.NoError(t, err)
	require.Contains(t, out, `"security-group-rule-0",`)
	out, err = execute("flow", "draw", "server-create")
	require.NoError(t, err)
	require.Contains(t, out, "flowchart TD")
	out, err = execute("flow", "draw", "server-delete", "--format", "dot")
	require.NoError(t, err)
	require.Contains(t, out, "only goes forward")
	require.True(t, strings.HasPrefix(out, "digraph"), out)
}

func TestSchemaOfARequestIsPrintedWithoutAnEngine(t *testing.T) {
	startertest.Bare(t)
	out, err := execute("flow", "schema", "server-create")
	require.NoError(t, err)
	require.JSONEq(t, string(workflows.Schema("server-create")), out)
}

func TestAFlowIsDrawnForTheInputInAFile(t *testing.T) {
	startertest.Bare(t)
	file := filepath.Join(t.TempDir(), "in.json")
	require.NoError(t, os.WriteFile(file, []byte(`{"volumes": [{"size": 1}, {"size": 2}, {"size": 3}]}`), 0o600))
	out, err := execute("flow", "draw", "server-create", "--input", file)
	require.NoError(t, err)
	require.Contains(t, out, "attach-2-ready")
}

func TestMistakesAboutDrawingsExitWith2(t *testing.T) {
	startertest.Bare(t)
	require.NoError(t, os.WriteFile("empty.json", nil, 0o600))
	require.NoError(t, os.WriteFile("wrong.json", []byte(`{"volumes": 7}`), 0o600))
	for line, want := range map[string]string{
		"flow draw":                            "accepts 1 arg(s)",
		"flow drw":                             `did you mean "draw"`,
		"flow draw server":                     "want one of server-create, server-delete",
		"flow draw server-create --format svg": "want mermaid or dot",
		"flow draw server-create --input none.json":  "none.json",
		"flow draw server-create --input empty.json": "empty.json is empty",
		"flow draw server-create --input wrong.json": "input of flow server-create",
		"flow schema server-delete":                  "want one of server-create",
		"run graph":                                  "accepts 1 arg(s)",
	} {
		t.Run(line, func(t *testing.T) {
			_, err := execute(strings.Fields(line)...)
			require.ErrorContains(t, err, want)
			require.Equal(t, term.ExitUsage, term.Code(err))
		})
	}
}
