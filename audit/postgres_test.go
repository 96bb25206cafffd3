//go:build cluster

package audit_test

import (
	"database/sql"
	"net/url"
	"os"
	"os/exec"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"novaflow/test/cluster"
)

func TestStoreInPostgres(t *testing.T) {
	port := cluster.StartPostgres(t).Port
	server := "postgres://temporal@127.0.0.1:" + port + "/postgres?sslmode=disable"
	for _, s := range stores {
		t.Run(s.name, func(t *testing.T) { s.try(t, freshDatabase(t, server)) })
	}
	t.Run("the script of docker-compose.yml makes the database, once", func(t *testing.T) {
		for range 2 {
			script := exec.Command("/bin/sh", "../deploy/audit/database.sh")
			script.Env = append(os.Environ(), "PGHOST=127.0.0.1", "PGPORT="+port, "PGUSER=temporal")
			out, err := script.CombinedOutput()
			require.NoError(t, err, "%s", out)
		}
		recordsComeBack(t, "postgres://temporal@127.0.0.1:"+port+"/novaflow_audit?sslmode=disable")
	})
}

// freshDatabase creates a database on a server and drops it after the test.
func freshDatabase(t *testing.T, server string) string {
	t.Helper()
	db, err := sql.Open("pgx", server)
	require.NoError(t, err)
	name := "audit_" + uuid.NewString()[:8]
	_, err = db.Exec("CREATE DATABASE " + name)
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := db.Exec("DROP DATABASE " + name + " WITH (FORCE)")
		require.NoError(t, err)
		require.NoError(t, db.Close())
	})
	u, err := url.Parse(server)
	require.NoError(t, err)
	u.Path = "/" + name
	return u.String()
}
