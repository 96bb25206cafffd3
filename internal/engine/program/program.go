// Package program is here because the first contact with novaflow must need nothing
// but Go, although the Temporal server takes minutes to compile. It builds a program
// from a nested module of this checkout once and keeps it in the user's cache. It
// imports the standard library and package filelock.
package program

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// Program is a program that is built from a nested module and kept in the cache.
type Program struct {
	Name    string // of its files in the cache, with a digest behind it
	Title   string // in messages
	Module  string // folder of its module in internal/engine
	Package string // to build there
	Expense string // what building costs, with figures from a machine with two cores
	Missing error  // when it is not cached and cannot be built: says what to do
}

// Cached returns the path of the program in the user's cache: the version that was
// built from the source of this checkout. Outside of a checkout it returns the version
// that was built or used last.
func (p Program) Cached() (path string, found bool, err error) {
	cache, err := cacheDir()
	if err != nil {
		return "", false, err
	}
	source, _ := p.findSource()
	path, found = p.cached(cache, source)
	return path, found, nil
}

// Build builds the program from the source of the checkout around the executable or
// the working directory, and returns its path in the user's cache. It does so once and
// reports to progress meanwhile, because building takes minutes on a small machine.
// Without a checkout or without the go command it returns p.Missing.
func (p Program) Build(ctx context.Context, progress io.Writer) (string, error) {
	cache, err := cacheDir()
	if err != nil {
		return "", err
	}
	source, found := p.findSource()
	if !found || !hasGo() {
		return "", p.Missing
	}
	return p.build(ctx, source, cache, progress)
}

// OnPath returns the temporal CLI of the PATH, if that is what the name stands for
// there.
func OnPath(ctx context.Context) (path string, found bool) {
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

// cacheDir returns the user's folder for built programs.
func cacheDir() (string, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no folder to keep what is built "+
			"(set HOME, or name an engine in NOVAFLOW_ENGINE): %w", err)
	}
	return filepath.Join(dir, "novaflow"), nil
}

// hasGo reports whether the go command is on the PATH.
func hasGo() bool {
	_, err := exec.LookPath("go")
	return err == nil
}

// findSource looks for the program's module above the executable and above the working
// directory.
func (p Program) findSource() (dir string, found bool) {
	var starts []string
	if path, err := os.Executable(); err == nil {
		starts = append(starts, filepath.Dir(path))
	}
	if path, err := os.Getwd(); err == nil {
		starts = append(starts, path)
	}
	module := []byte("module novaflow/internal/engine/" + p.Module + "\n")
	for _, d := range starts {
		for ; ; d = filepath.Dir(d) {
			source := filepath.Join(d, "internal", "engine", p.Module)
			text, err := os.ReadFile(filepath.Join(source, "go.mod"))
			if err == nil && bytes.Contains(text, module) {
				return source, true
			}
			if d == filepath.Dir(d) {
				break
			}
		}
	}
	return "", false
}
