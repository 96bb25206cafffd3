package engine

import (
	"os/exec"
	"runtime"
	"syscall"
)

// bindToThread lets the kernel stop the child when this process ends, and keeps the
// terminal's Ctrl-C from it. The kernel watches the thread that starts the child. So the
// caller keeps that thread until the child has ended, and then calls the function.
func bindToThread(cmd *exec.Cmd) func() {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	runtime.LockOSThread()
	return runtime.UnlockOSThread
}
