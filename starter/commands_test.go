package main

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"

	"novaflow/starter/internal/runs"
	"novaflow/starter/internal/startertest"
	"novaflow/starter/internal/term"
)

func execute(args ...string) (string, error) {
	var out bytes.Buffer
	session := &runs.Session{Out: &out, ErrOut: io.Discard}
	root := newRoot(session)
	root.SetArgs(args)
	err := root.ExecuteContext(context.Background())
	return out.String(), err
}

func TestMistakesOnTheCommandLineExitWith2(t *testing.T) {
	startertest.Bare(t)
	for line, want := range map[string]string{
		"servr":                         `did you mean "server"`,
		"server creat":                  `did you mean "create"`,
		"run list extra":                "novaflow run list --help",
		"--nope":                        "novaflow --help",
		"server create":                 "give a NAME, or --file",
		"server create a b":             "accepts at most 1 arg(s)",
		"run show":                      "accepts 1 arg(s)",
		"run watch a b":                 "novaflow run watch --help",
		"server create web-1 --nope":    "novaflow server create --help",
		"server create web-1 --cloud c": "image: missing",
		"server create web-1 --cloud c --image i --flavor f --network n --boot-volume -3": `"-3" is no size in GiB`,
		"server create web-1 --cloud c -o xml":                                            "want table, json or yaml",
		"server create web-1 --cloud c --file f.yaml --image i": "--image and --file " +
			"contradict each other",
		"server create web-1 --cloud c --file nowhere.yaml":  "nowhere.yaml",
		"server create web-1 --image i":                      "no cloud to work on",
		"server create web-1 --cloud c --boot-volume 3,much": "boot-volume",
		"server create web-1 --cloud c --deadline soon":      "deadline",
		"server create web-1 --wait --no-wait": "--wait and --no-wait " +
			"contradict each other: give only one of them; see",
		"server stop":                                              "accepts 1 arg(s)",
		"server stop web-1 --cloud c --hard":                       "unknown flag: --hard",
		"server reboot a b":                                        "accepts 1 arg(s)",
		"server stop web-1":                                        "no cloud to work on",
		"server pause web-1 --cloud c --deadline -1s":              "deadline: -1s is negative",
		"server set web-1 --cloud c":                               "nothing to change",
		"server set web-1 --cloud c --property a/b=1":              "a key has 1 to 255",
		"server unset web-1 --cloud c --property novaflow_run":     "novaflow knows by it",
		"server set web-1 --cloud c --property tier":               "want KEY=VALUE",
		"server resize web-1 --cloud c":                            "flavor: give at least one",
		"server resize web-1 --cloud c --flavor a --flavor a":      "is there twice",
		"server resize web-1 --cloud c --ready udp:53 --ready tcp": "flavor: give at least one",
		"server resize web-1 --cloud c --flavor a --ready tcp":     "want tcp:PORT",
		"server migrate web-1 --cloud c --live --ready tcp:22":     "cannot go back",
		"server adopt web-1 --cloud c":                             "say --yes if you agree",
		"volume release data-1 --cloud c": "no run can revert them " +
			"any more: say --yes",
		"server migrate --cloud c":             "accepts 1 arg(s)",
		"server rebuild web-1 --cloud c":       "image: missing",
		"host drain --cloud c":                 "accepts 1 arg(s)",
		"host drain h --cloud c --width 99":    "width: 99 is not between",
		"host evacuate h --cloud c --width -1": "width: -1 is not between",
		"server snapshot web-1 --cloud c":      "name: missing",
		"run list --state nonsense":            "want one of",
		"run list --address engine":            "host:port",
		"run list --profile nowhere":           "nowhere",
		"run list --limit 0":                   "want 1 or more",
		"dev --port 70000":                     "--port",
		"dev --build-time -1s":                 "--build-time",
	} {
		t.Run(line, func(t *testing.T) {
			_, err := execute(strings.Fields(line)...)
			require.ErrorContains(t, err, want)
			require.Equal(t, term.ExitUsage, term.Code(err))
		})
	}
}

func TestUnreachableEngineExitsWith1AndSaysWhatToDo(t *testing.T) {
	startertest.Bare(t)
	_, err := execute("run", "list")
	require.ErrorContains(t, err, "cannot reach the engine at 127.0.0.1:1")
	require.ErrorContains(t, err, "novaflow dev")
	require.Equal(t, term.ExitFailed, term.Code(err))
}

func TestEveryCommandExplainsItselfWithAnExample(t *testing.T) {
	var walk func(cmd *cobra.Command)
	walk = func(cmd *cobra.Command) {
		if cmd.Name() == "help" || cmd.Name() == "completion" {
			return
		}
		require.NotEmpty(t, cmd.Short, cmd.CommandPath())
		require.NotEmpty(t, cmd.Long, cmd.CommandPath())
		require.NotEmpty(t, cmd.Example, cmd.CommandPath())
		for _, sub := range cmd.Commands() {
			walk(sub)
		}
	}
	walk(newRoot((&runs.Session{Out: io.Discard, ErrOut: io.Discard})))
}
