package engine

import (
	"errors"
	"fmt"
	"net"
	"strconv"
)

// errLostPort is about a port that was free when it was chosen and taken when
// the engine came to it.
var errLostPort = errors.New("a port was taken meanwhile")

// PortTakenError is about a port that was asked for and that another process has.
type PortTakenError struct {
	Port int
	Use  string // what the engine needs it for
	err  error
}

// Error says which port, what for and what to do.
func (e *PortTakenError) Error() string {
	return fmt.Sprintf("port %d for the %s cannot be had on %s (%v): stop what listens there, or choose another port (0 is any free one)",
		e.Port, e.Use, loopback, e.err)
}

// Unwrap returns the system's error.
func (e *PortTakenError) Unwrap() error { return e.err }

func address(port int) string { return net.JoinHostPort(loopback, strconv.Itoa(port)) }

// choosePorts returns the ports of the frontend and the Web UI: those asked for
// when they are free, else free ones.
func choosePorts(o Options) (port, uiPort int, err error) {
	frontend, err := listen(o.Port, "Temporal frontend")
	if err != nil {
		return 0, 0, err
	}
	defer frontend.Close()
	ui, err := listen(o.UIPort, "Temporal Web UI")
	if err != nil {
		return 0, 0, err
	}
	defer ui.Close()
	return portOf(frontend), portOf(ui), nil
}

func listen(port int, use string) (net.Listener, error) {
	l, err := net.Listen("tcp", address(port))
	if err != nil {
		return nil, &PortTakenError{Port: port, Use: use, err: err}
	}
	return l, nil
}

func portOf(l net.Listener) int { return l.Addr().(*net.TCPAddr).Port }
