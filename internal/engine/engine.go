// Package engine runs a Temporal server as a child process, because the first
// contact, the demo and the tests must need nothing but Go: no server to
// install, no container. It is the real server on SQLite with its Web UI, tuned
// and durable, and never the test environment.
//
// Whoever has a Temporal server of their own does not meet this package.
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
	// startLimit bounds the wait for an engine that is up in a second or two on
	// an idle machine.
	startLimit = 60 * time.Second
	// stopLimit bounds an orderly stop, which takes about a second.
	stopLimit = 15 * time.Second
	// attempts is how often Start tries with other ports when those it found
	// free were taken by somebody else before the engine had them.
	attempts = 3
	// parentVariable tells our engine to end when the process named in it is
	// no longer its parent. The temporal CLI ignores it.
	parentVariable = "NOVAFLOW_ENGINE_PARENT"
)

// Options say which engine to start. The zero value is an engine in memory on
// free ports.
type Options struct {
	DataDir   string    // folder of the database, made when missing; "" keeps the state in memory
	Port      int       // TCP port of the frontend on the loopback; 0 takes a free one
	UIPort    int       // TCP port of the Web UI on the loopback; 0 takes a free one
	NoUI      bool      // start without the Web UI
	Namespace string    // made when missing; "" is "default"
	Progress  io.Writer // told what is going on (building takes minutes); nil is silent
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

// Start finds the engine's binary or builds it (see Binary), starts it and
// returns when frontend and Web UI answer. An engine started again on the same
// DataDir goes on from what is there. The engine ends with this process, however
// that ends, but does not hear the Ctrl-C of the terminal: call Stop.
//
// The error is a *PortTakenError when a port that was asked for is in use, and
// says what the engine logged when it did not come up. ctx bounds the start
// only.
func Start(ctx context.Context, o Options) (*Engine, error) {
	o = o.withDefaults()
	binary, err := Binary(ctx, o.Progress)
	if err != nil {
		return nil, err
	}
	for try := 1; ; try++ {
		e, err := start(ctx, o, binary)
		if err == nil || try == attempts || !errors.Is(err, errLostPort) {
			return e, err
		}
	}
}

func (o Options) withDefaults() Options {
	if o.Namespace == "" {
		o.Namespace = "default"
	}
	if o.Progress == nil {
		o.Progress = io.Discard
	}
	return o
}

// start is one try with one choice of ports.
func start(ctx context.Context, o Options, binary string) (*Engine, error) {
	port, uiPort, err := choosePorts(o)
	if err != nil {
		return nil, err
	}
	e := &Engine{Address: address(port), Namespace: o.Namespace, done: make(chan struct{})}
	e.cmd = exec.Command(binary, arguments(o, port, uiPort)...)
	e.cmd.Env = append(os.Environ(), parentVariable+"="+strconv.Itoa(os.Getpid()))
	if !o.NoUI {
		e.UIURL = "http://" + address(uiPort)
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

// arguments are those of "temporal server start-dev", which our engine takes too.
func arguments(o Options, port, uiPort int) []string {
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

// spawn takes the data folder and starts the child, which holds the folder from
// then on for as long as it lives.
func (e *Engine) spawn(ctx context.Context, o Options) error {
	lock, err := claim(ctx, o.DataDir, o.Progress)
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

// run is the child's life. It keeps its thread, as Linux ties the child's death
// signal to the thread that started it.
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

// PID is the process id of the child.
func (e *Engine) PID() int { return e.cmd.Process.Pid }

// Done is closed when the child has ended, whoever ended it.
func (e *Engine) Done() <-chan struct{} { return e.done }

// Err says why the child ended: nil while it runs and after an orderly stop.
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

// Stop ends the engine in order and waits for that; an engine that does not end
// in time is killed, which loses nothing that was answered. Stopping what has
// ended is no error.
func (e *Engine) Stop() error {
	defer e.log.Close()
	select {
	case <-e.done:
		return nil
	default:
	}
	terminate(e.cmd.Process)
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
