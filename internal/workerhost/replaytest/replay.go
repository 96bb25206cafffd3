// Package replaytest is here for tests that replay histories of runs as a worker does
// that takes the runs over. It imports what package workerhost imports. Only tests
// import it.
package replaytest

import (
	"slices"

	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/worker"

	"novaflow/audit"
	"novaflow/internal/workerhost"
)

// New returns a replayer with the workflows and the interceptors of a worker. The given
// interceptors come before those of novaflow.
func New(interceptors ...interceptor.WorkerInterceptor) (worker.WorkflowReplayer, error) {
	r, err := worker.NewWorkflowReplayerWithOptions(worker.WorkflowReplayerOptions{
		Interceptors: append(slices.Clip(interceptors), audit.Archiving()),
	})
	if err != nil {
		return nil, err
	}
	workerhost.RegisterWorkflows(r)
	return r, nil
}
