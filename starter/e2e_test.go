//go:build e2e

package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"novaflow/internal/config"
	"novaflow/internal/devcloud"
	"novaflow/internal/engine"
	"novaflow/starter/internal/change"
	"novaflow/starter/internal/clouds"
	"novaflow/starter/internal/dev"
	"novaflow/starter/internal/startertest"
	"novaflow/starter/internal/term"
)

// startTestDev starts "novaflow dev" on free ports and points the commands of
// this test to it.
func startTestDev(t *testing.T) *dev.System {
	t.Helper()
	binary, err := engine.Binary(t.Context(), os.Stderr) // before HOME, with its cache, moves away
	require.NoError(t, err)
	startertest.Bare(t)
	t.Setenv(engine.Variable, binary)
	d, err := dev.Start(t.Context(), dev.Options{
		DataDir: t.TempDir(), Headless: true, BuildTime: 300 * time.Millisecond, Progress: os.Stderr,
		Connection: config.Connection{}, Logging: config.Logging{Level: "fatal", Format: "console"},
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, d.Stop()) })
	t.Setenv("TEMPORAL_ADDRESS", d.Address)
	t.Setenv("OS_CLIENT_CONFIG_FILE", clouds.DevCloudsFile(d.DataDir))
	t.Setenv("OS_CLOUD", clouds.DevCloud)
	return d
}

// novaflow runs a command that must end with a code.
func novaflow(t *testing.T, want int, line string) string {
	t.Helper()
	out, err := execute(strings.Fields(line)...)
	require.Equal(t, want, term.Code(err), "%s: %v\n%s", line, err, out)
	return out
}

const createFlags = " --image tiny --flavor m1.small --network private --boot-volume 1 --floating-ip auto --ingress " +
	"tcp:22"

func TestServerFromCreateToDelete(t *testing.T) {
	d := startTestDev(t)
	before := d.Cloud.Inventory()
	require.Contains(t, novaflow(t, term.ExitOK, "server create web-1 --dry-run"+createFlags), "DisassociateFloatingIP")
	require.Contains(t, novaflow(t, term.ExitUsage,
		"server create web-1 --dry-run --image tin --flavor m1.small --network private"), `did you mean "twin"`)
	require.Empty(t, dev.Compare(before, d.Cloud.Inventory()), "a dry run changes nothing")
	var made change.Report
	require.NoError(t, json.Unmarshal([]byte(novaflow(t, term.ExitOK, "server create web-1 -o json"+createFlags)),
		&made))
	require.Equal(t, "COMMITTED", made.Outcome.State)
	require.Contains(t, novaflow(t, term.ExitOK, "server list"), made.Run)
	require.Contains(t, novaflow(t, term.ExitOK, "server show web-1"), "floating")
	require.Contains(t, novaflow(t, term.ExitOK, "run show web-1"), "floating-ip-associate")
	require.Contains(t, novaflow(t, term.ExitFailed, "server create web-1"+createFlags), "exists already")
	require.Contains(t, novaflow(t, term.ExitOK, "server delete web-1 --dry-run"), "it would delete")
	require.Contains(t, novaflow(t, term.ExitOK, "server delete web-1"),
		"deleted, with everything that was created for it")
	require.Empty(t, dev.Compare(before, d.Cloud.Inventory()))
	novaflow(t, term.ExitFailed, "server delete web-1")
}

// The cloud's own words must reach the user, and what failed must be gone.
func TestFailureIsToldInTheCloudsWords(t *testing.T) {
	d := startTestDev(t)
	before := d.Cloud.Inventory()
	require.Contains(t, novaflow(t, term.ExitFailed,
		"server create big --image tiny --flavor m1.impossible --network private"), "No valid host was found")
	require.Empty(t, dev.Compare(before, d.Cloud.Inventory()))
	require.Contains(t, novaflow(t, term.ExitOK, "run list --state reverted"), "server:devcloud:big")
}

// A second create must be told which run holds the server; a delete takes the
// server from the create.
func TestDeletePreemptsCreateAndCreateDoesNot(t *testing.T) {
	d := startTestDev(t)
	before := d.Cloud.Inventory()
	hold, err := devcloud.ParseFault("nova POST /servers stuck 1")
	require.NoError(t, err)
	d.Cloud.AddFault(hold)
	novaflow(t, term.ExitOK, "server create web-1 --no-wait --image tiny --flavor m1.small --network private")
	_, err = execute(strings.Fields("server create web-1 --image tiny --flavor m1.small --network private")...)
	require.ErrorContains(t, err, "server web-1 is locked by run")
	require.Equal(t, term.ExitFailed, term.Code(err))
	require.Contains(t, novaflow(t, term.ExitOK, "server delete web-1"), "nothing of it remains")
	require.Empty(t, dev.Compare(before, d.Cloud.Inventory()))
}

func TestDevGoesOnFromItsFolder(t *testing.T) {
	d := startTestDev(t)
	novaflow(t, term.ExitOK, "server create web-1"+createFlags)
	before := d.Cloud.Inventory()
	require.NoError(t, d.Stop())
	again, err := dev.Start(t.Context(), dev.Options{DataDir: d.DataDir, Headless: true, Progress: os.Stderr,
		Logging: config.Logging{Level: "fatal", Format: "console"}})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, again.Stop()) })
	require.Empty(t, dev.Compare(before, again.Cloud.Inventory()))
	t.Setenv("TEMPORAL_ADDRESS", again.Address)
	require.Contains(t, novaflow(t, term.ExitOK, "run list"), "server:devcloud:web-1")
}

// Names in another script than Latin could not be used at all: gRPC refused the
// header in which the SDK repeats the workflow id. The worker has to send it too.
func TestNamesMayBeInAnyScript(t *testing.T) {
	startTestDev(t)
	novaflow(t, term.ExitOK, "volume create größe --size 1")
	novaflow(t, term.ExitOK, "server create 服务器 --image tiny --flavor m1.nano --network private")
	novaflow(t, term.ExitOK, "server add volume 服务器 größe")
	require.Contains(t, novaflow(t, term.ExitOK, "run show 服务器"), "server:devcloud:服务器")
	novaflow(t, term.ExitOK, "server remove volume 服务器 größe")
	novaflow(t, term.ExitOK, "server delete 服务器")
	novaflow(t, term.ExitOK, "volume delete größe")
	require.Contains(t, novaflow(t, term.ExitOK, "audit --run 服务器"), "COMMITTED")
}
