package main

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"go.temporal.io/sdk/client"

	"novaflow/saga"
	"novaflow/starter/internal/term"
	"novaflow/workflows"
)

// change is a run that a command starts.
type change struct {
	resource string // that is changed, for messages: server web-1
	done     string // what has happened when it commits: created
	id       string // workflow id, see workflows.WorkflowID
	flow     flow
	summary  string         // for the list of runs
	spec     workflows.Spec // input of the workflow
	wrong    term.Problems  // with the flags, to be told with what is wrong with the spec
	joins    bool           // a run of the same workflow that is under way will do
	shown    any            // the input as people may see it; nil: as it is
	// fallsShort says that the result of a run that committed is not what was asked for;
	// nil: it always is.
	fallsShort func(result json.RawMessage) bool
}

// change starts a run, follows it to its end and tells how it ended.
func runChange(ctx context.Context, session *session, flags *changeFlags, c change) error {
	if err := errors.Join(append(c.wrong, c.spec.Validate())...); err != nil {
		return term.Usage("this cannot be asked for:\n%s", term.ListErrors(err))
	}
	engine, err := session.engine(ctx)
	if err != nil {
		return err
	}
	defer engine.Close()
	if c.spec.Options().DryRun {
		return dryRun(ctx, session, engine, flags, c)
	}
	return startAndFollow(ctx, session, engine, flags, c)
}

func startAndFollow(ctx context.Context, session *session, engine client.Client, flags *changeFlags, c change) error {
	run, err := beginRun(ctx, session, engine, flags, c)
	if err != nil {
		return notStarted(ctx, engine, c.resource, c.id, err)
	}
	return toItsEnd(ctx, session, engine, flags, c, run)
}

// toItsEnd follows a run and tells how it ended.
func toItsEnd(ctx context.Context, session *session, engine client.Client, flags *changeFlags, c change, run string) error {
	o, s, err := follow(ctx, session, engine, c.id, run, flags.runFlags)
	if err != nil || s.run == "" {
		return err
	}
	if o.State != string(saga.RunCommitted) {
		o.Cause = whoHolds(ctx, engine, o.Cause)
		return reportFailure(session.out, c.resource+" was not "+c.done, o, s, flags.format)
	}
	if err := reportCommitted(ctx, session, engine, s, flags.format); err != nil || c.fallsShort == nil {
		return err
	}
	made, err := result(ctx, engine, s.workflow, s.run)
	if err != nil {
		return unreadable(err)
	}
	if c.fallsShort(made) {
		return term.Done(term.ExitFailed)
	}
	return nil
}

// start is what the engine is told of the run.
func (c change) start(flags *changeFlags) start {
	return start{
		id: c.id, cloud: c.spec.Options().Cloud, kind: c.flow.kind, queue: flags.queue,
		summary: c.summary, details: requestDetails(c.forPeople()), reason: flags.reason,
	}
}

// forPeople is the input as people may see it.
func (c change) forPeople() any {
	if c.shown != nil {
		return c.shown
	}
	return c.spec
}

// requestDetails is a request in Markdown.
func requestDetails(spec any) string {
	request, err := json.MarshalIndent(spec, "", "  ")
	if err != nil {
		return ""
	}
	return term.ClipDetails("Requested:\n\n```json\n" + strings.ReplaceAll(string(request), "```", "'''") + "\n```\n")
}
