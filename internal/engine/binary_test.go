package engine

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"novaflow/internal/engine/programtest"
)

func TestBinaryNamedByTheUserIsTakenOrRefused(t *testing.T) {
	path, _ := programtest.Machine(t)
	t.Setenv(Variable, filepath.Join(path, "mine"))
	_, err := Binary(t.Context(), nil)
	require.ErrorContains(t, err, Variable+"="+filepath.Join(path, "mine"))

	mine := programtest.WriteScript(t, path, "mine", "")
	got, err := Binary(t.Context(), nil)
	require.NoError(t, err)
	require.Equal(t, mine, got)
}

func TestWithoutAnyEngineTheErrorSaysWhatToDo(t *testing.T) {
	programtest.Machine(t)
	_, err := Binary(t.Context(), nil)
	for _, way := range []string{"address of a running Temporal server", "temporal CLI", "with Go installed", Variable} {
		require.ErrorContains(t, err, way)
	}
}

func TestEngineIsBuiltOnceAndThenComesFromTheCache(t *testing.T) {
	path, cache := programtest.Machine(t)
	programtest.WriteScript(t, path, "go", programtest.FakeGo)
	var progress strings.Builder
	built, err := Binary(t.Context(), &progress)
	require.NoError(t, err)
	require.Equal(t, cache, filepath.Dir(built))
	require.Contains(t, progress.String(), "downloads about")
	require.Contains(t, progress.String(), "Built the Temporal engine")

	again, err := Binary(t.Context(), nil)
	require.NoError(t, err)
	require.Equal(t, built, again)
	require.Equal(t, 1, programtest.CountRuns(t))
}

func TestCachePrecedesTheCLIAndTheCLIPrecedesABuild(t *testing.T) {
	path, _ := programtest.Machine(t)
	programtest.WriteScript(t, path, "go", programtest.FakeGo)
	cli := programtest.WriteScript(t, path, "temporal", `echo "temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)"`)
	got, err := Binary(t.Context(), nil)
	require.NoError(t, err)
	require.Equal(t, cli, got)

	built, err := server.Build(t.Context(), &strings.Builder{})
	require.NoError(t, err)
	got, err = Binary(t.Context(), nil)
	require.NoError(t, err)
	require.Equal(t, built, got)
}

func TestAnotherProgramNamedTemporalIsNotTaken(t *testing.T) {
	path, cache := programtest.Machine(t)
	programtest.WriteScript(t, path, "go", programtest.FakeGo)
	programtest.WriteScript(t, path, "temporal", "echo a filter for time series")
	got, err := Binary(t.Context(), nil)
	require.NoError(t, err)
	require.Equal(t, cache, filepath.Dir(got))
}

func TestInstalledProgramUsesTheEngineUsedLast(t *testing.T) {
	_, cache := programtest.Machine(t)
	t.Chdir(t.TempDir()) // no checkout around
	require.NoError(t, os.MkdirAll(cache, 0o755))
	old := programtest.WriteScript(t, cache, "engine-old", "")
	last := programtest.WriteScript(t, cache, "engine-last", "")
	yesterday := time.Now().Add(-24 * time.Hour)
	require.NoError(t, os.Chtimes(old, yesterday, yesterday))
	got, err := Binary(t.Context(), nil)
	require.NoError(t, err)
	require.Equal(t, last, got)
}

func TestConcurrentStartsBuildOnce(t *testing.T) {
	path, _ := programtest.Machine(t)
	programtest.WriteScript(t, path, "go", programtest.FakeGo)
	var group sync.WaitGroup
	for range 5 {
		group.Go(func() {
			if _, err := Binary(context.Background(), nil); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	require.Equal(t, 1, programtest.CountRuns(t))
}

func TestKilledBuildIsClearedAway(t *testing.T) {
	path, cache := programtest.Machine(t)
	programtest.WriteScript(t, path, "go", programtest.FakeGo)
	require.NoError(t, os.MkdirAll(cache, 0o755))
	left := programtest.WriteScript(t, cache, "building-123", "")
	_, err := Binary(t.Context(), nil)
	require.NoError(t, err)
	require.NoFileExists(t, left)
}

func TestFailedBuildIsQuotedAndLeavesNothing(t *testing.T) {
	path, cache := programtest.Machine(t)
	programtest.WriteScript(t, path, "go", "echo example.com/m/p >&2\necho 'main.go:1:1: no such thing' >&2\nexit 1\n")
	_, err := Binary(t.Context(), nil)
	require.ErrorContains(t, err, "main.go:1:1: no such thing")
	require.NotContains(t, err.Error(), "example.com/m/p")
	requireOnlyTheLock(t, cache)
}

func TestInterruptedBuildLeavesNothingHalf(t *testing.T) {
	sleep, err := exec.LookPath("sleep")
	require.NoError(t, err)
	path, cache := programtest.Machine(t)
	programtest.WriteScript(t, path, "go", "echo run > \"$HOME/runs\"\nexec "+sleep+" 600\n")
	ctx, cancel := context.WithCancel(t.Context())
	failed := make(chan error, 1)
	go func() {
		_, err := Binary(ctx, nil)
		failed <- err
	}()
	requireEventually(t, "the build to start", func() bool {
		_, err := os.Stat(filepath.Join(os.Getenv("HOME"), "runs"))
		return err == nil
	})
	cancel()
	require.ErrorIs(t, <-failed, context.Canceled)
	requireOnlyTheLock(t, cache)
}

func requireOnlyTheLock(t *testing.T, cache string) {
	t.Helper()
	entries, err := os.ReadDir(cache)
	require.NoError(t, err)
	require.Len(t, entries, 1)
	require.Equal(t, "build.lock", entries[0].Name())
}
