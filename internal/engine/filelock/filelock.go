// Package filelock is here because two processes must not build one program at the
// same time, nor run two engines on one folder. It imports the standard library only.
package filelock

import (
	"context"
	"os"
	"time"
)

// retryPause is the pause between two attempts to lock a file.
const retryPause = 100 * time.Millisecond

// Lock locks a file. If another process has locked it, Lock calls waiting once and
// tries again until ctx ends. The lock belongs to the open file, so a child that
// inherits the file holds it too.
func Lock(ctx context.Context, file *os.File, waiting func()) error {
	for first := true; ; first = false {
		free, err := TryLock(file)
		if free || err != nil {
			return err
		}
		if first {
			waiting()
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(retryPause):
		}
	}
}
