package engine

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"
)

// askFor runs a workflow that asks a table for a change.
func askFor(t *testing.T, table map[string]string, name string, prepare func(*testsuite.TestWorkflowEnvironment)) (bool, error) {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestWorkflowEnvironment()
	prepare(env)
	env.ExecuteWorkflow(func(ctx workflow.Context) (bool, error) { return hasChange(ctx, table, name), nil })
	require.True(t, env.IsWorkflowCompleted())
	if err := env.GetWorkflowError(); err != nil {
		return false, err
	}
	var has bool
	return has, env.GetWorkflowResult(&has)
}

func TestAChangeHoldsForRunsThatBeginAfterIt(t *testing.T) {
	table := map[string]string{"sooner": "a run waited"}
	has, err := askFor(t, table, "sooner", func(*testsuite.TestWorkflowEnvironment) {})
	require.NoError(t, err)
	require.True(t, has)

	has, err = askFor(t, table, "sooner", func(env *testsuite.TestWorkflowEnvironment) { // as in the replay of an old run
		env.OnGetVersion("novaflow-sooner", workflow.DefaultVersion, workflow.Version(1)).Return(workflow.DefaultVersion)
	})
	require.NoError(t, err)
	require.False(t, has)
}

// A change that is not in the table is a mistake of a developer: nobody would know what
// was different before.
func TestAChangeThatIsNotInTheTableIsRefused(t *testing.T) {
	_, err := askFor(t, changes, "unheard-of", func(*testsuite.TestWorkflowEnvironment) {})
	require.ErrorContains(t, err, "unheard-of is not in the table of changes")
}

func TestEveryChangeSaysWhatWasDifferentBefore(t *testing.T) {
	for name, before := range changes {
		require.NotEmpty(t, before, name)
	}
}
