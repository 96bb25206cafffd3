//go:build e2e

package test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"novaflow/saga"
	"novaflow/test/stage"
)

// city has so many words to each of its houses that the engine would not take its
// ledger as the input of a run.
var city = saga.Define("city", func(houses int) (*saga.Flow, saga.Ref[stepData]) {
	f := saga.NewFlow("city")
	wall := saga.Add(f, "wall", raise, saga.Value(stepData{Name: "wall"}))
	var all []saga.Dependency
	for i := range houses {
		all = append(all, saga.Add(f, fmt.Sprint("house-", i), raise, saga.From(wall, func(stepData) stepData {
			return stepData{Name: fmt.Sprint(i, strings.Repeat(" and", 10_000))}
		})))
	}
	return f, saga.Add(f, "gate", raise, saga.Value(stepData{Name: "gate"}), saga.After(all...))
})

func runCity(ctx workflow.Context, n int) (stepData, error) { return city.Run(ctx, n) }

// A run that has created a lot must be able to delete all of it.
func TestARunWithALedgerLargerThanAPayloadIsTakenBack(t *testing.T) {
	t.Parallel()
	y, queue := &yard{things: map[saga.Mark]string{}}, stage.Queue()
	w := worker.New(theStage.Client, queue, worker.Options{})
	w.RegisterWorkflow(runCity)
	saga.RegisterRevert(w, saga.Options{})
	saga.Register(w, city.With(60))
	w.RegisterActivity(y)
	require.NoError(t, w.Start())
	t.Cleanup(w.Stop)
	run, err := theStage.ExecuteWorkflow(t.Context(),
		client.StartWorkflowOptions{ID: "city:" + uuid.NewString(), TaskQueue: queue}, runCity, 60)
	require.NoError(t, err)
	require.NoError(t, run.Get(t.Context(), nil))
	require.Equal(t, 62, y.standing())
	said := theStage.Novaflow(t, "").Must(t, "run", "revert", run.GetID(), "--reason", "too large")
	require.Zero(t, y.standing(), said)
	require.Contains(t, said, "house-59, gate")
	require.Contains(t, said, "wall")
}
