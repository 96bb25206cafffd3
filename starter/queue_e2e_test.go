//go:build e2e

package main

import (
	"bytes"
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"

	"novaflow/internal/devcloud"
	"novaflow/starter/internal/runs"
	"novaflow/starter/internal/term"
)

// waiting is a command at work, with what it has said to the user.
type waiting struct {
	mu   sync.Mutex
	said bytes.Buffer
	stop context.CancelFunc
	err  chan error
}

func (w *waiting) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.said.Write(b)
}

func (w *waiting) text() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.said.String()
}

func (w *waiting) awaitText(t *testing.T, text string) {
	t.Helper()
	require.Eventually(t, func() bool { return strings.Contains(w.text(), text) }, time.Minute, 20*time.Millisecond,
		"%s", text)
}

// begin runs a command until it ends or is interrupted.
func begin(t *testing.T, line string) *waiting {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	w := &waiting{stop: stop, err: make(chan error, 1)}
	t.Cleanup(stop)
	go func() {
		session := &runs.Session{Out: w, ErrOut: w}
		root := newRoot(session)
		root.SetArgs(strings.Fields(line))
		w.err <- root.ExecuteContext(ctx)
	}()
	return w
}

// A request for what another run holds waits for it, says for whom, and begins as
// soon as it is free.
func TestAQueuedRequestBeginsWhenWhatItWaitsForIsFree(t *testing.T) {
	d := startTestDev(t)
	novaflow(t, term.ExitOK, "server create web-1 --image tiny --flavor m1.small --network private")
	hold, err := devcloud.ParseFault("nova POST /action$ own:503 3 later")
	require.NoError(t, err)
	d.Cloud.AddFault(hold)
	novaflow(t, term.ExitOK, "server stop web-1 --no-wait") // busy for seven seconds
	refused, err := execute("server", "start", "web-1")
	require.Error(t, err, refused)
	require.Equal(t, term.ExitFailed, term.Code(err))
	w := begin(t, "server start web-1 --queue")
	w.awaitText(t, "queued for server web-1: server:devcloud:web-1 is locked by run server:devcloud:web-1, a "+
		"server-power, since ")
	w.awaitText(t, "which is RUNNING: ")
	require.NoError(t, <-w.err, w.text())
	require.Contains(t, w.text(), "server web-1 is ACTIVE")
}

// A user who stops waiting has started nothing, and has left nothing. The bug: the
// request would start by itself later and surprise them.
func TestAQueuedRequestThatEndsLeavesNothing(t *testing.T) {
	d := startTestDev(t)
	hold, err := devcloud.ParseFault("nova POST /servers stuck 1")
	require.NoError(t, err)
	d.Cloud.AddFault(hold)
	novaflow(t, term.ExitOK, "server create web-1 --no-wait --image tiny --flavor m1.small --network private")
	count := func() int {
		answer, err := d.Client.ListWorkflow(t.Context(), &workflowservice.ListWorkflowExecutionsRequest{})
		require.NoError(t, err)
		return len(answer.GetExecutions())
	}
	require.Eventually(t, func() bool { return count() == 1 }, time.Minute, 20*time.Millisecond)
	w := begin(t, "server stop web-1 --queue")
	w.awaitText(t, "is locked by run")
	w.stop()
	require.Equal(t, term.ExitInterrupted, term.Code(<-w.err))
	require.Contains(t, w.text(), "nothing was started")
	_, err = execute(strings.Fields("server stop web-1 --queue --queue-timeout 1s")...)
	require.ErrorContains(t, err, "waited 1.0 s, and nothing was started: server web-1 is locked by run ServerCreate")
	require.Equal(t, term.ExitFailed, term.Code(err))
	_, err = execute(strings.Fields("server stop web-1 --queue --queue-timeout -1s")...)
	require.Equal(t, term.ExitUsage, term.Code(err))
	require.Contains(t, novaflow(t, term.ExitOK, "server delete web-1"), "nothing of it remains")
	require.Equal(t, 1, count(), "a request that gave up was begun")
}

// The lock of what a run changes beside its own waits as long as the request does,
// not the few seconds after which it is refused.
func TestAQueuedRequestWaitsForFurtherThingsToo(t *testing.T) {
	d := startTestDev(t)
	novaflow(t, term.ExitOK, "server create web-1 --image tiny --flavor m1.small --network private")
	novaflow(t, term.ExitOK, "volume create data-1 --size 1")
	hold, err := devcloud.ParseFault("cinder POST /action$ own:503 4 later")
	require.NoError(t, err)
	d.Cloud.AddFault(hold)
	novaflow(t, term.ExitOK, "volume extend data-1 2 --no-wait") // busy for fifteen seconds
	out, err := execute(strings.Fields("server add volume web-1 data-1")...)
	require.Equal(t, term.ExitFailed, term.Code(err))
	require.Regexp(t, "task lock failed: volume:devcloud:data-1 is locked by run volume:devcloud:data-1, a "+
		"volume-extend, since .* ago\\); watch it", out)
	require.Contains(t, novaflow(t, term.ExitOK, "server add volume web-1 data-1 --queue"), "data-1")
}
