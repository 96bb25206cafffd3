package layout

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestBrokenRulesAreFound breaks each rule and each wall, because a rule that cannot
// fail protects nothing.
func TestBrokenRulesAreFound(t *testing.T) {
	for _, broken := range []struct{ rule, from, to string }{
		{"the house", "novaflow/saga", "novaflow/activities/nova"},
		{"the house", "novaflow/activities/nova", "novaflow/workflows/spec"},
		{"the house", "novaflow/workflows/server", "novaflow/starter/internal/term"},
		{"saga", "novaflow/saga/ledger", "novaflow/saga/sagacodec"},
		{"saga", "novaflow/saga/internal/draw", "novaflow/saga/internal/engine"},
		{"activities", "novaflow/activities/cinder", "novaflow/activities/nova"},
		{"activities", "novaflow/activities/neutron", "novaflow/activities/glance"},
		{"activities", "novaflow/activities/internal/cloud", "novaflow/activities/internal/task"},
		{"workflows", "novaflow/workflows/server", "novaflow/workflows/volume"},
		{"starter", "novaflow/starter/internal/server", "novaflow/starter/internal/volume"},
		{"starter", "novaflow/starter/internal/term", "novaflow/starter/internal/change"},
		{"devcloud", "novaflow/internal/devcloud/store", "novaflow/internal/devcloud/nova"},
		{"saga knows no OpenStack", "novaflow/saga", "github.com/gophercloud/gophercloud/v2"},
		{"workflows know no HTTP", "novaflow/workflows/server", "net/http"},
		{"the development cloud stands alone", "novaflow/internal/devcloud/nova", "go.temporal.io/sdk/client"},
		{"the engine's server is a module of its own", "novaflow/starter", "go.temporal.io/server/temporal"},
	} {
		t.Run(broken.rule+": "+broken.from, func(t *testing.T) {
			found := violations(map[string][]string{broken.from: {broken.to}})
			require.Len(t, found, 1)
			require.Contains(t, found[0], `"`+broken.rule+`"`)
			require.Contains(t, found[0], strings.TrimPrefix(broken.to, module))
		})
	}
}

// TestWallsAreFoundThroughOthers breaks a wall by way of another package.
func TestWallsAreFoundThroughOthers(t *testing.T) {
	found := violations(map[string][]string{
		"novaflow/saga": {"example.com/other"}, "example.com/other": {"github.com/gophercloud/gophercloud/v2"},
	})
	require.Len(t, found, 1)
	require.Contains(t, found[0], "saga knows no OpenStack")
}

// TestNewPackagesAreGivenAPlace adds a package that no rule places, and one that only
// the rule of the house does.
func TestNewPackagesAreGivenAPlace(t *testing.T) {
	for path, rule := range map[string]string{
		"novaflow/internal/helpers":        "the house",
		"novaflow/internal/devcloud/swift": "devcloud",
		"novaflow/activities/swift":        "activities",
	} {
		found := violations(map[string][]string{path: nil})
		require.Len(t, found, 1, path)
		require.Contains(t, found[0], `"`+rule+`"`)
		require.Contains(t, found[0], "has no floor")
	}
}
