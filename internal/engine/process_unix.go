//go:build unix

package engine

import (
	"os"
	"syscall"
)

// terminate asks a process for an orderly end.
func terminate(p *os.Process) error { return p.Signal(syscall.SIGTERM) }
