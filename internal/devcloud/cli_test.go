//go:build openstackcli

// These tests need the command of package python3-openstackclient on the PATH.
package devcloud_test

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"novaflow/internal/devcloud"
)

// cli runs the openstack command against the cloud.
type cli struct {
	t   *testing.T
	env []string
}

func newCLI(t *testing.T, c *devcloud.Cloud, cloud string) *cli {
	file := filepath.Join(t.TempDir(), "clouds.yaml")
	require.NoError(t, os.WriteFile(file, c.CloudsYAML(), 0o600))
	return &cli{t, append(os.Environ(), "OS_CLIENT_CONFIG_FILE="+file, "OS_CLOUD="+cloud)}
}

func (o *cli) run(args ...string) []byte {
	o.t.Helper()
	cmd := exec.CommandContext(o.t.Context(), "openstack", args...)
	cmd.Env = o.env
	out, err := cmd.Output()
	var failed *exec.ExitError
	if errors.As(err, &failed) {
		o.t.Fatalf("openstack %v: %v\n%s", args, err, failed.Stderr)
	}
	require.NoError(o.t, err)
	return out
}

func (o *cli) list(args ...string) []map[string]any {
	o.t.Helper()
	var rows []map[string]any
	require.NoError(o.t, json.Unmarshal(o.run(append(args, "-f", "json")...), &rows))
	return rows
}

func (o *cli) one(args ...string) map[string]any {
	o.t.Helper()
	var row map[string]any
	require.NoError(o.t, json.Unmarshal(o.run(append(args, "-f", "json")...), &row))
	return row
}

func TestOpenStackCommand(t *testing.T) {
	c := start(t, devcloud.Options{})
	o := newCLI(t, c, "devcloud")
	before := c.Inventory()
	require.Len(t, o.list("image", "list"), 6)
	require.Len(t, o.list("flavor", "list"), 6)
	require.Len(t, o.list("network", "list"), 3)

	o.run("port", "create", "--network", "private", "cli-port")
	require.Equal(t, "DOWN", o.one("port", "show", "cli-port")["status"])
	o.run("volume", "create", "--size", "1", "--image", "tiny", "--property", "a=b", "cli-volume")
	require.Equal(t, "available", o.one("volume", "show", "cli-volume")["status"])
	o.run("server", "create", "--flavor", "m1.nano", "--image", "tiny", "--network", "private", "--key-name",
		"demo-key", "--property", "a=b", "--wait", "cli-server")
	require.Equal(t, "ACTIVE", o.one("server", "show", "cli-server")["status"])
	require.Len(t, o.list("server", "list"), 1)
	o.run("server", "add", "port", "cli-server", "cli-port")
	o.run("server", "add", "volume", "cli-server", "cli-volume")
	require.Equal(t, "in-use", o.one("volume", "show", "cli-volume")["status"])

	fip := o.one("floating", "ip", "create", "public")["floating_ip_address"].(string)
	o.run("server", "add", "floating", "ip", "cli-server", fip)
	require.Equal(t, "ACTIVE", o.one("floating", "ip", "show", fip)["status"])
	require.Len(t, o.list("floating", "ip", "list"), 1)
	o.run("server", "remove", "volume", "cli-server", "cli-volume")
	o.run("server", "add", "security", "group", "cli-server", "default.*")
	o.run("server", "stop", "cli-server")
	o.run("server", "set", "--property", "c=d", "cli-server")
	o.run("server", "delete", "--wait", "cli-server")

	o.run("floating", "ip", "delete", fip)
	o.run("volume", "delete", "cli-volume")
	o.run("port", "delete", "cli-port")
	require.Equal(t, before, c.Inventory())
}

func TestOpenStackCommandForTheRest(t *testing.T) {
	c := start(t, devcloud.Options{})
	o, admin := newCLI(t, c, "devcloud"), newCLI(t, c, "devcloud-admin")
	// the command cannot delete one
	admin.run("quota", "set", "--instances", "5", "--ports", "9", "--volumes", "8", "demo")
	before := c.Inventory()
	o.run("network", "create", "cli-net")
	o.run("subnet", "create", "--network", "cli-net", "--subnet-range", "10.77.0.0/24", "cli-subnet")
	o.run("router", "create", "cli-router")
	o.run("router", "set", "--external-gateway", "public", "cli-router")
	o.run("router", "add", "subnet", "cli-router", "cli-subnet")
	o.run("security", "group", "create", "cli-group")
	o.run("security", "group", "rule", "create", "--protocol", "tcp", "--dst-port", "22", "cli-group")
	o.run("server", "group", "create", "--policy", "anti-affinity", "cli-group")
	o.run("volume", "create", "--size", "1", "cli-volume")
	o.run("volume", "snapshot", "create", "--volume", "cli-volume", "cli-snapshot")
	require.Equal(t, "available", o.one("volume", "snapshot", "show", "cli-snapshot")["status"])
	file := filepath.Join(t.TempDir(), "image")
	require.NoError(t, os.WriteFile(file, []byte("data"), 0o600))
	o.run("image", "create", "--disk-format", "raw", "--file", file, "cli-image")
	require.Equal(t, "active", o.one("image", "show", "cli-image")["status"])
	o.run("keypair", "create", "--public-key", publicKey(t), "cli-key")
	o.run("application", "credential", "create", "cli-credential")
	require.NotEmpty(t, o.list("catalog", "list"))
	require.NotEmpty(t, o.list("limits", "show", "--absolute"))
	require.NotEmpty(t, o.list("availability", "zone", "list"))
	require.NotEmpty(t, o.one("token", "issue"))
	require.Len(t, admin.list("project", "list"), 3)
	require.Len(t, admin.list("user", "list"), 3)

	o.run("application", "credential", "delete", "cli-credential")
	o.run("keypair", "delete", "cli-key")
	o.run("image", "delete", "cli-image")
	o.run("volume", "snapshot", "delete", "cli-snapshot")
	o.run("volume", "delete", "cli-volume")
	o.run("server", "group", "delete", "cli-group")
	o.run("security", "group", "delete", "cli-group")
	o.run("router", "remove", "subnet", "cli-router", "cli-subnet")
	o.run("router", "delete", "cli-router")
	o.run("network", "delete", "cli-net")
	require.Equal(t, before, c.Inventory())
}

func publicKey(t *testing.T) string {
	file := filepath.Join(t.TempDir(), "key.pub")
	line := "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHyEBpDbrL/0grnbhEeXC560N6QZhSFFLTlGWRd4X6h8 test\n"
	require.NoError(t, os.WriteFile(file, []byte(line), 0o600))
	return file
}
