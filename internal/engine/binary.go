package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// Variable is the environment variable that names the engine's binary: one of
// ours or the temporal CLI. Nothing else is looked for when it is set.
const Variable = "NOVAFLOW_ENGINE"

// Binary returns the path of a program that takes "server start-dev": the one
// named by NOVAFLOW_ENGINE; else our engine from the user's cache; else a
// temporal CLI from the PATH; else our engine, built now from the source of the
// checkout around the executable or the working directory. Building is done
// once, takes minutes on a small machine and is told on progress (nil: silent).
//
// The error says what to do when there is none.
func Binary(ctx context.Context, progress io.Writer) (string, error) {
	if progress == nil {
		progress = io.Discard
	}
	if path := os.Getenv(Variable); path != "" {
		if _, err := exec.LookPath(path); err != nil {
			return "", fmt.Errorf("%s=%s cannot be run: %w", Variable, path, err)
		}
		return filepath.Abs(path)
	}
	cache, err := cacheDir()
	if err != nil {
		return "", err
	}
	source, hasSource := server.findSource()
	if path, found := server.cached(cache, source); found {
		return path, nil
	}
	if path, found := cliOnPath(ctx); found {
		return path, nil
	}
	if !hasSource || !hasGo() {
		return "", errNoEngine
	}
	return server.build(ctx, source, cache, progress)
}

// CLI returns the path of the temporal CLI: the one pinned in the module cli
// from the user's cache; else one from the PATH; else the pinned one, built now
// as Binary builds the engine. It is for tests of what operators do with it.
func CLI(ctx context.Context, progress io.Writer) (string, error) {
	if progress == nil {
		progress = io.Discard
	}
	cache, err := cacheDir()
	if err != nil {
		return "", err
	}
	source, hasSource := cli.findSource()
	if path, found := cli.cached(cache, source); found {
		return path, nil
	}
	if path, found := cliOnPath(ctx); found {
		return path, nil
	}
	if !hasSource || !hasGo() {
		return "", errors.New("no temporal CLI found: install it so that it is on the PATH (https://docs.temporal.io/cli), " +
			"or run this from a checkout of novaflow with Go installed")
	}
	return cli.build(ctx, source, cache, progress)
}

func hasGo() bool {
	_, err := exec.LookPath("go")
	return err == nil
}

var errNoEngine = errors.New("no Temporal engine found: " +
	"give the address of a running Temporal server, " +
	"or install the temporal CLI so that it is on the PATH (https://docs.temporal.io/cli), " +
	"or run this from a checkout of novaflow with Go installed, which builds an engine; " +
	Variable + " can name an engine that is elsewhere")

// findSource looks for the program's module above the executable and above the
// working directory.
func (p program) findSource() (dir string, found bool) {
	var starts []string
	if path, err := os.Executable(); err == nil {
		starts = append(starts, filepath.Dir(path))
	}
	if path, err := os.Getwd(); err == nil {
		starts = append(starts, path)
	}
	for _, d := range starts {
		for ; ; d = filepath.Dir(d) {
			source := filepath.Join(d, "internal", "engine", p.module)
			text, err := os.ReadFile(filepath.Join(source, "go.mod"))
			if err == nil && bytes.Contains(text, []byte("module novaflow/internal/engine/"+p.module+"\n")) {
				return source, true
			}
			if d == filepath.Dir(d) {
				break
			}
		}
	}
	return "", false
}

// cliOnPath returns the temporal CLI of the PATH, if that is what the name
// stands for there.
func cliOnPath(ctx context.Context) (path string, found bool) {
	path, err := exec.LookPath("temporal")
	if err != nil {
		return "", false
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, path, "--version").Output()
	if err != nil || !bytes.Contains(out, []byte("Server")) {
		return "", false
	}
	path, err = filepath.Abs(path)
	return path, err == nil
}
