package workflows_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"novaflow/workflows/server"
)

// The bug: a server created with a port locked the port by its name. A server that gets a
// port later locks it by its id, so the two runs did not exclude each other.
func TestAPortHasOneLockWhoeverTakesIt(t *testing.T) {
	w := leakWorld(t)
	port := w.othersPortOn(t, "private")
	locks := func(workflow, input any) (ids []string) {
		require.NoError(t, w.begin(workflow, input, func(env *testsuite.TestWorkflowEnvironment) {
			env.SetOnChildWorkflowStartedListener(noteLock(&ids))
		}).end())
		return slices.Compact(ids)
	}
	req := smallServer
	req.Ports = []server.PortSpec{{Port: "theirs"}}
	one := "port:devcloud:" + port.ID
	require.Equal(t, []string{one}, locks(server.Create.Workflow, req))
	remove := server.RemovePortSpec{RunOptions: onDevcloud, Server: "web-1", Port: "theirs", Keep: true}
	require.Equal(t, []string{one}, locks(server.RemovePort.Workflow, remove))
	require.Equal(t, []string{one},
		locks(server.AddPort.Workflow, server.AddPortSpec{RunOptions: onDevcloud, Server: "web-1", Port: "theirs"}))
}

func noteLock(ids *[]string) func(*workflow.Info, workflow.Context, converter.EncodedValues) {
	return func(info *workflow.Info, _ workflow.Context, _ converter.EncodedValues) {
		*ids = append(*ids, info.WorkflowExecution.ID)
	}
}
