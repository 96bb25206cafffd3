package engine

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// claimLimit is how long Start waits for a data folder in use: an engine whose
// parent was killed needs a few seconds to end.
const claimLimit = 12 * time.Second

// folderLock keeps two engines from working on one database. The child inherits
// the locked file, so the lock lives exactly as long as the child.
type folderLock struct{ file *os.File }

// claim makes the folder and locks it, waiting a bounded time for an engine that
// is about to end. It returns an empty lock for an engine in memory.
func claim(ctx context.Context, dir string, progress io.Writer) (*folderLock, error) {
	if dir == "" {
		return &folderLock{}, nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	file, err := os.OpenFile(filepath.Join(dir, "engine.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, claimLimit)
	defer cancel()
	waiting := func() { fmt.Fprintf(progress, "Waiting for the engine that has %s\n", dir) }
	if err := lockFile(ctx, file, waiting); err != nil {
		defer file.Close()
		pid, _ := io.ReadAll(file)
		return nil, fmt.Errorf("the data folder %s is in use by another engine (pid %s): stop it, or choose another folder (%w)",
			dir, strings.TrimSpace(string(pid)), err)
	}
	return &folderLock{file}, nil
}

// giveTo lets the child inherit the lock.
func (l *folderLock) giveTo(cmd *exec.Cmd) {
	if l.file != nil {
		cmd.ExtraFiles = []*os.File{l.file}
	}
}

// note writes down who holds the lock, for the error of the next who wants it; it
// is no harm when it cannot.
func (l *folderLock) note(pid int) {
	if l.file != nil && l.file.Truncate(0) == nil {
		l.file.WriteAt(fmt.Appendf(nil, "%d\n", pid), 0)
	}
}

// Close ends this process's part of the lock.
func (l *folderLock) Close() error {
	if l.file == nil {
		return nil
	}
	return l.file.Close()
}

// lockFile locks file, calling waiting once when somebody else has it, and gives
// up when ctx ends.
func lockFile(ctx context.Context, file *os.File, waiting func()) error {
	for first := true; ; first = false {
		free, err := tryLock(file)
		if free || err != nil {
			return err
		}
		if first {
			waiting()
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}
