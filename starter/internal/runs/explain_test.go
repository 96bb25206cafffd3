package runs

import (
	"testing"

	"github.com/stretchr/testify/require"

	"novaflow/saga"
	"novaflow/workflows/host"
	"novaflow/workflows/server"
)

// The bug: a drain that was cancelled listed the moved servers as reverted, although they
// were on other hosts.
func TestADrainThatWasTakenBackDoesNotBringServersBack(t *testing.T) {
	o := Outcome{State: string(saga.RunReverted), Cause: "cancelled", Reverted: []string{"service", "servers/leave-0"}}
	drain := Snapshot{Kind: host.Drain.Workflow}
	require.Contains(t, o.Explain("host h was not drained", drain),
		"a server that had left its host stays where it is now: see `openstack server list --all-projects --long`")
	require.Len(t, o.Explain("server s", Snapshot{Kind: server.Create.Workflow}), 2)
	o.Reverted = []string{"service"}
	require.Len(t, o.Explain("host h was not drained", drain), 2)
}
