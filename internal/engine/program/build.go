package program

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"novaflow/internal/engine/filelock"
)

// reportEvery is the time between two reports of a build.
const reportEvery = 10 * time.Second

// draftPattern is the pattern of the files that a build writes to.
const draftPattern = "building-*"

// build builds the program from its source and puts it into the cache. If several
// processes want it at once, one builds and the others wait. A file in the cache is
// always whole.
func (p Program) build(ctx context.Context, source, cache string, progress io.Writer) (string, error) {
	path, err := p.path(cache, source)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return "", fmt.Errorf("cache of built programs: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(cache, "build.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return "", fmt.Errorf("cache of built programs: %w", err)
	}
	defer lock.Close()
	waiting := func() { fmt.Fprintf(progress, "Another process builds the %s; waiting for it\n", p.Title) }
	if err := filelock.Lock(ctx, lock, waiting); err != nil {
		return "", fmt.Errorf("wait for another build of the %s: %w", p.Title, err)
	}
	if path, found := p.cached(cache, source); found {
		return path, nil
	}
	removeDrafts(cache)
	if err := p.compile(ctx, source, path, progress); err != nil {
		return "", err
	}
	p.prune(cache)
	return path, nil
}

// removeDrafts deletes what a killed build left. The caller holds the lock, so no other
// process is building.
func removeDrafts(cache string) {
	drafts, _ := filepath.Glob(filepath.Join(cache, draftPattern))
	for _, draft := range drafts {
		os.Remove(draft)
	}
}

// compile builds into a temporary file and moves that file to path.
func (p Program) compile(ctx context.Context, source, path string, progress io.Writer) error {
	draft, err := os.CreateTemp(filepath.Dir(path), draftPattern)
	if err != nil {
		return fmt.Errorf("cache of built programs: %w", err)
	}
	draft.Close()
	defer os.Remove(draft.Name())
	began := time.Now()
	fmt.Fprintf(progress, "Building the %s, once: %s\n", p.Title, p.Expense)
	out := &buildOutput{}
	cmd := exec.CommandContext(ctx, "go", "build", "-v", "-mod=readonly", "-buildvcs=false",
		"-ldflags=-s -w", "-o", draft.Name(), p.Package)
	cmd.Dir, cmd.Stdout, cmd.Stderr = source, out, out
	cmd.Env = append(os.Environ(), "GOWORK=off")
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 5 * time.Second
	if err := runReporting(cmd, out, progress, began); err != nil {
		if ctx.Err() != nil {
			return fmt.Errorf("building the %s was stopped: %w; what is compiled is kept for the next attempt",
				p.Title, ctx.Err())
		}
		return fmt.Errorf("build the %s in %s: %w\n%s", p.Title, source, err, out.tail())
	}
	if err := os.Rename(draft.Name(), path); err != nil {
		return fmt.Errorf("cache of built programs: %w", err)
	}
	fmt.Fprintf(progress, "Built the %s in %s: %s\n", p.Title, time.Since(began).Round(time.Second), path)
	return nil
}

// runReporting runs a command and reports its progress every few seconds.
func runReporting(cmd *exec.Cmd, out *buildOutput, progress io.Writer, began time.Time) error {
	ended := make(chan error, 1)
	go func() { ended <- cmd.Run() }()
	tick := time.NewTicker(reportEvery)
	defer tick.Stop()
	for {
		select {
		case err := <-ended:
			return err
		case <-tick.C:
			fmt.Fprintf(progress, "  %s: %s\n", time.Since(began).Round(time.Second), out)
		}
	}
}

// buildOutput counts what "go build -v" reports: a line for each module that it
// downloads and each package that it compiles. It keeps all other lines: the errors.
type buildOutput struct {
	mu                sync.Mutex
	partial           []byte
	modules, packages int
	errors            []string
}

// Write counts the lines of a piece of the output.
func (b *buildOutput) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.partial = append(b.partial, p...)
	for {
		line, rest, found := bytes.Cut(b.partial, []byte("\n"))
		if !found {
			return len(p), nil
		}
		b.count(string(line))
		b.partial = rest
	}
}

// count counts one line, or keeps it if it is an error.
func (b *buildOutput) count(line string) {
	switch {
	case strings.HasPrefix(line, "go: downloading "):
		b.modules++
	case !strings.ContainsAny(line, " \t:"):
		b.packages++
	default:
		b.errors = append(b.errors, line)
	}
}

// String returns the progress of the build in words.
func (b *buildOutput) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.packages == 0 {
		return fmt.Sprintf("%d modules downloaded", b.modules)
	}
	return fmt.Sprintf("%d packages compiled of at most 1,800", b.packages)
}

// tail returns the last errors.
func (b *buildOutput) tail() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return strings.Join(b.errors[max(0, len(b.errors)-20):], "\n")
}
