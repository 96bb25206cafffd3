package engine

import (
	"errors"
	"fmt"
	"net"
	"strconv"
)

// errLostPort says that a port was free when it was chosen and in use when the engine
// wanted to listen there.
var errLostPort = errors.New("a port was taken meanwhile")

// PortTakenError says that another process uses a requested port.
type PortTakenError struct {
	Port int
	Use  string // by the engine
	err  error
}

// Error returns which port, for which use, and what to do.
func (e *PortTakenError) Error() string {
	return fmt.Sprintf("port %d for the %s is not available on %s (%v): "+
		"stop what listens there, or choose another port (0 is any free one)", e.Port, e.Use, loopback, e.err)
}

// Unwrap returns the system's error.
func (e *PortTakenError) Unwrap() error { return e.err }

// loopbackAddress returns host:port of a port on the loopback.
func loopbackAddress(port int) string { return net.JoinHostPort(loopback, strconv.Itoa(port)) }

// choosePorts returns the ports of the frontend and the Web UI. Where the options name no
// port it chooses a free one. A requested port that is in use is an error.
func choosePorts(o Options) (port, uiPort int, err error) {
	frontend, err := listenOn(o.Port, "Temporal frontend")
	if err != nil {
		return 0, 0, err
	}
	defer frontend.Close()
	ui, err := listenOn(o.UIPort, "Temporal Web UI")
	if err != nil {
		return 0, 0, err
	}
	defer ui.Close()
	return portOf(frontend), portOf(ui), nil
}

// listenOn listens on a port of the loopback.
func listenOn(port int, use string) (net.Listener, error) {
	l, err := net.Listen("tcp", loopbackAddress(port))
	if err != nil {
		return nil, &PortTakenError{Port: port, Use: use, err: err}
	}
	return l, nil
}

// portOf returns the port on which a listener listens.
func portOf(l net.Listener) int { return l.Addr().(*net.TCPAddr).Port }
