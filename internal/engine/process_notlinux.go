//go:build unix && !linux

package engine

import (
	"os/exec"
	"syscall"
)

// bindToThread keeps the terminal's Ctrl-C from the child. That the parent ended
// our engine finds out by itself here; a temporal CLI does not.
func bindToThread(cmd *exec.Cmd) func() {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return func() {}
}
