//go:build cluster

// Package cluster exists because production runs Temporal as several server
// nodes over a database that others operate: nodes die, and the database is
// restarted under them. It starts such a cluster on loopback addresses, from the
// server's own program and a PostgreSQL of its own.
package cluster

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/types/known/durationpb"

	"novaflow/internal/config"
	"novaflow/test/stage"
)

const (
	namespace = "default"
	retention = 24 * time.Hour // the least that the server takes
	shards    = 4              // of history; more would only cost time to start
	grpcPort  = 7233           // of every node's frontend
)

// Cluster is a Temporal cluster of two nodes that ends with the test.
type Cluster struct {
	*stage.Stage
	Database *Postgres
	Nodes    []*Node

	programs string // folder
}

// Start starts the database, creates the schema, and starts the nodes, each on a loopback
// address of its own, and a balancer before them.
func Start(t testing.TB) *Cluster {
	t.Helper()
	c := &Cluster{programs: buildPrograms(t), Database: StartPostgres(t)}
	c.makeSchema(t)
	network := fmt.Sprintf("127.%d.%d", 16+os.Getpid()>>8&127, os.Getpid()&255) // two tests at once do not meet
	var frontends []string
	for i := range 2 {
		n := &Node{cluster: c, ip: fmt.Sprintf("%s.%d", network, i+1), log: filepath.Join(t.TempDir(), "node.log")}
		n.Start(t)
		c.Nodes = append(c.Nodes, n)
		frontends = append(frontends, n.address())
	}
	c.connect(t, balance(t, frontends))
	return c
}

// connect creates the namespace and the stage.
func (c *Cluster) connect(t testing.TB, address string) {
	t.Helper()
	eventually(t, "the namespace to be made", func(ctx context.Context) error { return register(ctx, address) })
	eventually(t, "the namespace to be usable", func(ctx context.Context) (err error) {
		c.Stage, err = stage.Connect(ctx, address, namespace)
		return err
	})
	t.Cleanup(c.Close)
}

func register(ctx context.Context, address string) error {
	namespaces, err := client.NewNamespaceClient(client.Options{HostPort: address, Logger: config.Silent()})
	if err != nil {
		return err
	}
	defer namespaces.Close()
	err = namespaces.Register(ctx, &workflowservice.RegisterNamespaceRequest{
		Namespace: namespace, WorkflowExecutionRetentionPeriod: durationpb.New(retention),
	})
	if _, exists := err.(*serviceerror.NamespaceAlreadyExists); exists {
		return nil
	}
	return err
}

// eventually tries, with a bound, until it works.
func eventually(t testing.TB, what string, try func(context.Context) error) {
	t.Helper()
	var last error
	defer func() {
		if t.Failed() {
			t.Logf("waiting for %s ended with: %v", what, last)
		}
	}()
	stage.Await(t, what, func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		last = try(ctx)
		return last == nil
	})
}

// buildPrograms builds the server and its schema tool where a later test finds
// them again: go build does nothing when they are up to date.
func buildPrograms(t testing.TB) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(cache, "novaflow", "cluster")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	build := exec.CommandContext(t.Context(), "go", "build", "-mod=readonly", "-buildvcs=false", "-ldflags=-s -w", "-o", dir+string(filepath.Separator),
		"go.temporal.io/server/cmd/server", "go.temporal.io/server/cmd/tools/sql")
	build.Dir = filepath.Join("..", "..", "internal", "engine", "cluster")
	build.Env = append(os.Environ(), "GOWORK=off")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the Temporal server: %v: %s", err, out)
	}
	return dir
}
