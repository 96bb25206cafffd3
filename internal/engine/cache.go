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

// keptEngines is how many engines, at 150 MB each, stay in the cache: more than
// one, so that two checkouts do not build against each other.
const keptEngines = 3

// cacheDir is the user's folder for built engines.
func cacheDir() (string, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no folder to keep the engine in (set HOME, or name an engine in %s): %w", Variable, err)
	}
	return filepath.Join(dir, "novaflow"), nil
}

// cached returns the engine that was built from source, or without a source the
// one that was built or used last.
func cached(cache, source string) (path string, found bool) {
	if source == "" {
		return latest(cache)
	}
	path, err := cachePath(cache, source)
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

// cachePath is where the engine of this source belongs: its name holds a digest
// of all that goes into it.
func cachePath(cache, source string) (string, error) {
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
	return filepath.Join(cache, "engine-"+hex.EncodeToString(digest.Sum(nil))[:16]), nil
}

// latest returns the engine in cache with the latest time.
func latest(cache string) (path string, found bool) {
	if all := engines(cache); len(all) > 0 {
		return all[0], true
	}
	return "", false
}

// engines lists the paths of the engines in cache, the one used last first.
func engines(cache string) []string {
	paths, _ := filepath.Glob(filepath.Join(cache, "engine-*"))
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

// prune removes the engines used longest ago. One that runs goes on running.
func prune(cache string) {
	for i, path := range engines(cache) {
		if i >= keptEngines {
			os.Remove(path)
		}
	}
}
