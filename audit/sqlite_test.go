package audit_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"novaflow/audit"
)

// Workers that start together find no store yet, and make it together. SQLite refused
// one at once that came while another had the new file, whatever its busy_timeout.
func TestANewStoreThatAnotherIsMakingIsWaitedFor(t *testing.T) {
	place := filepath.Join(t.TempDir(), "audit.db")
	other, err := sql.Open("sqlite", place)
	require.NoError(t, err)
	defer other.Close()
	making, err := other.Conn(t.Context())
	require.NoError(t, err)
	_, err = making.ExecContext(t.Context(), "BEGIN IMMEDIATE")
	require.NoError(t, err)
	opened := make(chan error)
	go func() {
		s, err := audit.Open(context.Background(), place)
		if err == nil {
			err = s.Close()
		}
		opened <- err
	}()
	select {
	case err := <-opened:
		t.Fatalf("it was not waited for: %v", err)
	case <-time.After(300 * time.Millisecond): // long enough to be refused
	}
	_, err = making.ExecContext(t.Context(), "COMMIT")
	require.NoError(t, err)
	require.NoError(t, <-opened)
}
