//go:build unix

package dev

import (
	"errors"
	"os"
	"syscall"
)

// tryLock reports whether the file could be locked for this process.
func tryLock(file *os.File) (bool, error) {
	err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return false, nil
	}
	return err == nil, err
}
