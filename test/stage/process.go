package stage

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"
)

// programs holds the programs that are already built, by package, for all tests of a
// package.
var programs = struct {
	sync.Mutex
	path map[string]string
}{path: map[string]string{}}

// program builds a main package once and returns the path of the program.
func program(t testing.TB, pkg string) string {
	t.Helper()
	programs.Lock()
	defer programs.Unlock()
	if path, built := programs.path[pkg]; built {
		return path
	}
	dir, err := os.MkdirTemp("", "novaflow-test-")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, filepath.Base(pkg))
	out, err := exec.CommandContext(context.Background(), "go", "build", "-o", path, pkg).CombinedOutput()
	if err != nil {
		t.Fatal(fmt.Errorf("build %s: %w: %s", pkg, err, out))
	}
	programs.path[pkg] = path
	return path
}

// Process is a program in a process of its own.
type Process struct {
	cmd  *exec.Cmd
	done chan error
}

// WorkerProcess starts a worker process, with more flags if any are given. The files for
// images are beside its clouds.yaml. The process ends with the test.
func (s *Stage) WorkerProcess(t testing.TB, queue, clouds string, flags ...string) *Process {
	t.Helper()
	return s.worker(t, queue, clouds, "error", flags...)
}

// MortalWorker starts a worker process that kills itself at a point: "before
// PATH" or "after PATH" of an activity, see the command mortal.
func (s *Stage) MortalWorker(t testing.TB, queue, clouds, point string) *Process {
	t.Helper()
	return spawn(t, program(t, "novaflow/test/mortal"), "--address", s.Address, "--namespace", s.Namespace,
		"--task-queue", queue, "--cloud-config", clouds, "--die", point)
}

func (s *Stage) worker(t testing.TB, queue, clouds, logLevel string, flags ...string) *Process {
	t.Helper()
	if clouds != "" {
		flags = append(flags, "--image-dir", filepath.Dir(clouds))
	}
	return spawn(t, program(t, "novaflow/worker"), append([]string{"--address", s.Address, "--namespace", s.Namespace,
		"--task-queue", queue, "--cloud-config", clouds, "--log-level", logLevel}, flags...)...)
}

// spawn starts a program of ours.
func spawn(t testing.TB, path string, args ...string) *Process {
	t.Helper()
	cmd := exec.CommandContext(context.Background(), path, args...)
	cmd.Stderr = os.Stderr
	return Spawn(t, cmd)
}

// Spawn starts a command that ends with the test and, where the system can do
// that, with this process however it ends.
func Spawn(t testing.TB, cmd *exec.Cmd) *Process {
	t.Helper()
	p, started := &Process{cmd: cmd, done: make(chan error, 1)}, make(chan error, 1)
	go p.live(started)
	if err := <-started; err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Kill)
	return p
}

// live starts the process and waits until it has ended. It keeps its thread, because
// Linux ties the death signal to the thread that started the process.
func (p *Process) live(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	dieWithParent(p.cmd)
	err := p.cmd.Start()
	started <- err
	if err == nil {
		p.done <- p.cmd.Wait()
	}
}

// PID returns the process id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Kill ends the process as a crash would. Killing a dead process is no error.
func (p *Process) Kill() { _ = p.end(syscall.SIGKILL) }

// Terminate asks the process to end and waits until it has.
func (p *Process) Terminate() error { return p.end(syscall.SIGTERM) }

// Signal sends a signal and does not wait.
func (p *Process) Signal(s os.Signal) error { return p.cmd.Process.Signal(s) }

func (p *Process) end(s os.Signal) error {
	_ = p.cmd.Process.Signal(s)
	return p.Wait()
}

// Killed reports whether the process has ended by SIGKILL. It waits, with a
// bound, until it has ended.
func (p *Process) Killed() bool {
	select {
	case err := <-p.done:
		p.done <- err
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			return false
		}
		status, ok := exit.Sys().(syscall.WaitStatus)
		return ok && status.Signaled() && status.Signal() == syscall.SIGKILL
	case <-time.After(Bound):
		return false
	}
}

// Wait waits until the process has ended and returns how.
func (p *Process) Wait() error {
	err := <-p.done
	p.done <- err // for later callers
	return err
}
