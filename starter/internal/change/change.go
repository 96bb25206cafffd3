package change

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"go.temporal.io/sdk/client"

	"novaflow/saga"
	"novaflow/starter/internal/runs"
	"novaflow/starter/internal/term"
	"novaflow/workflows/spec"
)

// Request is a run that a command starts.
type Request struct {
	Resource string // that is changed, for messages: server web-1
	Done     string // what has happened when it commits: created
	ID       string // workflow id, see workflows.WorkflowID
	Flow     Flow
	Summary  string        // for the list of runs
	Spec     spec.Spec     // input of the workflow
	Problems term.Problems // with the flags, reported with those of the spec
	joins    bool          // a run of the same workflow that is under way will do
	Shown    any           // the input without its secrets; nil: the input has none
	// FallsShort reports whether the result of a committed run is less than was
	// requested. nil: it never is.
	FallsShort func(result json.RawMessage) bool
}

// Run starts the run of a request, follows it to its end and reports how it ended.
func Run(ctx context.Context, session *runs.Session, flags *Flags, request Request) error {
	if err := errors.Join(append(request.Problems, request.Spec.Validate())...); err != nil {
		return term.Usage("invalid request:\n%s", term.ListErrors(err))
	}
	engine, err := session.Dial(ctx)
	if err != nil {
		return err
	}
	defer engine.Close()
	if request.Spec.Options().DryRun {
		return dryRun(ctx, session, engine, flags, request)
	}
	return startAndFollow(ctx, session, engine, flags, request)
}

func startAndFollow(ctx context.Context, session *runs.Session, engine client.Client, flags *Flags,
	request Request) error {
	run, err := beginRun(ctx, session, engine, flags, request)
	if err != nil {
		return NotStartedError(ctx, engine, request.Resource, request.ID, err)
	}
	return followToEnd(ctx, session, engine, flags, request, run)
}

// followToEnd follows a run and reports how it ended.
func followToEnd(ctx context.Context, session *runs.Session, engine client.Client, flags *Flags, request Request,
	run string) error {
	o, s, err := Follow(ctx, session, engine, request.ID, run, flags.RunFlags)
	if err != nil || s.Run == "" {
		return err
	}
	if o.State != string(saga.RunCommitted) {
		o.Cause = runs.NameHolder(ctx, engine, o.Cause)
		return ReportFailure(session.Out, request.Resource+" was not "+request.Done, o, s, flags.Format)
	}
	if err := ReportCommitted(ctx, session, engine, s, flags.Format); err != nil || request.FallsShort == nil {
		return err
	}
	result, err := runs.ReadResult(ctx, engine, s.Workflow, s.Run)
	if err != nil {
		return resultError(err)
	}
	if request.FallsShort(result) {
		return term.Done(term.ExitFailed)
	}
	return nil
}

// Start returns what the engine records of the run beside its input.
func (request Request) Start(flags *Flags) Start {
	return Start{
		ID: request.ID, Cloud: request.Spec.Options().Cloud, Kind: request.Flow.Kind, Queue: flags.Queue,
		Summary: request.Summary, Details: requestDetails(request.forPeople()), Reason: flags.reason,
	}
}

// forPeople returns the input with its secrets left out.
func (request Request) forPeople() any {
	if request.Shown != nil {
		return request.Shown
	}
	return request.Spec
}

// requestDetails formats a request in Markdown.
func requestDetails(spec any) string {
	request, err := json.MarshalIndent(spec, "", "  ")
	if err != nil {
		return ""
	}
	return term.ClipDetails("Requested:\n\n```json\n" + strings.ReplaceAll(string(request), "```", "'''") + "\n```\n")
}
