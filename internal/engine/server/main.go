// Command server is the Temporal server that novaflow embeds: the real server on SQLite
// with the Web UI in one binary, tuned for work that users wait for.
//
// It is here because the temporal CLI that can be built from modules contains an old
// server. It is a module of its own because the server's dependencies would make each
// build of novaflow several minutes longer. It imports the Temporal server and no package
// of novaflow. It accepts the arguments of "temporal server start-dev", so that either of
// the two serves as the engine and for testsuite.StartDevServer of the SDK.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"
)

// parentVariable names the process whose end ends this one. It is a variable and not a
// flag, because the temporal CLI is started the same way and must ignore it.
const parentVariable = "NOVAFLOW_ENGINE_PARENT"

// stopLimit bounds an orderly stop. The content of a file is safe without one.
const stopLimit = 10 * time.Second

func main() {
	if err := serveUntilStopped(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "novaflow engine:", err)
		os.Exit(1)
	}
}

// serveUntilStopped serves until the process is asked to end.
func serveUntilStopped(args []string) error {
	if len(args) < 2 || args[0] != "server" || args[1] != "start-dev" {
		return fmt.Errorf("usage: %s server start-dev [flags] (--help lists them)", os.Args[0])
	}
	o, err := parseOptions(args[2:], os.Stderr)
	if errors.Is(err, flag.ErrHelp) {
		return nil
	}
	if err != nil {
		return err
	}
	// If the parent died, its end of the pipe is closed. Writing a log line must then not
	// kill the engine in the middle of its stop.
	signal.Ignore(syscall.SIGPIPE)
	stop := make(chan os.Signal, 2)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
	go watchParent(os.Getenv(parentVariable), stop)
	e, err := startServer(o, os.Stderr)
	if err != nil {
		return err
	}
	<-stop
	go func() { // a second signal, or too long a wait
		select {
		case <-stop:
		case <-time.After(stopLimit):
		}
		os.Exit(1)
	}()
	return e.stop()
}

// watchParent requests a stop when the process pid is no longer the parent. Every system
// gives an orphan another parent, so a change of the parent is the sign.
func watchParent(pid string, stop chan<- os.Signal) {
	parent, err := strconv.Atoi(pid)
	if err != nil {
		return // no parent is named
	}
	for os.Getppid() == parent {
		time.Sleep(500 * time.Millisecond)
	}
	stop <- syscall.SIGTERM
}
