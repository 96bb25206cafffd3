package engine

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// keptVersions is how many versions of a program, at 150 MB each, stay in the
// cache: more than one, so that two checkouts do not build against each other.
const keptVersions = 3

// program is something that is built from a nested module and kept.
type program struct {
	name    string // of its files in the cache, with a digest behind
	title   string // in messages
	module  string // folder of its module beside this package
	pkg     string // package to build there
	expense string // what building costs
}

// engineExpense is what building the engine costs on a machine that has nothing of it yet.
const engineExpense = "about 300 MB to download, about 5 minutes of compiling on two cores.\n" +
	"Later starts take a second."

var (
	server = program{name: "engine", title: "Temporal engine", module: "server", pkg: ".", expense: engineExpense}
	cli = program{name: "temporal", title: "temporal CLI", module: "cli", pkg: "github.com/temporalio/cli/cmd/temporal",
		expense: "this downloads about 290 MB of Go modules where they are missing\n" +
			"and takes some minutes (5 on 2 slow cores)."}
)

// cacheDir is the user's folder for built programs.
func cacheDir() (string, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no folder to keep what is built (set HOME, or name an engine in %s): %w", Variable, err)
	}
	return filepath.Join(dir, "novaflow"), nil
}

// cached returns the program that was built from source, or without a source the
// one that was built or used last.
func (p program) cached(cache, source string) (path string, found bool) {
	if source == "" {
		return p.latest(cache)
	}
	path, err := p.path(cache, source)
	if err != nil {
		return "", false
	}
	if _, err := os.Stat(path); err != nil {
		return "", false
	}
	now := time.Now()
	os.Chtimes(path, now, now) // in use: see prune; a read-only cache is no harm
	return path, true
}

// path is where the program of this source belongs: its name holds a digest
// of all that goes into it.
func (p program) path(cache, source string) (string, error) {
	entries, err := os.ReadDir(source) // sorted by name
	if err != nil {
		return "", err
	}
	digest := sha256.New()
	fmt.Fprintln(digest, runtime.GOOS, runtime.GOARCH)
	for _, entry := range entries {
		if entry.IsDir() || strings.HasSuffix(entry.Name(), "_test.go") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(source, entry.Name()))
		if err != nil {
			return "", err
		}
		fmt.Fprintln(digest, entry.Name(), len(text))
		digest.Write(text)
	}
	return filepath.Join(cache, p.name+"-"+hex.EncodeToString(digest.Sum(nil))[:16]), nil
}

// latest returns the version in cache with the latest time.
func (p program) latest(cache string) (path string, found bool) {
	if all := p.versions(cache); len(all) > 0 {
		return all[0], true
	}
	return "", false
}

// versions lists the paths of the versions in cache, the one used last first.
func (p program) versions(cache string) []string {
	paths, _ := filepath.Glob(filepath.Join(cache, p.name+"-*"))
	used := func(path string) time.Time {
		info, err := os.Stat(path)
		if err != nil {
			return time.Time{}
		}
		return info.ModTime()
	}
	slices.SortFunc(paths, func(a, b string) int { return used(b).Compare(used(a)) })
	return paths
}

// prune removes the versions used longest ago. One that runs goes on running.
func (p program) prune(cache string) {
	for i, path := range p.versions(cache) {
		if i >= keptVersions {
			os.Remove(path)
		}
	}
}
