//go:build unix

package engine

import (
	"errors"
	"os"
	"syscall"
)

// terminate asks the process for an orderly end.
func terminate(p *os.Process) error { return p.Signal(syscall.SIGTERM) }

// tryLock locks file for whoever shares this open file, children included.
func tryLock(file *os.File) (bool, error) {
	err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return false, nil
	}
	return err == nil, err
}
