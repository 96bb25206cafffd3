package stage

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
)

// workerBinary builds novaflow-worker once for all tests of a package.
var workerBinary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "novaflow-test-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "novaflow-worker")
	out, err := exec.CommandContext(context.Background(), "go", "build", "-o", path, "novaflow/worker").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build the worker: %w: %s", err, out)
	}
	return path, nil
})

// Process is a worker in a process of its own.
type Process struct {
	cmd  *exec.Cmd
	done chan error
}

// WorkerProcess starts a worker process. It ends with the test.
func (s *Stage) WorkerProcess(t testing.TB, queue, clouds string) *Process {
	t.Helper()
	binary, err := workerBinary()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(context.Background(), binary, "--address", s.Address, "--namespace", s.Namespace,
		"--task-queue", queue, "--cloud-config", clouds, "--log-level", "error")
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &Process{cmd: cmd, done: make(chan error, 1)}
	go func() { p.done <- cmd.Wait() }()
	t.Cleanup(p.Kill)
	return p
}

// Kill ends the process as a crash would. Killing a dead process is no error.
func (p *Process) Kill() { _ = p.end(syscall.SIGKILL) }

// Terminate asks the process to end and waits until it has.
func (p *Process) Terminate() error { return p.end(syscall.SIGTERM) }

// Signal sends a signal and does not wait.
func (p *Process) Signal(s os.Signal) error { return p.cmd.Process.Signal(s) }

func (p *Process) end(s os.Signal) error {
	_ = p.cmd.Process.Signal(s)
	err := <-p.done
	p.done <- err // for whoever asks again
	return err
}
