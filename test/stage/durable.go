package stage

import (
	"context"
	"net"
	"strconv"
	"testing"

	"go.temporal.io/sdk/client"

	"novaflow/internal/config"
	"novaflow/internal/engine"
	"novaflow/saga"
)

// Connect creates a stage of an engine that already runs. The namespace must exist.
func Connect(ctx context.Context, address, namespace string) (*Stage, error) {
	return connect(ctx, &engine.Engine{Address: address, Namespace: namespace})
}

func connect(ctx context.Context, e *engine.Engine) (*Stage, error) {
	c, err := client.DialContext(ctx, client.Options{HostPort: e.Address, Namespace: e.Namespace, Logger: config.Silent()})
	if err != nil {
		return nil, err
	}
	return &Stage{Engine: e, Client: c}, saga.EnsureSearchAttributes(ctx, c, e.Namespace)
}

// Durable is a stage of a test's own. Its engine keeps its state in a folder, so
// that it can be killed and started again.
type Durable struct {
	*Stage
	options engine.Options
}

// StartDurable starts a stage that ends with the test.
func StartDurable(t testing.TB) *Durable {
	t.Helper()
	d := &Durable{options: engine.Options{DataDir: t.TempDir(), NoUI: true}}
	e := d.startEngine(t)
	s, err := connect(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	d.Stage = s
	t.Cleanup(func() { s.Close(); _ = s.Stop() })
	return d
}

// RestartEngine starts the engine again after a kill, on its state and its port.
func (d *Durable) RestartEngine(t testing.TB) {
	t.Helper()
	_, port, err := net.SplitHostPort(d.Address)
	if err != nil {
		t.Fatal(err)
	}
	if d.options.Port, err = strconv.Atoi(port); err != nil {
		t.Fatal(err)
	}
	d.Engine = d.startEngine(t)
}

func (d *Durable) startEngine(t testing.TB) *engine.Engine {
	t.Helper()
	e, err := engine.Start(t.Context(), d.options)
	if err != nil {
		t.Fatal(err)
	}
	return e
}
