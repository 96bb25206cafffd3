//go:build e2e

package test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"novaflow/internal/devcloud"
	"novaflow/saga"
	"novaflow/test/stage"
	"novaflow/workflows/server"
	"novaflow/workflows/spec"
)

// BenchmarkServerCreate creates servers, one after the other, on a cloud whose servers
// need no time to build, so that what is left is the engine and novaflow. The engine
// keeps its state in a file, as "novaflow dev" does. Each server has a port, a boot
// volume, a data volume and a floating IP.
//
//	run-*       from asking for a run until its result is here, ms
//	critical-*  the longest chain of tasks in the run's ledger, ms
//	task-*      one task in the ledger, from scheduled to known, ms
//	overhead-*  the part of it outside of the activity, ms
//	outside-*   the run less its longest chain, ms
func BenchmarkServerCreate(b *testing.B) {
	s := stage.StartDurable(b)
	queue, req := benchScene(b, s.Stage, devcloud.Options{})
	times := map[string][]time.Duration{}
	for b.Loop() {
		req.Name = uuid.NewString()[:8]
		began := time.Now()
		run := s.Create(b, queue, req)
		require.NoError(b, s.Get(b, run, nil))
		took := time.Since(began)
		b.StopTimer()
		measure(b, s.Stage, run, took, times)
		require.NoError(b, s.Get(b, s.Delete(b, queue, req.Cloud, req.Name), nil))
		b.StartTimer()
	}
	for name, all := range times {
		slices.Sort(all)
		b.ReportMetric(quantile(all, 0.50), name+"-p50-ms")
		b.ReportMetric(quantile(all, 0.99), name+"-p99-ms")
	}
}

// benchScene opens a cloud with a worker, and returns the queue and a request for a
// server.
func benchScene(b *testing.B, s *stage.Stage, o devcloud.Options) (queue string, req server.CreateSpec) {
	o.File = filepath.Join(b.TempDir(), "cloud.journal")
	cloud, err := devcloud.Open(o)
	require.NoError(b, err)
	_, err = cloud.Start("127.0.0.1:0")
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, cloud.Close()) })
	file := filepath.Join(b.TempDir(), "clouds.yaml")
	require.NoError(b, os.WriteFile(file, cloud.CloudsYAML(), 0o600))
	queue = stage.Queue()
	s.Worker(b, queue, file)
	return queue, server.CreateSpec{
		RunOptions: spec.RunOptions{Cloud: "devcloud"}, Image: "tiny", Flavor: "m1.nano", Ports: []server.PortSpec{{Network: "private"}},
		BootVolume: 1, Volumes: []server.VolumeSpec{{Size: 1}}, FloatingIP: "public",
	}
}

// measure adds the times of one run.
func measure(b *testing.B, s *stage.Stage, run client.WorkflowRun, took time.Duration, times map[string][]time.Duration) {
	ledger := s.Ledger(b, run)
	require.Equal(b, saga.RunCommitted, ledger.State)
	inside := insideActivities(b, s, run)
	longest := criticalPath(ledger)
	add := func(name string, d time.Duration) { times[name] = append(times[name], d) }
	add("run", took)
	add("critical", longest)
	add("outside", took-longest)
	for _, e := range ledger.Tasks {
		task := e.Ended.Sub(e.Started)
		add("task", task)
		add("overhead", task-inside[e.Task])
	}
}

// insideActivities finds how long a worker was busy with each task, by the engine's clock.
func insideActivities(b *testing.B, s *stage.Stage, run client.WorkflowRun) map[string]time.Duration {
	tasks, begun, inside := map[int64]string{}, map[int64]time.Time{}, map[string]time.Duration{}
	history := s.GetWorkflowHistory(b.Context(), run.GetID(), run.GetRunID(), false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for history.HasNext() {
		event, err := history.Next()
		require.NoError(b, err)
		if a := event.GetActivityTaskScheduledEventAttributes(); a != nil {
			tasks[event.GetEventId()] = a.GetActivityId()
		}
		if a := event.GetActivityTaskStartedEventAttributes(); a != nil {
			begun[a.GetScheduledEventId()] = event.GetEventTime().AsTime()
		}
		if a := event.GetActivityTaskCompletedEventAttributes(); a != nil {
			id := a.GetScheduledEventId()
			inside[tasks[id]] = event.GetEventTime().AsTime().Sub(begun[id])
		}
	}
	return inside
}

// criticalPath finds the largest sum of the times of tasks that had to wait for one
// another.
func criticalPath(l *saga.Ledger) time.Duration {
	until := map[string]time.Duration{}
	for _, e := range l.Tasks { // needs come before what needs them
		var before time.Duration
		for _, need := range e.Needs {
			before = max(before, until[need])
		}
		until[e.Task] = before + e.Ended.Sub(e.Started)
	}
	var longest time.Duration
	for _, d := range until {
		longest = max(longest, d)
	}
	return longest
}

// quantile returns a quantile of sorted times, in milliseconds.
func quantile(sorted []time.Duration, q float64) float64 {
	i := min(int(q*float64(len(sorted))), len(sorted)-1)
	return float64(sorted[i].Microseconds()) / 1000
}
