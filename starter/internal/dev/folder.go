package dev

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"novaflow/internal/engine/filelock"
)

// lockFolder creates a folder and locks it for this process. The lock ends with the
// process, however that ends.
func lockFolder(dir string) (io.Closer, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	file, err := os.OpenFile(filepath.Join(dir, "dev.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	free, err := filelock.TryLock(file)
	if err == nil && !free {
		pid, _ := io.ReadAll(file)
		err = fmt.Errorf("the data folder %s is in use by another `novaflow dev` (pid %s): stop it, or give --data-dir",
			dir, strings.TrimSpace(string(pid)))
	}
	if err == nil {
		err = writePID(file)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// writePID records which process has the lock, for the message of the next process that
// tries.
func writePID(file *os.File) error {
	if err := file.Truncate(0); err != nil {
		return err
	}
	_, err := file.WriteAt(fmt.Appendf(nil, "%d\n", os.Getpid()), 0)
	return err
}
