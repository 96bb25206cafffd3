package engine

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

// BenchmarkStart measures from Start to an engine that can take work and whose
// Web UI answers, and the memory it then has.
func BenchmarkStart(b *testing.B) {
	_, err := Binary(b.Context(), os.Stderr)
	require.NoError(b, err)
	b.Run("memory", func(b *testing.B) { benchmarkStart(b, func() string { return "" }) })
	b.Run("memory without UI", func(b *testing.B) {
		for b.Loop() {
			e := startEngine(b, Options{NoUI: true})
			e.Kill()
		}
	})
	b.Run("new file", func(b *testing.B) { benchmarkStart(b, b.TempDir) })
	b.Run("existing file", func(b *testing.B) {
		dir := b.TempDir()
		require.NoError(b, startEngine(b, Options{DataDir: dir}).Stop())
		benchmarkStart(b, func() string { return dir })
	})
}

func benchmarkStart(b *testing.B, folder func() string) {
	var resident int
	for b.Loop() {
		e := startEngine(b, Options{DataDir: folder()})
		b.StopTimer()
		resident = max(resident, residentKB(b, e.PID()))
		require.NoError(b, e.Stop())
		b.StartTimer()
	}
	b.ReportMetric(float64(resident)/1024, "MB-resident")
}

// BenchmarkTenActivities measures a workflow of ten activities, one after the
// other, with nothing else running: what the tuning is for.
func BenchmarkTenActivities(b *testing.B) {
	b.Run("memory", func(b *testing.B) { benchmarkTen(b, "") })
	b.Run("file", func(b *testing.B) { benchmarkTen(b, b.TempDir()) })
}

func benchmarkTen(b *testing.B, dir string) {
	e := startEngine(b, Options{DataDir: dir, NoUI: true})
	c, err := client.Dial(client.Options{HostPort: e.Address, Logger: silent{}})
	require.NoError(b, err)
	defer c.Close()
	w := worker.New(c, "ten", worker.Options{})
	w.RegisterWorkflow(ten)
	w.RegisterActivity(nothing)
	require.NoError(b, w.Start())
	defer w.Stop()
	for b.Loop() {
		run, err := c.ExecuteWorkflow(b.Context(), client.StartWorkflowOptions{TaskQueue: "ten"}, ten)
		require.NoError(b, err)
		require.NoError(b, run.Get(b.Context(), nil))
	}
}

func ten(ctx workflow.Context) error {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: 10 * time.Second})
	for range 10 {
		if err := workflow.ExecuteActivity(ctx, nothing).Get(ctx, nil); err != nil {
			return err
		}
	}
	return nil
}

func nothing() error { return nil }

// residentKB reads the memory of a process; 0 where the system does not tell.
func residentKB(b *testing.B, pid int) int {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := bytes.Cut(text, []byte("VmRSS:"))
	kb, err := strconv.Atoi(string(bytes.Fields(rest)[0]))
	require.NoError(b, err)
	return kb
}
