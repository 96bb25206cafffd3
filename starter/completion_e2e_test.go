//go:build e2e

package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"novaflow/starter/internal/term"
)

// Where a command takes the name of a host, a project or a volume, the shell offered the
// files of the folder.
func TestNamesCompleteInTheShell(t *testing.T) {
	startTestDev(t)
	novaflow(t, term.ExitOK, "volume create data-1 --size 1")
	novaflow(t, term.ExitOK, "server create web-1"+createFlags)
	for line, want := range map[string]string{
		"host drain --cloud devcloud-admin ":                  "compute-1",
		"host evacuate --cloud devcloud-admin ":               "compute-1",
		"project purge --cloud devcloud-admin ":               "demo",
		"volume extend ":                                      "data-1",
		"volume snapshot ":                                    "data-1",
		"volume restore ":                                     "data-1",
		"volume create x --image ":                            "tiny",
		"server add volume web-1 ":                            "data-1",
		"server remove volume web-1 ":                         "data-1",
		"server resize web-1 --flavor ":                       "m1.nano",
		"server rebuild web-1 --image ":                       "tiny",
		"server migrate web-1 --host ":                        "",
		"server migrate web-1 --cloud devcloud-admin --host ": "compute-1",
		"volume extend data-1 ":                               "",
		"server create ":                                      "",
	} {
		out, err := execute(append([]string{"__complete"}, strings.Split(line, " ")...)...)
		require.NoError(t, err, line)
		words := strings.Split(strings.TrimSpace(out), "\n")
		require.Contains(t, words, ":4", "%s: no files", line)
		if want != "" {
			require.Contains(t, words, want, line)
		}
	}
	out, err := execute("__complete", "run", "pause", "")
	require.NoError(t, err)
	require.NotContains(t, out, "web-1", "it has ended")
	out, err = execute("__complete", "run", "show", "we")
	require.NoError(t, err)
	require.Contains(t, out, "web-1\n")
	out, err = execute("__complete", "key", "seal", "")
	require.NoError(t, err)
	require.Contains(t, out, ":0", "this one does take a file")
}
