package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"novaflow/saga"
	"novaflow/workflows/host"
	"novaflow/workflows/server"
)

// A drain that was cancelled listed the servers that had moved as taken back, and they
// were on other hosts.
func TestADrainThatWasTakenBackDoesNotBringServersBack(t *testing.T) {
	o := outcome{State: string(saga.RunReverted), Cause: "cancelled", TakenBack: []string{"service", "servers/leave-0"}}
	drain := snapshot{kind: host.Drain.Workflow}
	require.Contains(t, o.explain("host h was not drained", drain), "a server that had left its host stays where it is now: `openstack server list --all-projects --long` tells where")
	require.Len(t, o.explain("server s", snapshot{kind: server.Create.Workflow}), 2)
	o.TakenBack = []string{"service"}
	require.Len(t, o.explain("host h was not drained", drain), 2)
}
