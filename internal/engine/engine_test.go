//go:build e2e

package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

// parentTest turns this test binary into the parent that is killed: it starts an engine
// in the named folder, says so and waits.
const parentTest = "NOVAFLOW_ENGINE_TEST_PARENT"

func TestMain(m *testing.M) {
	if dir := os.Getenv(parentTest); dir != "" {
		e, err := Start(context.Background(), Options{DataDir: dir, NoUI: true})
		if err != nil {
			fmt.Println("error:", err)
			os.Exit(1)
		}
		fmt.Println(e.Address)
		io.Copy(io.Discard, os.Stdin) // until killed
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func dial(t testing.TB, e *Engine) client.Client {
	t.Helper()
	c, err := client.Dial(client.Options{HostPort: e.Address, Namespace: e.Namespace, Logger: silent{}})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

// hello is the smallest workflow with an activity.
func hello(ctx workflow.Context, name string) (string, error) {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: 10 * time.Second})
	var out string
	err := workflow.ExecuteActivity(ctx, greet, name).Get(ctx, &out)
	return out, err
}

func greet(name string) (string, error) { return "hello " + name, nil }

func runHello(t *testing.T, c client.Client, id string) {
	t.Helper()
	w := worker.New(c, "hello", worker.Options{})
	w.RegisterWorkflow(hello)
	w.RegisterActivity(greet)
	require.NoError(t, w.Start())
	defer w.Stop()
	run, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: id, TaskQueue: "hello"}, hello, id)
	require.NoError(t, err)
	requireResult(t, run, "hello "+id)
}

func requireResult(t *testing.T, run client.WorkflowRun, want string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	var got string
	require.NoError(t, run.Get(ctx, &got))
	require.Equal(t, want, got)
}

func requireDone(t *testing.T, e *Engine) {
	t.Helper()
	select {
	case <-e.Done():
	case <-time.After(30 * time.Second):
		t.Fatal("the engine did not end")
	}
}

func TestEngineInMemoryRunsAWorkflow(t *testing.T) {
	e := startEngine(t, Options{Namespace: "provisioning"})
	runHello(t, dial(t, e), "memory")
	response, err := http.Get(e.UIURL + "/namespaces/provisioning/workflows")
	require.NoError(t, err)
	response.Body.Close()
	require.Equal(t, http.StatusOK, response.StatusCode)
	require.NoError(t, e.Stop())
	requireDone(t, e)
	require.NoError(t, e.Err())
	require.NoError(t, e.Stop(), "a second stop is no error")
}

func TestEngineGoesOnFromItsFolderAfterAStopAndAfterACrash(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "by the engine")
	first := startEngine(t, Options{DataDir: dir, NoUI: true})
	runHello(t, dial(t, first), "one")
	require.NoError(t, first.Stop())

	second := startEngine(t, Options{DataDir: dir, NoUI: true})
	c := dial(t, second)
	requireResult(t, c.GetWorkflow(t.Context(), "one", ""), "hello one")
	runHello(t, c, "two")
	second.Kill()

	third := startEngine(t, Options{DataDir: dir, NoUI: true})
	c = dial(t, third)
	requireResult(t, c.GetWorkflow(t.Context(), "one", ""), "hello one")
	requireResult(t, c.GetWorkflow(t.Context(), "two", ""), "hello two")
	requireWAL(t, filepath.Join(dir, "temporal.db"))
}

// requireWAL reads the two bytes of the file's header that say how it is
// written: a misspelt pragma is ignored in silence and costs half the speed.
func requireWAL(t *testing.T, path string) {
	t.Helper()
	file, err := os.Open(path)
	require.NoError(t, err)
	defer file.Close()
	versions := make([]byte, 2)
	_, err = file.ReadAt(versions, 18)
	require.NoError(t, err)
	require.Equal(t, []byte{2, 2}, versions, "the database is not in WAL mode")
}

func TestEngineEndsWhenItsParentIsKilled(t *testing.T) {
	dir := t.TempDir()
	parent := exec.Command(os.Args[0])
	parent.Env = append(os.Environ(), parentTest+"="+dir)
	parent.Stderr = os.Stderr
	_, err := parent.StdinPipe()
	require.NoError(t, err)
	out, err := parent.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, parent.Start())
	line := make([]byte, 200)
	n, err := out.Read(line)
	require.NoError(t, err)
	orphan := strings.TrimSpace(string(line[:n]))
	conn, err := net.Dial("tcp", orphan)
	require.NoError(t, err, "the engine of the parent answers")
	conn.Close()

	require.NoError(t, parent.Process.Kill())
	parent.Wait()
	requireEventually(t, "the orphan to end", func() bool {
		conn, err := net.Dial("tcp", orphan)
		if err == nil {
			conn.Close()
		}
		return err != nil
	})
	// The folder is free again too, so nothing is left that works on it.
	startEngine(t, Options{DataDir: dir, NoUI: true})
}

func TestOurEngineEndsByItselfWhenItsParentIsAnother(t *testing.T) {
	binary, err := server.Build(t.Context(), os.Stderr) // ours, even if there is another engine
	require.NoError(t, err)
	port, _, err := choosePorts(Options{})
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, startArguments(Options{NoUI: true, Namespace: "default"}, port, 0)...)
	cmd.Env = append(os.Environ(), parentVariable+"=1") // not this process
	require.NoError(t, cmd.Run())
}

func TestEngineDoesNotHearTheCtrlCOfTheTerminal(t *testing.T) {
	e := startEngine(t, Options{NoUI: true})
	group, err := syscall.Getpgid(e.PID())
	require.NoError(t, err)
	require.NotEqual(t, syscall.Getpgrp(), group)
}

func TestDeathOfTheEngineIsNoticed(t *testing.T) {
	e := startEngine(t, Options{NoUI: true})
	require.NoError(t, e.Err())
	require.NoError(t, syscall.Kill(e.PID(), syscall.SIGKILL))
	requireDone(t, e)
	require.ErrorContains(t, e.Err(), "killed")
	require.NoError(t, e.Stop())
}

func TestSecondEngineOnOneFolderIsRefused(t *testing.T) {
	dir := t.TempDir()
	first := startEngine(t, Options{DataDir: dir, NoUI: true})
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	_, err := Start(ctx, Options{DataDir: dir, NoUI: true})
	require.ErrorContains(t, err, fmt.Sprintf("%s is in use by another engine (pid %d)", dir, first.PID()))
	requireHealthy(t, first)
}

func requireHealthy(t *testing.T, e *Engine) {
	t.Helper()
	_, err := dial(t, e).CheckHealth(t.Context(), &client.CheckHealthRequest{})
	require.NoError(t, err)
}

func TestLogGoesWhereItIsAskedFor(t *testing.T) {
	out, in := io.Pipe()
	seen := make(chan struct{})
	go func() {
		defer close(seen)
		out.Read(make([]byte, 1))
		io.Copy(io.Discard, out)
	}()
	e := startEngine(t, Options{NoUI: true, Log: in})
	require.NoError(t, e.Stop()) // an engine never stops without a word
	in.CloseWithError(errors.New("engine stopped"))
	<-seen
}

func TestBinaryServesTheSDKsTestsuite(t *testing.T) {
	binary, err := Binary(t.Context(), os.Stderr)
	require.NoError(t, err)
	server, err := testsuite.StartDevServer(t.Context(), testsuite.DevServerOptions{
		ExistingPath:  binary,
		ClientOptions: &client.Options{Logger: silent{}},
		ExtraArgs:     Tuning(false),
		Stdout:        io.Discard,
		Stderr:        io.Discard,
	})
	require.NoError(t, err)
	runHello(t, server.Client(), "testsuite")
	server.Client().Close()
	require.NoError(t, server.Stop())
}
