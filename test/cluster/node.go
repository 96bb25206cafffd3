//go:build cluster

package cluster

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"novaflow/test/stage"
)

// The plugin is the server's, with the driver pgx.
const plugin = "postgres12_pgx"

// Databases of the server, and the folder of each one's schema in the server.
var databases = map[string]string{"temporal": "temporal", "temporal_visibility": "visibility"}

// makeSchema creates the databases. The schema is part of the tool.
func (c *Cluster) makeSchema(t testing.TB) {
	t.Helper()
	for database, schema := range databases {
		for _, args := range [][]string{
			{"create-database"},
			{"setup-schema", "-v", "0.0"},
			{"update-schema", "--schema-name", "postgresql/v12/" + schema},
		} {
			tool := exec.CommandContext(t.Context(), filepath.Join(c.programs, "sql"), append([]string{
				"--plugin", plugin, "--endpoint", "127.0.0.1", "--port", c.Database.Port,
				"--user", superuser, "--password", password, "--database", database,
			}, args...)...)
			if out, err := tool.CombinedOutput(); err != nil {
				t.Fatalf("%s of %s: %v: %s", args[0], database, err, out)
			}
		}
	}
}

// Node is one server process with all four services of Temporal.
type Node struct {
	*stage.Process
	cluster *Cluster
	ip      string
	log     string // file
}

// Start starts the node, for the first time or again, and returns when its
// frontend accepts connections.
func (n *Node) Start(t testing.TB) {
	t.Helper()
	cmd := exec.Command(filepath.Join(n.cluster.programs, "server"), "--allow-no-auth", "start", //nolint:gosec // ours
		"--service", "frontend", "--service", "history", "--service", "matching", "--service", "worker")
	cmd.Env = append(os.Environ(), n.environment()...)
	log, err := os.OpenFile(n.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close() // the child has its own
	cmd.Stdout, cmd.Stderr = log, log
	n.Process = stage.Spawn(t, cmd)
	stage.Await(t, "the frontend of node "+n.ip, func() bool {
		conn, err := net.Dial("tcp", n.address())
		return err == nil && conn.Close() == nil
	})
}

func (n *Node) address() string { return net.JoinHostPort(n.ip, strconv.Itoa(grpcPort)) }

// environment configures the server through the template that is part of it.
// All nodes use the same ports, on different addresses.
func (n *Node) environment() []string {
	return []string{
		"DB=" + plugin, "POSTGRES_SEEDS=127.0.0.1", "DB_PORT=" + n.cluster.Database.Port, "VISIBILITY_DB_PORT=" + n.cluster.Database.Port,
		"POSTGRES_USER=" + superuser, "POSTGRES_PWD=" + password, "DBNAME=temporal", "VISIBILITY_DBNAME=temporal_visibility",
		fmt.Sprintf("NUM_HISTORY_SHARDS=%d", shards), fmt.Sprintf("FRONTEND_GRPC_PORT=%d", grpcPort),
		"BIND_ON_IP=" + n.ip, "TEMPORAL_BROADCAST_ADDRESS=" + n.ip, "LOG_LEVEL=warn", "TEMPORAL_VERSION_CHECK_DISABLED=1",
		"DYNAMIC_CONFIG_FILE_PATH=" + filepath.Join("..", "..", "internal", "engine", "server", "dynamicconfig.yaml"),
	}
}
