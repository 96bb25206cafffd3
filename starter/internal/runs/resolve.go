package runs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"novaflow/saga"
	"novaflow/starter/internal/clouds"
	"novaflow/starter/internal/term"
	"novaflow/workflows/spec"
)

// SelectRun returns the run with a run id. With "" it returns s as it is.
func SelectRun(ctx context.Context, engine client.Client, s Snapshot, run string) (Snapshot, error) {
	if run == "" || run == s.Run {
		return s, nil
	}
	found, err := Describe(ctx, engine, s.Workflow, run)
	return found, EngineError(err)
}

// Resolve finds the run that the user means by a workflow id, a run id or the name of a
// resource. Unless a run id is given, it is the latest run.
func Resolve(ctx context.Context, engine client.Client, word string, cloud *clouds.Flags) (Snapshot, error) {
	s, err := getLatest(ctx, engine, word)
	var missing *serviceerror.NotFound
	if err == nil || !errors.As(err, &missing) {
		return s, EngineError(err)
	}
	if _, bad := uuid.Parse(word); bad == nil {
		if s, err := getByID(ctx, engine, word); err == nil {
			return s, nil
		}
	}
	if name, err := cloud.Choose(); err == nil {
		if s, err := getLatest(ctx, engine, spec.ServerWorkflowID(name, word)); err == nil {
			return s, nil
		}
	}
	return resolveByName(ctx, engine, word)
}

// getLatest returns the latest run of a workflow id. A lock has the workflow id of what
// it locks, and is no run: the run before it is meant, if there is one.
func getLatest(ctx context.Context, engine client.Client, workflow string) (Snapshot, error) {
	s, err := Describe(ctx, engine, workflow, "")
	if err != nil || s.Kind != saga.LockName {
		return s, err
	}
	found, err := List(ctx, engine, AllRuns+" AND WorkflowId = "+Literal(workflow), 1)
	if err != nil || len(found) == 0 {
		return s, err
	}
	return Describe(ctx, engine, workflow, found[0].Run)
}

// getByID returns the run with a run id.
func getByID(ctx context.Context, engine client.Client, run string) (Snapshot, error) {
	found, err := List(ctx, engine, "RunId = "+Literal(run), 1)
	if err != nil || len(found) == 0 {
		return Snapshot{}, errors.Join(err, errors.New("no such run"))
	}
	return Describe(ctx, engine, found[0].Workflow, run)
}

// ErrNoRun is the error that the engine has no such run.
var ErrNoRun = errors.New("no run is called")

// SearchLimit is how many runs are looked through for a resource's name.
const SearchLimit = 1000

// resolveByName finds the latest run of the only resource with a name, of any kind in any
// cloud.
func resolveByName(ctx context.Context, engine client.Client, name string) (Snapshot, error) {
	runs, err := List(ctx, engine, AllRuns, SearchLimit)
	if err != nil {
		return Snapshot{}, EngineError(err)
	}
	var ids []string
	for _, r := range runs {
		if _, suffix, ok := strings.Cut(r.Workflow, ":"+r.Cloud+":"); ok && suffix == name &&
			!slices.Contains(ids, r.Workflow) {
			ids = append(ids, r.Workflow)
		}
	}
	switch len(ids) {
	case 0:
		return Snapshot{}, fmt.Errorf("%w %q: see `novaflow run list`", ErrNoRun, name)
	case 1:
		return getLatest(ctx, engine, ids[0])
	}
	return Snapshot{}, term.Usage("several runs are about something called %q: give one of %s", name,
		strings.Join(ids, ", "))
}

// EngineError puts an error of the engine into words.
func EngineError(err error) error {
	var namespace *serviceerror.NamespaceNotFound
	switch {
	case err == nil:
		return nil
	case errors.As(err, &namespace):
		return fmt.Errorf("the engine has no namespace %q: give --namespace", namespace.Namespace)
	}
	return fmt.Errorf("the engine answered: %w", err)
}
