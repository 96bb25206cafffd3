package workflows_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"novaflow/internal/devcloud"
	"novaflow/workflows/server"
	"novaflow/workflows/spec"
)

// guestAddress is where the tests play the server's inside: its network is a part
// of this machine's loopback.
const guestAddress = "127.77.0.5"

// readyServer is a server that has to answer to probes.
func readyServer(within time.Duration, probes ...spec.Probe) server.CreateSpec {
	req := smallServer
	req.Ports = []server.PortSpec{{Network: "private", FixedIP: guestAddress}}
	req.Ready, req.ReadyWithin = probes, spec.Duration(within)
	return req
}

func readyWorld(t *testing.T) *cloudWorld {
	t.Helper()
	t.Parallel()
	return openWorld(t, devcloud.Options{PrivateCIDR: "127.77.0.0/16"})
}

// guest serves HTTP at the server's address, once that is asked for.
func guest(t *testing.T, answer http.HandlerFunc) (port int, start func()) {
	t.Helper()
	listener, err := net.Listen("tcp", guestAddress+":0")
	require.NoError(t, err)
	listening := &httptest.Server{Listener: listener,
		Config: &http.Server{Handler: answer, ReadHeaderTimeout: time.Minute}}
	t.Cleanup(func() { listener.Close() })
	return listener.Addr().(*net.TCPAddr).Port, func() { listening.Start(); t.Cleanup(listening.Close) }
}

// A server that is ACTIVE may be far from ready: it answers 503 while it starts.
func TestAServerIsWaitedForUntilItAnswers(t *testing.T) {
	w := readyWorld(t)
	asked := 0
	port, start := guest(t, func(rw http.ResponseWriter, r *http.Request) {
		if asked++; asked < 3 || r.URL.Path != "/health" {
			rw.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	start()
	require.NoError(t, w.create(readyServer(time.Minute, spec.Probe{Protocol: "tcp", Port: port},
		spec.Probe{Protocol: "http", Port: port, Path: "/health"})))
	require.Equal(t, 3, asked)
}

// A server that never answers is of no use. The run reverts all of it, and reports the
// last refusal.
func TestAServerThatDoesNotAnswerIsTakenBack(t *testing.T) {
	w := readyWorld(t)
	port, start := guest(t, func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusTeapot) })
	start()
	why := w.nothingLeft(t, w.create(readyServer(1500*time.Millisecond, spec.Probe{Protocol: "http", Port: port})),
		"is ACTIVE but does not answer at http://127.77.0.5:")
	require.Contains(t, why.Cause, "within 1.5s: it answers 418 I'm a teapot")
	require.Equal(t, "NotReady", why.Type)
}

func TestARefusedConnectionIsSaid(t *testing.T) {
	w := readyWorld(t)
	port, _ := guest(t, nil)
	listener, err := net.Listen("tcp", guestAddress+":0")
	require.NoError(t, err)
	refused := listener.Addr().(*net.TCPAddr).Port
	require.NoError(t, listener.Close())
	require.NotEqual(t, port, refused)
	why := w.nothingLeft(t, w.create(readyServer(time.Second, spec.Probe{Protocol: "tcp", Port: refused})),
		"does not answer at tcp://127.77.0.5:")
	require.Contains(t, why.Cause, "connection refused")
}

// A user who cancels must not have to wait for the end of the probe.
func TestAWaitForAnAnswerCanBeCancelled(t *testing.T) {
	w := readyWorld(t)
	port, _ := guest(t, nil) // it accepts nothing that HTTP would
	a := w.begin(server.Create.Workflow, readyServer(30*time.Minute, spec.Probe{Protocol: "http", Port: port}))
	w.reached(t, "server", "ACTIVE")
	a.env.CancelWorkflow()
	require.ErrorContains(t, a.end(), "canceled")
	w.asEmpty(t)
}

// resizeReady resizes the server of readyServer, which has to answer on a port
// before that is confirmed.
func (w *cloudWorld) resizeReady(t *testing.T, within time.Duration, port int) error {
	t.Helper()
	require.NoError(t, w.create(readyServer(0)))
	return w.begin(server.Resize.Workflow, server.ResizeSpec{
		RunOptions: devcloudRun, Server: smallServer.Name, Flavors: []string{"m1.small"},
		Readiness: spec.Readiness{Ready: []spec.Probe{{Protocol: "http", Port: port}},
			ReadyWithin: spec.Duration(within)},
	}).end()
}

func (w *cloudWorld) smallServer(t *testing.T) string {
	t.Helper()
	o, ok := w.find("server", smallServer.Name)
	require.True(t, ok)
	return o.Status + " " + o.Flavor
}

// Confirming throws the old host's disk away: a server that came up there with the
// new flavor and never answers could not go back any more.
func TestAServerThatDoesNotAnswerAfterAResizeGoesBack(t *testing.T) {
	w := readyWorld(t)
	port, start := guest(t, func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusBadGateway) })
	start()
	require.ErrorContains(t, w.resizeReady(t, 6*time.Second, port), "within 6s: it answers 502 Bad Gateway")
	require.Equal(t, "ACTIVE "+smallServer.Flavor, w.smallServer(t))
}

func TestAResizeIsConfirmedOnceTheServerAnswers(t *testing.T) {
	w := readyWorld(t)
	asked := 0
	port, start := guest(t, func(rw http.ResponseWriter, _ *http.Request) {
		require.NotEqual(t, "ACTIVE", w.statusOf("server", smallServer.Name), "it was confirmed before it answered")
		if asked++; asked < 2 {
			rw.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	start()
	require.NoError(t, w.resizeReady(t, time.Minute, port))
	require.Equal(t, 2, asked)
	require.Equal(t, "ACTIVE m1.small", w.smallServer(t))
}

// A server that is shut down is resized as well as one that runs, but it would be
// waited for in vain.
func TestAServerThatIsShutDownCannotBeAskedWhetherItIsReady(t *testing.T) {
	w := readyWorld(t)
	require.NoError(t, w.create(readyServer(0)))
	w.run(t, server.Power.Workflow, server.PowerSpec{RunOptions: devcloudRun, Server: smallServer.Name, Verb: "stop"})
	req := server.ResizeSpec{RunOptions: devcloudRun, Server: smallServer.Name, Flavors: []string{"m1.small"}}
	req.Ready = []spec.Probe{{Protocol: "tcp", Port: 22}}
	require.ErrorContains(t, w.begin(server.Resize.Workflow, req).end(), "is SHUTOFF: it answers nothing")
	require.Equal(t, "SHUTOFF "+smallServer.Flavor, w.smallServer(t))
}
