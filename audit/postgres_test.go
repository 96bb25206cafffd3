//go:build cluster

package audit_test

import (
	"database/sql"
	"net/url"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"novaflow/test/cluster"
)

func TestStoreInPostgres(t *testing.T) {
	server := "postgres://temporal@127.0.0.1:" + cluster.StartPostgres(t).Port + "/postgres?sslmode=disable"
	for _, s := range stores {
		t.Run(s.name, func(t *testing.T) { s.try(t, freshDatabase(t, server)) })
	}
}

// freshDatabase makes a database on a server and drops it after the test.
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
