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

	"novaflow/internal/engine/filelock"
)

// claimLimit bounds how long Start waits for a data folder in use. An engine whose
// parent was killed needs a few seconds to end.
const claimLimit = 12 * time.Second

// folderLock prevents two engines from working on one database. The child inherits the
// locked file, so the lock lives exactly as long as the child.
type folderLock struct{ file *os.File }

// claimFolder creates the folder and locks it. If an engine that is about to end has
// it, claimFolder waits for a bounded time. For an engine in memory it returns an empty
// lock.
func claimFolder(ctx context.Context, dir string, progress io.Writer) (*folderLock, error) {
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
	if err := filelock.Lock(ctx, file, waiting); err != nil {
		defer file.Close()
		pid, _ := io.ReadAll(file)
		return nil, fmt.Errorf("the data folder %s is in use by another engine (pid %s): "+
			"stop it, or choose another folder (%w)", dir, strings.TrimSpace(string(pid)), err)
	}
	return &folderLock{file}, nil
}

// giveTo lets the child inherit the lock.
func (l *folderLock) giveTo(cmd *exec.Cmd) {
	if l.file != nil {
		cmd.ExtraFiles = []*os.File{l.file}
	}
}

// note writes into the file who holds the lock, for the error message of the next engine
// that wants it. It may fail.
func (l *folderLock) note(pid int) {
	if l.file != nil && l.file.Truncate(0) == nil {
		l.file.WriteAt(fmt.Appendf(nil, "%d\n", pid), 0)
	}
}

// Close ends this process's share of the lock.
func (l *folderLock) Close() error {
	if l.file == nil {
		return nil
	}
	return l.file.Close()
}
