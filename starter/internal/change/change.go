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
	"novaflow/workflows"
)

// Request is a run that a command starts.
type Request struct {
	Resource string // that is changed, for messages: server web-1
	Done     string // what has happened when it commits: created
	ID       string // workflow id, see workflows.WorkflowID
	Flow     Flow
	Summary  string         // for the list of runs
	Spec     workflows.Spec // input of the workflow
	Problems term.Problems  // with the flags, reported with those of the spec
	joins    bool           // a run of the same workflow that is under way will do
	Shown    any            // the input without its secrets; nil: the input has none
	// FallsShort reports whether the result of a committed run is less than was
	// requested. nil: it never is.
	FallsShort func(result json.RawMessage) bool
}

// Run starts the run of a request, follows it to its end and reports how it ended.
func Run(ctx context.Context, session *runs.Session, flags *Flags, c Request) error {
	if err := errors.Join(append(c.Problems, c.Spec.Validate())...); err != nil {
		return term.Usage("invalid request:\n%s", term.ListErrors(err))
	}
	engine, err := session.Dial(ctx)
	if err != nil {
		return err
	}
	defer engine.Close()
	if c.Spec.Options().DryRun {
		return dryRun(ctx, session, engine, flags, c)
	}
	return startAndFollow(ctx, session, engine, flags, c)
}

func startAndFollow(ctx context.Context, session *runs.Session, engine client.Client, flags *Flags, c Request) error {
	run, err := beginRun(ctx, session, engine, flags, c)
	if err != nil {
		return NotStartedError(ctx, engine, c.Resource, c.ID, err)
	}
	return followToEnd(ctx, session, engine, flags, c, run)
}

// followToEnd follows a run and reports how it ended.
func followToEnd(ctx context.Context, session *runs.Session, engine client.Client, flags *Flags, c Request,
	run string) error {
	o, s, err := Follow(ctx, session, engine, c.ID, run, flags.RunFlags)
	if err != nil || s.Run == "" {
		return err
	}
	if o.State != string(saga.RunCommitted) {
		o.Cause = runs.NameHolder(ctx, engine, o.Cause)
		return ReportFailure(session.Out, c.Resource+" was not "+c.Done, o, s, flags.Format)
	}
	if err := ReportCommitted(ctx, session, engine, s, flags.Format); err != nil || c.FallsShort == nil {
		return err
	}
	made, err := runs.ReadResult(ctx, engine, s.Workflow, s.Run)
	if err != nil {
		return resultError(err)
	}
	if c.FallsShort(made) {
		return term.Done(term.ExitFailed)
	}
	return nil
}

// Start returns what the engine records of the run beside its input.
func (c Request) Start(flags *Flags) Start {
	return Start{
		ID: c.ID, Cloud: c.Spec.Options().Cloud, Kind: c.Flow.kind, Queue: flags.Queue,
		Summary: c.Summary, Details: requestDetails(c.forPeople()), Reason: flags.reason,
	}
}

// forPeople returns the input with its secrets left out.
func (c Request) forPeople() any {
	if c.Shown != nil {
		return c.Shown
	}
	return c.Spec
}

// requestDetails formats a request in Markdown.
func requestDetails(spec any) string {
	request, err := json.MarshalIndent(spec, "", "  ")
	if err != nil {
		return ""
	}
	return term.ClipDetails("Requested:\n\n```json\n" + strings.ReplaceAll(string(request), "```", "'''") + "\n```\n")
}
