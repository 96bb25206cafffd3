package change

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"novaflow/activities/nova/hosts"
	"novaflow/workflows/host"
	"novaflow/workflows/ownership"
	"novaflow/workflows/project"
	"novaflow/workflows/server"
	"novaflow/workflows/spec"
)

// A dry run of a drain, and of a release, which deletes nothing ever, said "it would
// delete" and then nothing.
func TestADryRunSaysWhatItWouldDo(t *testing.T) {
	for kind, c := range map[string]struct {
		result any
		want   []string
	}{
		host.Drain.Kind: {host.Drained{Host: "h1", Moved: []hosts.LeaveResult{{ServerID: "1", Name: "a"}},
			Stayed: []hosts.LeaveResult{{ServerID: "2", Name: "b", Why: "it is SUSPENDED"}}},
			[]string{"it would take host h1 out of use, so that nova places nothing there",
				"it would move these servers:", "  server 1 a", "these would stay:", "  server 2 b: it is SUSPENDED"}},
		ownership.Release.Kind: {ownership.Released{Released: []string{"server 1"}},
			[]string{"it would delete nothing, and would no longer manage:", "  server 1"}},
		project.Purge.Kind: {project.Purged{Removed: []string{"server 1 a"}, Next: "--confirm 1"},
			[]string{"it would delete:", "  server 1 a", "to delete all this: --confirm 1"}},
		server.Delete.Kind: {spec.Deleted{}, []string{"there is nothing to do"}},
	} {
		text, err := json.Marshal(c.result)
		require.NoError(t, err)
		lines, err := wouldDo(kind, text)
		require.NoError(t, err)
		require.Equal(t, c.want, lines)
	}
}
