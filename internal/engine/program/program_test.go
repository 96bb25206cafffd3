package program

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"novaflow/internal/engine/programtest"
)

// engine is a program for the tests.
var engine = Program{Name: "engine"}

func TestBuildSaysHowFarItIs(t *testing.T) {
	out := &buildOutput{}
	out.Write([]byte("go: downloading a v1\ngo: downl"))
	out.Write([]byte("oading b v1\n"))
	require.Equal(t, "2 modules downloaded", out.String())
	out.Write([]byte("fmt\nexample.com/m/p\nexample.com/m/q\n"))
	require.Equal(t, "3 packages compiled of at most 1,800", out.String())
}

func TestCacheKeepsFewEngines(t *testing.T) {
	_, cache := programtest.Machine(t)
	require.NoError(t, os.MkdirAll(cache, 0o755))
	now := time.Now()
	for i, name := range []string{"engine-a", "engine-b", "engine-c", "engine-d", "engine-e"} {
		when := now.Add(time.Duration(i) * time.Minute)
		require.NoError(t, os.Chtimes(programtest.WriteScript(t, cache, name, ""), when, when))
	}
	engine.prune(cache)
	var left []string
	for _, path := range engine.versions(cache) {
		left = append(left, filepath.Base(path))
	}
	require.Equal(t, []string{"engine-e", "engine-d", "engine-c"}, left)
}

func TestAChangeOfTheSourceIsAnotherEngine(t *testing.T) {
	source := t.TempDir()
	main := filepath.Join(source, "main.go")
	require.NoError(t, os.WriteFile(main, []byte("package main\n"), 0o600))
	before, err := engine.path("cache", source)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(source, "main_test.go"), nil, 0o600))
	same, err := engine.path("cache", source)
	require.NoError(t, err)
	require.Equal(t, before, same, "tests are no part of the engine")
	require.NoError(t, os.WriteFile(main, []byte("package main // "+runtime.GOOS+"\n"), 0o600))
	after, err := engine.path("cache", source)
	require.NoError(t, err)
	require.NotEqual(t, before, after)
}
