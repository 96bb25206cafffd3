//go:build cluster

package cluster

import (
	"context"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"time"
)

// balance listens on the loopback and gives each connection to one of the backends in
// turn, or to the next one if that is dead. Load balancers in production do the same. It
// ends with the test.
func balance(t testing.TB, backends []string) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	var turn atomic.Uint32
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return // the listener is closed
			}
			go forward(t.Context(), conn, backends, int(turn.Add(1)))
		}
	}()
	return l.Addr().String()
}

// forward connects conn with the first backend that answers, until either ends.
func forward(ctx context.Context, conn net.Conn, backends []string, first int) {
	defer conn.Close()
	dialer := net.Dialer{Timeout: time.Second}
	for i := range backends {
		backend, err := dialer.DialContext(ctx, "tcp", backends[(first+i)%len(backends)])
		if err != nil {
			continue
		}
		defer backend.Close()
		ended := make(chan struct{}, 2)
		for _, way := range [][2]net.Conn{{conn, backend}, {backend, conn}} {
			go func() {
				_, _ = io.Copy(way[0], way[1]) // its end is all there is to know
				ended <- struct{}{}
			}()
		}
		<-ended
		return
	}
}
