//go:build unix

package engine

import (
	"os"
	"syscall"
)

// terminateProcess asks a process for an orderly end.
func terminateProcess(p *os.Process) error { return p.Signal(syscall.SIGTERM) }
