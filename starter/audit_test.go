package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"novaflow/starter/internal/startertest"
	"novaflow/starter/internal/term"
)

func TestAuditMistakesExitWith2(t *testing.T) {
	startertest.Bare(t)
	for line, want := range map[string]string{
		"audit":                     "the audit of what?",
		"audit --run x -o xml":      "want table, json, yaml, jsonl, cloudevents",
		"audit --run x --since -1h": "want a time that is past",
		"audit archiv x":            `did you mean "archive"`,
		"audit archive":             "accepts 1 arg(s)",
		"audit --archive-only --run x --audit http://": `scheme "http"`,
	} {
		_, err := execute(strings.Fields(line)...)
		require.ErrorContains(t, err, want, line)
		require.Equal(t, term.ExitUsage, term.Code(err), line)
	}
	_, err := execute("audit", "--run", "x")
	require.ErrorContains(t, err, "--archive-only", "the engine is away: say how to go on")
	_, err = execute("audit", "--run", "x", "--archive-only")
	require.ErrorContains(t, err, "no run is called")
}
