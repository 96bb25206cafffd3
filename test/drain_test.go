//go:build e2e

package test

import (
	"math/rand/v2"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"novaflow/test/stage"
)

// A rolling upgrade asks workers to end when they have the most to do. An activity that
// waits for a server must not keep its worker until the worker is killed.
func TestABusyWorkerEndsInTimeAndLosesNothing(t *testing.T) {
	const runs = 20
	queue, cloud := stage.Queue(), stage.StartCloud(t, "--build-time", "15s", "--delete-time", "500ms")
	before := cloud.Inventory(t)
	first := theStage.WorkerProcess(t, queue, cloud.File)
	load := theStage.Load(t, queue, runs, uncancelled(stage.Plans(rand.New(rand.NewPCG(3, 3)), queue, runs)))
	stage.Await(t, "all runs to be under way", func() bool { return len(load.Live()) == runs })
	stage.Await(t, "a server to be waited for", func() bool { return theStage.AnyBegun(t, load.Live(), "active") })
	began := time.Now()
	require.NoError(t, terminateWithin(first, 10*time.Second), "an orderly stop is no error")
	t.Logf("the worker ended %s after SIGTERM with %d runs under way", time.Since(began).Round(10*time.Millisecond), len(load.Live()))
	theStage.WorkerProcess(t, queue, cloud.File)
	ended := load.Wait()
	for _, c := range ended {
		require.NoError(t, c.Err, c.GetID())
	}
	theStage.ReadLedgers(t, ended)
	require.Empty(t, stage.Judge(before, cloud.Inventory(t), ended))
}

// terminateWithin asks a process to end, as an orchestrator does. If the process takes
// longer than it may, it is killed, and that is an error.
func terminateWithin(p *stage.Process, grace time.Duration) error {
	late := time.AfterFunc(grace, func() { _ = p.Signal(syscall.SIGKILL) })
	defer late.Stop()
	return p.Terminate()
}
