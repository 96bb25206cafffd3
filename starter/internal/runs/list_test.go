package runs

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFilterOfRuns(t *testing.T) {
	for want, f := range map[string]Filter{
		AllRuns: {},
		AllRuns + " AND NovaflowKind = 'server-create' AND NovaflowProject = 'it''s'": {Kind: "server-create", Cloud: "it's"},
		AllRuns + " AND NovaflowOutcome = 'STUCK' AND ExecutionStatus = 'Running'":    {State: "stuck"},
		AllRuns + " AND NovaflowOutcome = 'REVERTED'":                                 {State: "reverted"},
		AllRuns + " AND ExecutionStatus = 'Terminated'":                               {State: "terminated"},
	} {
		require.Equal(t, want, f.Query())
	}
}
