package workflows_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"

	"novaflow/internal/devcloud"
	"novaflow/saga"
	"novaflow/workflows/server"
	"novaflow/workflows/spec"
)

// The bug: when a user deleted a server with another tool, the resources created for it
// stayed for ever.
func TestServerDeleteRemovesWhatIsLeftOfAServer(t *testing.T) {
	w := openWorld(t, devcloud.Options{})
	w.run(t, server.Create.Workflow, wholeServer)
	var run string
	for _, o := range w.Cloud.Inventory() {
		if o.Kind == "server" && o.Name == wholeServer.Name {
			run = saga.Mark(aMark.FindString(o.Mark)).Run()
		}
	}
	w.removeServer(t)
	req := deleteServer
	req.Run = run

	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(quiet{})
	env := suite.NewTestWorkflowEnvironment()
	w.Register(env)
	env.ExecuteWorkflow(server.Delete.Workflow, req)
	require.NoError(t, env.GetWorkflowError())
	var deleted spec.Deleted
	require.NoError(t, env.GetWorkflowResult(&deleted))
	require.Empty(t, deleted.ID)
	require.NotContains(t, strings.Join(deleted.Removed, ","), "server ")
	require.Equal(t, w.empty, w.Inventory())
}
