package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"novaflow/saga"
	"novaflow/starter/internal/term"
	"novaflow/workflows"
)

// runFlags say how to start and follow a run.
type runFlags struct {
	queue        string
	wait, noWait bool
	format       term.Format
	told         saga.Verb // what a run under way was told, that is followed; "" for one that was started
}

func (f *runFlags) add(cmd *cobra.Command) {
	f.addTo(cmd.Flags())
	cmd.MarkFlagsMutuallyExclusive("wait", "no-wait")
}

func (f *runFlags) addTo(fs *pflag.FlagSet) {
	fs.StringVar(&f.queue, "task-queue", workflows.TaskQueue, "task queue that the workers serve")
	fs.BoolVar(&f.wait, "wait", true, "follow the run to its end")
	fs.BoolVar(&f.noWait, "no-wait", false, "return as soon as the run is started")
	term.AddFormat(fs, &f.format)
}

// started is what is printed of a run that nobody waits for.
type started struct {
	Workflow string `json:"workflowId"`
	Run      string `json:"runId"`
}

// follow watches a run to its end and says how it ended. If the user does not
// want to wait, or wants no more, it says how to go on; the snapshot is then
// empty and the error is what the command ends with.
func follow(ctx context.Context, session *session, engine client.Client, workflow, run string, flags runFlags) (outcome, snapshot, error) {
	if flags.noWait || !flags.wait {
		if flags.format.IsDocument() {
			return outcome{}, snapshot{}, term.PrintDocument(session.out, flags.format, started{workflow, run})
		}
		fmt.Fprintln(session.out, flags.begun(workflow, run))
		return outcome{}, snapshot{}, nil
	}
	progress := session.out
	if flags.format.IsDocument() {
		progress = session.errOut
	}
	o, s, err := toEnd(ctx, engine, workflow, run, progress)
	if errors.Is(err, context.Canceled) {
		fmt.Fprintf(session.errOut, "\nThe run goes on without you.\n%s\n", watchHint(workflow))
		return outcome{}, snapshot{}, term.Done(term.ExitInterrupted)
	}
	if err != nil {
		return outcome{}, snapshot{}, lostSight(workflow, err)
	}
	return o, s, nil
}

// begun says what was begun and is not followed.
func (f runFlags) begun(workflow, run string) string {
	if f.told != "" {
		return fmt.Sprintf("told run %s (run id %s) to %s\nFollow it with `novaflow run watch %s`.", workflow, run, f.told, term.Quote(workflow))
	}
	return fmt.Sprintf("started run %s (run id %s)\n%s", workflow, run, watchHint(workflow))
}

// lostSight is about a run that could not be followed to its end. That is no failure of
// the run: a script must not take it for one that was reverted.
func lostSight(workflow string, err error) error {
	var missing *serviceerror.NotFound
	if errors.As(err, &missing) {
		return fmt.Errorf("the run %s cannot be followed: %w", workflow, err)
	}
	return term.WithCode(term.ExitInterrupted, fmt.Errorf("the run %s cannot be followed any more, but goes on once the engine does: %w\n%s", workflow, err, watchHint(workflow)))
}

// toEnd shows a run until it has ended or waits for a person, and says which.
func toEnd(ctx context.Context, engine client.Client, workflow, run string, progress io.Writer) (outcome, snapshot, error) {
	return endOf(ctx, engine, workflow, run, newView(progress))
}

// endOf is toEnd with a view of the caller's.
func endOf(ctx context.Context, engine client.Client, workflow, run string, v view) (outcome, snapshot, error) {
	s, err := watch(ctx, engine, workflow, run, v)
	if err != nil {
		return outcome{}, s, err
	}
	var failure error
	if s.ended() {
		_, failure = result(ctx, engine, workflow, s.run)
	}
	return decide(s, failure), s, nil
}

// watchHint says how to come back to a run.
func watchHint(workflow string) string {
	return fmt.Sprintf("Follow it with `novaflow run watch %s`; cancel it with `novaflow run cancel %s`.", term.Quote(workflow), term.Quote(workflow))
}

// report is the document of a run that was followed.
type report struct {
	Workflow string          `json:"workflowId"`
	Run      string          `json:"runId"`
	Outcome  outcome         `json:"outcome"`
	Result   json.RawMessage `json:"result,omitempty"`
}

// reportFailure tells how a run ended that did not commit.
func reportFailure(out io.Writer, what string, o outcome, s snapshot, f term.Format) error {
	if f.IsDocument() {
		if err := term.PrintDocument(out, f, report{Workflow: s.workflow, Run: s.run, Outcome: o}); err != nil {
			return err
		}
		return term.Done(o.code())
	}
	for _, l := range o.explain(what, s) {
		fmt.Fprintln(out, term.Harmless(l))
	}
	return term.Done(o.code())
}
