//go:build unix

package filelock

import (
	"errors"
	"os"
	"syscall"
)

// TryLock locks a file for everybody who shares this open file, children included. It
// returns false if another process has the lock.
func TryLock(file *os.File) (bool, error) {
	err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return false, nil
	}
	return err == nil, err
}
