package workflows_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"novaflow/saga"
	"novaflow/workflows"
	"novaflow/workflows/server"
	"novaflow/workflows/spec"
	"novaflow/workflows/volume"
)

// A mistake in a flow must not wait for the first run to be found.
func TestEveryFlowIsValid(t *testing.T) {
	require.NoError(t, saga.Check(workflows.Flows()...))
}

// A command that takes a flow whole must not be told its types again.
func TestAFlowGivesItsTypesToACommand(t *testing.T) {
	require.IsType(t, volume.ExtendSpec{}, requestOf(volume.Extend))
	require.IsType(t, server.DeleteSpec{}, requestOf(server.Delete), "not what its tasks are built from")
}

// requestOf returns an empty request for a flow.
func requestOf[S spec.Spec, Out any](spec.FlowOf[S, Out]) (empty S) { return empty }
