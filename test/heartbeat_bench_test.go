//go:build e2e

package test

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"novaflow/internal/devcloud"
	"novaflow/saga"
	"novaflow/test/stage"
)

// ticksPerSecond is the unit of /proc/PID/stat on Linux.
const ticksPerSecond = 100

// BenchmarkHeartbeats measures what it costs the engine that a dead worker is
// noticed soon: its CPU while many runs wait for servers, which do nothing but
// send heartbeats. The engine keeps its state in a file.
//
//	engine-ms/wait/s  CPU milliseconds of the engine for each waiting activity and second
func BenchmarkHeartbeats(b *testing.B) {
	const waiting, window = 50, 10 * time.Second
	s := stage.StartDurable(b)
	queue, spec := benchScene(b, s.Stage, devcloud.Options{BuildTime: time.Hour})
	spec.FloatingIP, spec.BootVolume, spec.Volumes = "", 0, nil // a volume would take a quarter of an hour
	var runs []client.WorkflowRun
	for i := range waiting {
		spec.Name = fmt.Sprintf("wait-%d", i)
		runs = append(runs, s.Create(b, queue, spec))
	}
	for _, run := range runs {
		s.AwaitTask(b, run, "active", saga.TaskRunning)
	}
	for b.Loop() {
		before := cpu(b, s.PID())
		time.Sleep(window)
		used := cpu(b, s.PID()) - before
		b.ReportMetric(float64(used.Milliseconds())/waiting/window.Seconds(), "engine-ms/wait/s")
	}
}

// cpu reads the processor time that a process has used.
func cpu(b *testing.B, pid int) time.Duration {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	require.NoError(b, err)
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	var ticks int
	for _, f := range fields[11:13] { // user and system
		n, err := strconv.Atoi(f)
		require.NoError(b, err)
		ticks += n
	}
	return time.Duration(ticks) * time.Second / ticksPerSecond
}
