//go:build unix && !linux

package engine

import (
	"os/exec"
	"syscall"
)

// bindToThread keeps the terminal's Ctrl-C from the child. Here our engine finds out by
// itself that its parent has ended. A temporal CLI does not.
func bindToThread(cmd *exec.Cmd) func() {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return func() {}
}
