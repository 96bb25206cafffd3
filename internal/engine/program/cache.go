package program

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

// keptVersions is the number of versions of a program, at 150 MB each, that stay in the
// cache. There are several, so that two checkouts do not delete each other's builds.
const keptVersions = 3

// cached returns the version of the program that was built from a source. Without a
// source it returns the version that was built or used last.
func (p Program) cached(cache, source string) (path string, found bool) {
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
	os.Chtimes(path, now, now) // in use: see prune. It may fail in a read-only cache
	return path, true
}

// path returns where the program of a source belongs in the cache. Its name holds a
// digest of everything that is built into it.
func (p Program) path(cache, source string) (string, error) {
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
	return filepath.Join(cache, p.Name+"-"+hex.EncodeToString(digest.Sum(nil))[:16]), nil
}

// latest returns the version in cache with the latest time.
func (p Program) latest(cache string) (path string, found bool) {
	if all := p.versions(cache); len(all) > 0 {
		return all[0], true
	}
	return "", false
}

// versions lists the paths of the versions in cache, the one used last first.
func (p Program) versions(cache string) []string {
	paths, _ := filepath.Glob(filepath.Join(cache, p.Name+"-*"))
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

// prune deletes the versions that were used longest ago. A running one keeps running.
func (p Program) prune(cache string) {
	for i, path := range p.versions(cache) {
		if i >= keptVersions {
			os.Remove(path)
		}
	}
}
