package runs

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"novaflow/audit"
	"novaflow/internal/config"
	"novaflow/starter/internal/clouds"
	"novaflow/starter/internal/startertest"
)

// A user who only has "novaflow dev" must not have to say where its store is. A user with
// a store of their own must not get the store of dev.
func TestChoiceOfTheAuditStore(t *testing.T) {
	startertest.Bare(t)
	own, dev := config.AuditFile(config.DataHome()), config.AuditFile(clouds.DevHome())
	require.Equal(t, own, AuditPlace(""))
	touch := func(file string) {
		s, err := audit.Open(t.Context(), file)
		require.NoError(t, err)
		require.NoError(t, s.Close())
	}
	touch(dev)
	require.Equal(t, dev, AuditPlace(""))
	touch(own)
	require.Equal(t, own, AuditPlace(""))
	t.Setenv(config.AuditVariable, "elsewhere.db")
	require.Equal(t, "elsewhere.db", AuditPlace(""))
	require.Equal(t, filepath.Join("a", "b"), AuditPlace(filepath.Join("a", "b")))
}
