package engine

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
)

// signOfLife is how often a build says that it goes on.
const signOfLife = 10 * time.Second

// draftPattern names the files that a build writes to.
const draftPattern = "building-*"

// build makes the program in source and puts it into cache. Of several processes
// that want it at once one builds and the others wait; what is in the cache is
// always whole.
func (p program) build(ctx context.Context, source, cache string, progress io.Writer) (string, error) {
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
	waiting := func() { fmt.Fprintf(progress, "Another process builds the %s; waiting for it\n", p.title) }
	if err := lockFile(ctx, lock, waiting); err != nil {
		return "", fmt.Errorf("wait for another build of the %s: %w", p.title, err)
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

// removeDrafts removes what a killed build left. Nobody builds: the lock is ours.
func removeDrafts(cache string) {
	drafts, _ := filepath.Glob(filepath.Join(cache, draftPattern))
	for _, draft := range drafts {
		os.Remove(draft)
	}
}

// compile builds into a temporary file and moves that to path.
func (p program) compile(ctx context.Context, source, path string, progress io.Writer) error {
	draft, err := os.CreateTemp(filepath.Dir(path), draftPattern)
	if err != nil {
		return fmt.Errorf("cache of built programs: %w", err)
	}
	draft.Close()
	defer os.Remove(draft.Name())
	began := time.Now()
	fmt.Fprintf(progress, "Building the %s, once: %s\n", p.title, p.expense)
	out := &buildOutput{}
	cmd := exec.CommandContext(ctx, "go", "build", "-v", "-mod=readonly", "-buildvcs=false",
		"-ldflags=-s -w", "-o", draft.Name(), p.pkg)
	cmd.Dir, cmd.Stdout, cmd.Stderr = source, out, out
	cmd.Env = append(os.Environ(), "GOWORK=off")
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 5 * time.Second
	if err := runTelling(cmd, out, progress, began); err != nil {
		if ctx.Err() != nil {
			return fmt.Errorf("building the %s was stopped: %w; what is compiled is kept for the next try", p.title, ctx.Err())
		}
		return fmt.Errorf("build the %s in %s: %w\n%s", p.title, source, err, out.tail())
	}
	if err := os.Rename(draft.Name(), path); err != nil {
		return fmt.Errorf("cache of built programs: %w", err)
	}
	fmt.Fprintf(progress, "Built the %s in %s: %s\n", p.title, time.Since(began).Round(time.Second), path)
	return nil
}

// runTelling runs cmd and says every few seconds how far it is.
func runTelling(cmd *exec.Cmd, out *buildOutput, progress io.Writer, began time.Time) error {
	ended := make(chan error, 1)
	go func() { ended <- cmd.Run() }()
	tick := time.NewTicker(signOfLife)
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

// buildOutput counts what "go build -v" reports, a line for each module that it
// downloads and each package that it compiles, and keeps the rest: the errors.
type buildOutput struct {
	mu                sync.Mutex
	partial           []byte
	modules, packages int
	complaints        []string
}

// Write takes a piece of the output.
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

func (b *buildOutput) count(line string) {
	switch {
	case strings.HasPrefix(line, "go: downloading "):
		b.modules++
	case !strings.ContainsAny(line, " \t:"):
		b.packages++
	default:
		b.complaints = append(b.complaints, line)
	}
}

// String is how far the build is.
func (b *buildOutput) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.packages == 0 {
		return fmt.Sprintf("%d modules downloaded", b.modules)
	}
	return fmt.Sprintf("%d packages compiled of at most 1,800", b.packages)
}

// tail is the end of what the build complained about.
func (b *buildOutput) tail() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return strings.Join(b.complaints[max(0, len(b.complaints)-20):], "\n")
}
