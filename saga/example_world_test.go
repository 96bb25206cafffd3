package saga_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"novaflow/saga"
)

// Site is what the examples change: a building site on which each part carries the mark
// of the task that created it.
type Site struct {
	mu    sync.Mutex
	parts map[saga.Mark]string
	bad   []string // parts that cannot be created
}

// Build creates a part. It can run again: a part that carries the mark is adopted.
func (s *Site) Build(_ context.Context, i saga.Intent[string]) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if slices.Contains(s.bad, i.In) {
		return "", temporal.NewNonRetryableApplicationError("no "+i.In+" to be had", "SoldOut", nil)
	}
	s.parts[i.Mark] = i.In
	return i.In, nil
}

// Clear makes sure that a part is absent.
func (s *Site) Clear(_ context.Context, u saga.Undo[string, string]) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.parts, u.Mark)
	return nil
}

// ClearAll makes sure that all parts of a scope are absent.
func (s *Site) ClearAll(_ context.Context, u saga.ScopeUndo) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for mark := range s.parts {
		if strings.HasPrefix(string(mark), saga.RunPrefix(u.Run)+u.Scope+"/") {
			delete(s.parts, mark)
		}
	}
	return nil
}

// Survey only looks.
func (s *Site) Survey(_ context.Context, ground string) (string, error) { return ground, nil }

// The actions of the examples.
var (
	onSite *Site // only the names of its methods are used
	build  = saga.Do(onSite.Build).UndoneBy(onSite.Clear)
	survey = saga.Read(onSite.Survey)
)

// demo runs a workflow on a new site in the SDK's test environment and prints the
// outcome. Some parts cannot be created.
func demo(run func(workflow.Context) (string, error), bad ...string) *saga.Ledger {
	return demoIn(siteEnv(nil, bad...), run)
}

// siteEnv is a test environment with a new site.
func siteEnv(extensions []interceptor.WorkerInterceptor, bad ...string) *testsuite.TestWorkflowEnvironment {
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(quiet{})
	env := suite.NewTestWorkflowEnvironment()
	env.SetWorkerOptions(worker.Options{Interceptors: extensions})
	env.RegisterActivity(&Site{parts: map[saga.Mark]string{}, bad: bad})
	return env
}

func demoIn(env *testsuite.TestWorkflowEnvironment, run any, in ...any) *saga.Ledger {
	env.ExecuteWorkflow(run, in...)
	var app *temporal.ApplicationError
	if err := env.GetWorkflowError(); errors.As(err, &app) {
		fmt.Println(app.Message())
	} else {
		var result string
		if err := env.GetWorkflowResult(&result); err != nil {
			fmt.Println(err)
		}
		fmt.Println("result:", result)
	}
	return ledgerOf(env)
}

// ledgerOf asks a run for its ledger.
func ledgerOf(env *testsuite.TestWorkflowEnvironment) *saga.Ledger {
	var l saga.Ledger
	if value, err := env.QueryWorkflow(saga.LedgerQuery); err == nil {
		_ = value.Get(&l)
	}
	return &l
}

// show prints the states of a ledger's tasks, and its own.
func show(l *saga.Ledger) {
	for _, e := range l.Tasks {
		fmt.Println(strings.TrimSpace(fmt.Sprintf("%s %s %s", e.Task, e.State, e.Note)))
	}
	fmt.Println(l.State)
}
