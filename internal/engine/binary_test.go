package engine

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// machine is an empty one: no cache, nothing on the PATH, no engine named. It
// returns the folder that is the PATH and the folder of the cache.
func machine(t *testing.T) (path, cache string) {
	t.Helper()
	home := t.TempDir()
	path = filepath.Join(home, "bin")
	require.NoError(t, os.Mkdir(path, 0o755))
	t.Setenv("HOME", home)
	t.Setenv("XDG_CACHE_HOME", filepath.Join(home, "cache"))
	t.Setenv("PATH", path)
	t.Setenv(Variable, "")
	cache, err := cacheDir()
	require.NoError(t, err)
	return path, cache
}

// script puts a shell script on the machine.
func script(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	require.NoError(t, os.WriteFile(path, []byte("#!/bin/sh\n"+text), 0o755))
	return path
}

// fakeGo stands for the go command: it says what a build says, notes that it
// ran and writes the file that -o names.
const fakeGo = `
echo "go: downloading example.com/m v1.0.0" >&2
echo example.com/m/p >&2
echo run >> "$HOME/runs"
while [ "$1" != -o ]; do shift; done
echo "#!/bin/sh" > "$2"
`

// runs is how often the fake go command ran.
func runs(t *testing.T) int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(os.Getenv("HOME"), "runs"))
	require.NoError(t, err)
	return strings.Count(string(text), "run\n")
}

func TestBinaryNamedByTheUserIsTakenOrRefused(t *testing.T) {
	path, _ := machine(t)
	t.Setenv(Variable, filepath.Join(path, "mine"))
	_, err := Binary(t.Context(), nil)
	require.ErrorContains(t, err, Variable+"="+filepath.Join(path, "mine"))

	mine := script(t, path, "mine", "")
	got, err := Binary(t.Context(), nil)
	require.NoError(t, err)
	require.Equal(t, mine, got)
}

func TestWithoutAnyEngineTheErrorSaysWhatToDo(t *testing.T) {
	machine(t)
	_, err := Binary(t.Context(), nil)
	for _, way := range []string{"address of a running Temporal server", "temporal CLI", "with Go installed", Variable} {
		require.ErrorContains(t, err, way)
	}
}

func TestEngineIsBuiltOnceAndThenComesFromTheCache(t *testing.T) {
	path, cache := machine(t)
	script(t, path, "go", fakeGo)
	var progress strings.Builder
	built, err := Binary(t.Context(), &progress)
	require.NoError(t, err)
	require.Equal(t, cache, filepath.Dir(built))
	require.Contains(t, progress.String(), "downloads about")
	require.Contains(t, progress.String(), "Built the Temporal engine")

	again, err := Binary(t.Context(), nil)
	require.NoError(t, err)
	require.Equal(t, built, again)
	require.Equal(t, 1, runs(t))
}

func TestCachePrecedesTheCLIAndTheCLIPrecedesABuild(t *testing.T) {
	path, cache := machine(t)
	script(t, path, "go", fakeGo)
	cli := script(t, path, "temporal", `echo "temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)"`)
	got, err := Binary(t.Context(), nil)
	require.NoError(t, err)
	require.Equal(t, cli, got)

	source, found := server.findSource()
	require.True(t, found)
	built, err := server.build(t.Context(), source, cache, &strings.Builder{})
	require.NoError(t, err)
	got, err = Binary(t.Context(), nil)
	require.NoError(t, err)
	require.Equal(t, built, got)
}

func TestAnotherProgramNamedTemporalIsNotTaken(t *testing.T) {
	path, cache := machine(t)
	script(t, path, "go", fakeGo)
	script(t, path, "temporal", "echo a filter for time series")
	got, err := Binary(t.Context(), nil)
	require.NoError(t, err)
	require.Equal(t, cache, filepath.Dir(got))
}

func TestInstalledProgramUsesTheEngineUsedLast(t *testing.T) {
	_, cache := machine(t)
	t.Chdir(t.TempDir()) // no checkout around
	require.NoError(t, os.MkdirAll(cache, 0o755))
	old := script(t, cache, "engine-old", "")
	last := script(t, cache, "engine-last", "")
	yesterday := time.Now().Add(-24 * time.Hour)
	require.NoError(t, os.Chtimes(old, yesterday, yesterday))
	got, err := Binary(t.Context(), nil)
	require.NoError(t, err)
	require.Equal(t, last, got)
}

func TestConcurrentStartsBuildOnce(t *testing.T) {
	path, _ := machine(t)
	script(t, path, "go", fakeGo)
	var group sync.WaitGroup
	for range 5 {
		group.Go(func() {
			if _, err := Binary(context.Background(), nil); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	require.Equal(t, 1, runs(t))
}

func TestKilledBuildIsClearedAway(t *testing.T) {
	path, cache := machine(t)
	script(t, path, "go", fakeGo)
	require.NoError(t, os.MkdirAll(cache, 0o755))
	left := script(t, cache, "building-123", "")
	_, err := Binary(t.Context(), nil)
	require.NoError(t, err)
	require.NoFileExists(t, left)
}

func TestCLIIsBuiltBesideTheEngine(t *testing.T) {
	path, cache := machine(t)
	_, err := CLI(t.Context(), nil)
	require.ErrorContains(t, err, "no temporal CLI found")
	script(t, path, "go", fakeGo)
	built, err := CLI(t.Context(), nil)
	require.NoError(t, err)
	require.Equal(t, cache, filepath.Dir(built))
	other, err := Binary(t.Context(), nil)
	require.NoError(t, err)
	require.NotEqual(t, built, other)
	again, err := CLI(t.Context(), nil)
	require.NoError(t, err)
	require.Equal(t, built, again)
	require.Equal(t, 2, runs(t))
}

func TestFailedBuildIsQuotedAndLeavesNothing(t *testing.T) {
	path, cache := machine(t)
	script(t, path, "go", "echo example.com/m/p >&2\necho 'main.go:1:1: no such thing' >&2\nexit 1\n")
	_, err := Binary(t.Context(), nil)
	require.ErrorContains(t, err, "main.go:1:1: no such thing")
	require.NotContains(t, err.Error(), "example.com/m/p")
	requireOnlyTheLock(t, cache)
}

func TestInterruptedBuildLeavesNothingHalf(t *testing.T) {
	sleep, err := exec.LookPath("sleep")
	require.NoError(t, err)
	path, cache := machine(t)
	script(t, path, "go", "echo run > \"$HOME/runs\"\nexec "+sleep+" 600\n")
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

func TestBuildSaysHowFarItIs(t *testing.T) {
	out := &buildOutput{}
	out.Write([]byte("go: downloading a v1\ngo: downl"))
	out.Write([]byte("oading b v1\n"))
	require.Equal(t, "2 modules downloaded", out.String())
	out.Write([]byte("fmt\nexample.com/m/p\nexample.com/m/q\n"))
	require.Equal(t, "3 packages compiled of at most 1,800", out.String())
}

func TestCacheKeepsFewEngines(t *testing.T) {
	_, cache := machine(t)
	require.NoError(t, os.MkdirAll(cache, 0o755))
	now := time.Now()
	for i, name := range []string{"engine-a", "engine-b", "engine-c", "engine-d", "engine-e"} {
		when := now.Add(time.Duration(i) * time.Minute)
		require.NoError(t, os.Chtimes(script(t, cache, name, ""), when, when))
	}
	server.prune(cache)
	var left []string
	for _, path := range server.versions(cache) {
		left = append(left, filepath.Base(path))
	}
	require.Equal(t, []string{"engine-e", "engine-d", "engine-c"}, left)
}

func TestAChangeOfTheSourceIsAnotherEngine(t *testing.T) {
	source := t.TempDir()
	main := filepath.Join(source, "main.go")
	require.NoError(t, os.WriteFile(main, []byte("package main\n"), 0o600))
	before, err := server.path("cache", source)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(source, "main_test.go"), nil, 0o600))
	same, err := server.path("cache", source)
	require.NoError(t, err)
	require.Equal(t, before, same, "tests are no part of the engine")
	require.NoError(t, os.WriteFile(main, []byte("package main // "+runtime.GOOS+"\n"), 0o600))
	after, err := server.path("cache", source)
	require.NoError(t, err)
	require.NotEqual(t, before, after)
}
