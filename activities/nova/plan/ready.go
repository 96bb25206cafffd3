package plan

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"go.temporal.io/sdk/activity"

	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/task"
	"novaflow/saga"
)

// WaitReadyAction waits until a server answers on the network. Give it a timeout
// that is longer than the wait's own.
var WaitReadyAction = saga.Read((*Activities)(nil).WaitReady).With(task.WaitOptions)

// Ways of asking whether a server is ready.
const (
	ProbeTCP   = "tcp"   // a connection is accepted
	ProbeHTTP  = "http"  // a GET is answered with a status below 400
	ProbeHTTPS = "https" // the same with TLS; the certificate is not checked, as it cannot be for an address
)

// ReadyWait says what to wait for. The worker must be able to reach the address.
type ReadyWait struct {
	Server  string        `json:"server"` // its name, for messages
	Address string        `json:"address"`
	Probe   string        `json:"probe"` // one of the Probe constants
	Port    int           `json:"port"`
	Path    string        `json:"path,omitempty"` // of HTTP; "" is /
	Within  time.Duration `json:"within"`         // from when the engine scheduled it, over all attempts
}

// Answer is how a server showed that it is ready.
type Answer struct {
	Address string `json:"address"`          // with port
	Status  int    `json:"status,omitempty"` // of HTTP
}

// WaitReady asks again and again until the server answers. When the time is over
// it fails with a terminal error of type NotReady that has the last refusal.
func (a *Activities) WaitReady(ctx context.Context, w ReadyWait) (Answer, error) {
	ctx, stop := task.StartHeartbeat(cloud.TraceRequests(ctx))
	defer stop()
	begun := time.Now()
	if scheduled := activity.GetInfo(ctx).ScheduledTime; !scheduled.IsZero() {
		begun = scheduled
	}
	answer, err := w.await(ctx, begun)
	return answer, task.ReportError(ctx, a.Clouds, "", err,
		func(c cloud.Class, _ int32) bool { return c == cloud.Terminal })
}

const (
	probeTimeout = 5 * time.Second
	probePause   = time.Second
)

func (w ReadyWait) await(ctx context.Context, begun time.Time) (Answer, error) {
	var last error
	for {
		left := w.Within - time.Since(begun)
		if left <= 0 {
			return Answer{}, w.notReady(last)
		}
		once, cancel := context.WithTimeout(ctx, min(left, probeTimeout))
		answer, err := w.ask(once)
		cancel()
		if err == nil {
			return answer, nil
		}
		if ctx.Err() != nil {
			return Answer{}, ctx.Err()
		}
		last = err
		task.Say(ctx, fmt.Sprintf("server %q at %s: %s, %d s", w.Server, w.where(), describeRefusal(err),
			int(time.Since(begun).Seconds())))
		if err := task.Sleep(ctx, min(probePause, max(w.Within-time.Since(begun), 0))); err != nil {
			return Answer{}, err
		}
	}
}

func (w ReadyWait) notReady(last error) error {
	message := fmt.Sprintf("server %q is ACTIVE but does not answer at %s within %s", w.Server, w.where(), w.Within)
	if last != nil {
		message += ": " + describeRefusal(last)
	}
	return &cloud.Error{Class: cloud.Terminal, Type: cloud.NotReady, Message: message}
}

// where returns what is asked, as people write it.
func (w ReadyWait) where() string {
	return (&url.URL{Scheme: w.Probe, Host: w.hostPort(), Path: w.Path}).String()
}

func (w ReadyWait) hostPort() string { return net.JoinHostPort(w.Address, strconv.Itoa(w.Port)) }

// ask asks once.
func (w ReadyWait) ask(ctx context.Context) (Answer, error) {
	if w.Probe == ProbeTCP {
		connection, err := (&net.Dialer{}).DialContext(ctx, "tcp", w.hostPort())
		if err != nil {
			return Answer{}, err
		}
		return Answer{Address: w.hostPort()}, connection.Close()
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, w.where(), http.NoBody)
	if err != nil {
		return Answer{}, err
	}
	response, err := probeClient.Do(r)
	if err != nil {
		return Answer{}, err
	}
	defer response.Body.Close()
	if response.StatusCode >= http.StatusBadRequest {
		return Answer{}, fmt.Errorf("it answers %s", response.Status)
	}
	return Answer{Address: w.hostPort(), Status: response.StatusCode}, nil
}

// probeClient goes nowhere but to the server: through no proxy, and after no
// redirection.
var probeClient = &http.Client{
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	Transport: &http.Transport{
		DisableKeepAlives: true, TLSHandshakeTimeout: probeTimeout,
		TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: true},
	},
}

// describeRefusal returns why there was no answer, without the parts that are said
// elsewhere.
func describeRefusal(err error) string {
	if errors.Is(err, context.DeadlineExceeded) {
		return "no answer"
	}
	var call *url.Error
	if errors.As(err, &call) {
		err = call.Err
	}
	var dial *net.OpError
	if errors.As(err, &dial) {
		err = dial.Err
	}
	return cloud.Shorten(err.Error())
}
