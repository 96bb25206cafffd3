//go:build e2e

package main

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"novaflow/saga"
	"novaflow/starter/internal/runs"
	"novaflow/starter/internal/term"
	"novaflow/workflows"
	"novaflow/workflows/spec"
)

// A lock that was left by an execution which was reset keeps every request away,
// a delete too, although nothing is at work.
func TestALockWhoseRunIsGoneKeepsNoRequestAway(t *testing.T) {
	d := startTestDev(t)
	novaflow(t, term.ExitOK, "volume create data-1 --size 1")
	id := spec.WorkflowID("volume", "devcloud", "data-1")
	ended, err := runs.Describe(t.Context(), d.Client, id, "")
	require.NoError(t, err)
	holder := saga.Holder{Workflow: ended.Workflow, Run: ended.Run, Execution: ended.Run}
	_, err = d.Client.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{
		ID: id, TaskQueue: workflows.TaskQueue, Memo: map[string]any{saga.MemoHolder: holder},
		TypedSearchAttributes: temporal.NewSearchAttributes(saga.AttributeKind.ValueSet(saga.LockKind)),
	}, saga.LockName, saga.LockInput{ID: id, Holder: holder})
	require.NoError(t, err)
	require.Eventually(t, func() bool { return strings.Contains(novaflow(t, term.ExitOK, "lock list"), id) },
		time.Minute, 100*time.Millisecond,
		"the engine lists what has just begun a moment later")
	require.Contains(t, novaflow(t, term.ExitOK, "volume delete data-1"), "deleted")
}
