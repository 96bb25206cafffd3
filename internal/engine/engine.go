// Package engine is here because the first contact, the demo and the tests must need
// nothing but Go: no server to install and no container. It runs a Temporal server as a
// child process. That is the real server on SQLite with its Web UI, tuned and durable,
// and never the SDK's test environment.
//
// It imports packages program and filelock beside it and the Temporal SDK, and no other
// package of novaflow. The server itself is the module internal/engine/server, which
// nothing imports. Users with a Temporal server of their own do not need this package.
package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"
)

const (
	loopback = "127.0.0.1"
	// startLimit bounds the wait for an engine. On an idle machine it is up in a second
	// or two.
	startLimit = 60 * time.Second
	// stopLimit bounds an orderly stop, which takes about a second.
	stopLimit = 15 * time.Second
	// attempts bounds how often Start tries other ports. Another process can take a
	// free port before the engine does.
	attempts = 3
	// parentVariable names the process whose end ends our engine. The temporal CLI
	// ignores it.
	parentVariable = "NOVAFLOW_ENGINE_PARENT"
)

// Options say which engine to start. The zero value is an engine in memory on
// free ports.
type Options struct {
	DataDir   string    // folder of the database, created when missing; "" keeps the state in memory
	Port      int       // TCP port of the frontend on the loopback; 0 takes a free one
	UIPort    int       // TCP port of the Web UI on the loopback; 0 takes a free one
	NoUI      bool      // start without the Web UI
	Namespace string    // created when missing; "" is "default"
	Progress  io.Writer // gets reports of what is going on (building takes minutes); nil is silent
	Log       io.Writer // the engine's own log; nil is DataDir/engine.log, or nowhere for memory
}

// Engine is a running Temporal server. Its methods may be called from any
// goroutine.
type Engine struct {
	Address   string // host:port of the frontend, for client.Options.HostPort
	UIURL     string // address of the Web UI; "" without one
	Namespace string

	cmd  *exec.Cmd
	log  *logFile
	done chan struct{} // closed when the child has ended
	err  error         // why it ended; read after done
}

// Start finds the engine's binary or builds it (see Binary), starts it and returns when
// frontend and Web UI answer. An engine that is started again on the same DataDir goes
// on from its state. The engine ends with this process, however that ends. The Ctrl-C
// of the terminal does not reach it: call Stop.
//
// If a requested port is in use, the error is a *PortTakenError. If the engine did not
// come up, the error quotes its log. ctx bounds the start only.
func Start(ctx context.Context, o Options) (*Engine, error) {
	o = o.withDefaults()
	binary, err := Binary(ctx, o.Progress)
	if err != nil {
		return nil, err
	}
	for attempt := 1; ; attempt++ {
		e, err := startOnce(ctx, o, binary)
		if err == nil || attempt == attempts || !errors.Is(err, errLostPort) {
			return e, err
		}
	}
}

// withDefaults returns the options with all defaults filled in.
func (o Options) withDefaults() Options {
	if o.Namespace == "" {
		o.Namespace = "default"
	}
	if o.Progress == nil {
		o.Progress = io.Discard
	}
	return o
}

// startOnce starts the engine with one choice of ports.
func startOnce(ctx context.Context, o Options, binary string) (*Engine, error) {
	port, uiPort, err := choosePorts(o)
	if err != nil {
		return nil, err
	}
	e := &Engine{Address: loopbackAddress(port), Namespace: o.Namespace, done: make(chan struct{})}
	e.cmd = exec.Command(binary, startArguments(o, port, uiPort)...)
	e.cmd.Env = append(os.Environ(), parentVariable+"="+strconv.Itoa(os.Getpid()))
	if !o.NoUI {
		e.UIURL = "http://" + loopbackAddress(uiPort)
	}
	if err := e.spawn(ctx, o); err != nil {
		return nil, err
	}
	if err := e.waitReady(ctx); err != nil {
		e.Kill()
		defer e.log.Close()
		if e.log.contains("address already in use") && (o.Port == 0 || o.UIPort == 0) {
			return nil, fmt.Errorf("%w: %w", errLostPort, err)
		}
		return nil, err
	}
	return e, nil
}

// startArguments returns the arguments for "temporal server start-dev". Our engine
// accepts the same ones.
func startArguments(o Options, port, uiPort int) []string {
	args := []string{"server", "start-dev", "--ip", loopback, "--port", strconv.Itoa(port),
		"--namespace", o.Namespace, "--log-level", "warn"}
	if o.NoUI {
		args = append(args, "--headless")
	} else {
		args = append(args, "--ui-port", strconv.Itoa(uiPort))
	}
	if o.DataDir != "" {
		args = append(args, "--db-filename", filepath.Join(o.DataDir, "temporal.db"))
	}
	return append(args, Tuning(o.DataDir != "")...)
}

// spawn locks the data folder and starts the child. From then on the child holds the
// folder for as long as it lives.
func (e *Engine) spawn(ctx context.Context, o Options) error {
	lock, err := claimFolder(ctx, o.DataDir, o.Progress)
	if err != nil {
		return err
	}
	defer lock.Close()
	if e.log, err = openLog(o); err != nil {
		return err
	}
	e.cmd.Stdout, e.cmd.Stderr = e.log.writer, e.log.writer
	lock.giveTo(e.cmd)
	started := make(chan error, 1)
	go e.run(started)
	if err := <-started; err != nil {
		e.log.Close()
		return fmt.Errorf("start engine %s: %w", e.cmd.Path, err)
	}
	lock.note(e.PID())
	return nil
}

// run starts the child and waits for its end. It keeps its thread, because Linux ties the
// child's death signal to the thread that started it.
func (e *Engine) run(started chan<- error) {
	unlock := bindToThread(e.cmd)
	defer unlock()
	err := e.cmd.Start()
	started <- err
	if err != nil {
		return
	}
	e.err = e.cmd.Wait()
	close(e.done)
}

// PID returns the process id of the child.
func (e *Engine) PID() int { return e.cmd.Process.Pid }

// Done returns a channel that is closed when the child has ended, for any reason.
func (e *Engine) Done() <-chan struct{} { return e.done }

// Err returns why the child ended. It returns nil while the child runs and after an
// orderly stop.
func (e *Engine) Err() error {
	select {
	case <-e.done:
	default:
		return nil
	}
	if e.err == nil {
		return nil
	}
	return fmt.Errorf("engine ended: %w%s", e.err, e.log.tail())
}

// Stop ends the engine in order and waits for its end. It kills an engine that does not
// end in time, which loses nothing that the engine has answered. If the engine has
// already ended, that is no error.
func (e *Engine) Stop() error {
	defer e.log.Close()
	select {
	case <-e.done:
		return nil
	default:
	}
	terminateProcess(e.cmd.Process)
	select {
	case <-e.done:
		return e.Err()
	case <-time.After(stopLimit):
		e.Kill()
		return fmt.Errorf("engine (pid %d) did not stop within %s and was killed", e.PID(), stopLimit)
	}
}

// Kill ends the engine at once, as a crash would, and waits until it is gone.
func (e *Engine) Kill() {
	e.cmd.Process.Kill()
	<-e.done
}
