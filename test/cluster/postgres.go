//go:build cluster

package cluster

import (
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"novaflow/test/stage"
)

const (
	superuser = "temporal"
	password  = "temporal" // asked for by the programs; the database trusts the loopback
)

// Postgres is a PostgreSQL server that ends with the test.
type Postgres struct {
	Port string

	dir     string
	process *stage.Process
}

// StartPostgres creates a database cluster in a new folder and serves it on a free port
// of the loopback, as an unprivileged user: PostgreSQL refuses root.
func StartPostgres(t testing.TB) *Postgres {
	t.Helper()
	dir, err := os.MkdirTemp("", "novaflow-postgres-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	p := &Postgres{Port: freePort(t), dir: dir}
	if who := unprivileged(t); who != nil {
		if err := os.Chown(dir, int(who.Uid), int(who.Gid)); err != nil {
			t.Fatal(err)
		}
	}
	initdb := p.command(t, "initdb", "-D", p.data(), "-U", superuser, "--auth=trust", "-E", "UTF8", "--no-sync")
	if out, err := initdb.CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v: %s", err, out)
	}
	p.start(t)
	return p
}

// Crash stops the server in the way that needs recovery when it starts again.
func (p *Postgres) Crash(t testing.TB) {
	t.Helper()
	if err := p.process.Signal(syscall.SIGQUIT); err != nil {
		t.Fatal(err)
	}
	_ = p.process.Wait() // it tells of the signal in its exit code
}

// Restart crashes the server and starts it again.
func (p *Postgres) Restart(t testing.TB) {
	t.Helper()
	p.Crash(t)
	p.start(t)
}

func (p *Postgres) start(t testing.TB) {
	t.Helper()
	server := p.command(t, "postgres", "-D", p.data(), "-p", p.Port, "-c", "listen_addresses=127.0.0.1",
		"-c", "unix_socket_directories="+p.dir, "-c", "max_connections=300", "-c", "shared_buffers=256MB")
	log, err := os.OpenFile(filepath.Join(p.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close() // the child has its own
	server.Stdout, server.Stderr = log, log
	p.process = stage.Spawn(t, server)
	stage.Await(t, "PostgreSQL to accept connections", func() bool {
		return p.command(t, "pg_isready", "-q", "-h", "127.0.0.1", "-p", p.Port).Run() == nil
	})
}

func (p *Postgres) data() string { return filepath.Join(p.dir, "data") }

// command prepares a program of PostgreSQL to run as an unprivileged user.
func (p *Postgres) command(t testing.TB, name string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(find(t, name), args...) //nolint:gosec // names are ours
	cmd.Dir = p.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: unprivileged(t)}
	return cmd
}

// find looks for a program on the PATH and where Debian keeps those of a server.
func find(t testing.TB, name string) string {
	t.Helper()
	places, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + name)
	if len(places) > 0 {
		return places[len(places)-1]
	}
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("%s is missing: install PostgreSQL, on Debian with apt-get install postgresql", name)
	}
	return path
}

// unprivileged finds the user postgres if this process is root, and returns nil
// otherwise.
func unprivileged(t testing.TB) *syscall.Credential {
	t.Helper()
	if os.Getuid() != 0 {
		return nil
	}
	who, err := user.Lookup("postgres")
	if err != nil {
		t.Fatalf("PostgreSQL does not run as root: %v", err)
	}
	uid, uidErr := strconv.ParseUint(who.Uid, 10, 32)
	gid, gidErr := strconv.ParseUint(who.Gid, 10, 32)
	if uidErr != nil || gidErr != nil {
		t.Fatalf("user postgres has ids %q and %q", who.Uid, who.Gid)
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}

func freePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}
