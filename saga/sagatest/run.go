package sagatest

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"

	"novaflow/saga"
)

// outcome is what became of one run.
type outcome struct {
	*injector
	err    error
	result Result
	ledger *saga.Ledger // nil if the workflow ended before its flow began
	hung   string       // why the environment gave up on it; else ""
}

// Result decodes the result of a workflow into what valuePtr points to.
type Result func(valuePtr any) error

// executeFlow runs a workflow on a world in an environment of its own.
func executeFlow(w World, i *injector, idle time.Duration, workflow, input any) (out outcome) {
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(quiet{})
	i.env = suite.NewTestWorkflowEnvironment()
	i.env.SetTestTimeout(idle)
	i.env.SetWorkerOptions(worker.Options{
		Interceptors:             []interceptor.WorkerInterceptor{i},
		DeadlockDetectionTimeout: idle, // on a busy machine a workflow may rest for long
	})
	i.env.SetOnActivityCanceledListener(i.onCancel)
	w.Register(i.env)
	out.injector = i
	defer func() {
		if p := recover(); p != nil {
			out.hung = fmt.Sprint(p)
		}
	}()
	i.env.ExecuteWorkflow(workflow, input)
	i.awaitAll()
	out.err, out.result, out.ledger = i.env.GetWorkflowError(), i.env.GetWorkflowResult, i.ledger()
	return out
}

// quiet drops what the environment logs.
type quiet struct{}

func (quiet) Debug(string, ...any) {}

func (quiet) Info(string, ...any) {}

func (quiet) Warn(string, ...any) {}

func (quiet) Error(string, ...any) {}
