package workflows_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"novaflow/saga"
	"novaflow/workflows"
)

// A mistake in a flow must not wait for the first run to be found.
func TestEveryFlowIsValid(t *testing.T) {
	require.NoError(t, saga.Check(workflows.Flows()...))
}
