package activities

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// layers are the packages of activities. Each may import those before it, and none
// beside it.
var layers = []string{
	"internal/cloud", "internal/task", "internal/resource", "internal/precheck",
	"neutron glance", "cinder", "keystone", "nova", "nova/attach", "nova/plan nova/hosts", "inventory", "",
}

// TestImportsGoInOneDirection: a package that may import any other becomes one with it.
func TestImportsGoInOneDirection(t *testing.T) {
	level := map[string]int{}
	for i, layer := range layers {
		for _, name := range strings.Split(layer, " ") {
			level[strings.TrimSuffix("novaflow/activities/"+name, "/")] = i + 1
		}
	}
	out, err := exec.CommandContext(t.Context(), "go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "./...").
		Output()
	require.NoError(t, err)
	for _, line := range strings.Split(strings.TrimSpace(string(out)), "\n") {
		names := strings.Fields(line)
		if strings.HasSuffix(names[0], "test") {
			continue // fixtures of tests
		}
		require.NotZero(t, level[names[0]], "%s is in no layer", names[0])
		for _, imported := range names[1:] {
			if strings.HasPrefix(imported, "novaflow/activities") {
				require.Less(t, level[imported], level[names[0]], "%s imports %s", names[0], imported)
				require.NotZero(t, level[imported], "%s imports %s", names[0], imported)
			}
		}
	}
}
