package change

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
	"novaflow/starter/internal/runs"
	"novaflow/starter/internal/term"
	"novaflow/workflows"
)

// RunFlags say how to start and follow a run.
type RunFlags struct {
	Queue        string
	Wait, NoWait bool
	Format       term.Format
	Verb         saga.Verb // the verb sent to a run under way that is followed; "" for one that was started
}

// Add adds the flags to a command.
func (f *RunFlags) Add(cmd *cobra.Command) {
	f.addTo(cmd.Flags())
	cmd.MarkFlagsMutuallyExclusive("wait", "no-wait")
}

func (f *RunFlags) addTo(fs *pflag.FlagSet) {
	fs.StringVar(&f.Queue, "task-queue", workflows.TaskQueue, "task queue that the workers serve")
	fs.BoolVar(&f.Wait, "wait", true, "follow the run to its end")
	fs.BoolVar(&f.NoWait, "no-wait", false, "return as soon as the run is started")
	term.AddFormat(fs, &f.Format)
}

// started is the document of a run that the command does not follow.
type started struct {
	Workflow string `json:"workflowId"`
	Run      string `json:"runId"`
}

// Follow watches a run to its end and returns its outcome. If the user does not wait, or
// stops waiting, it prints how to go on. The snapshot is then empty, and the error is
// what the command ends with.
func Follow(ctx context.Context, session *runs.Session, engine client.Client, workflow, run string,
	flags RunFlags) (runs.Outcome, runs.Snapshot, error) {
	if flags.NoWait || !flags.Wait {
		if flags.Format.IsDocument() {
			return runs.Outcome{}, runs.Snapshot{}, term.PrintDocument(session.Out, flags.Format,
				started{workflow, run})
		}
		fmt.Fprintln(session.Out, flags.begun(workflow, run))
		return runs.Outcome{}, runs.Snapshot{}, nil
	}
	progress := session.Out
	if flags.Format.IsDocument() {
		progress = session.ErrOut
	}
	o, s, err := FollowToEnd(ctx, engine, workflow, run, progress)
	if errors.Is(err, context.Canceled) {
		fmt.Fprintf(session.ErrOut, "\nThe run goes on without you.\n%s\n", watchHint(workflow))
		return runs.Outcome{}, runs.Snapshot{}, term.Done(term.ExitInterrupted)
	}
	if err != nil {
		return runs.Outcome{}, runs.Snapshot{}, lostSight(workflow, err)
	}
	return o, s, nil
}

// begun says what was started or sent, for a run that is not followed.
func (f RunFlags) begun(workflow, run string) string {
	if f.Verb != "" {
		return fmt.Sprintf("sent %[3]s to run %[1]s (run id %[2]s)\nFollow it with `novaflow run watch %[4]s`.",
			workflow, run, f.Verb, term.Quote(workflow))
	}
	return fmt.Sprintf("started run %s (run id %s)\n%s", workflow, run, watchHint(workflow))
}

// lostSight explains that a run could not be followed to its end. The run itself has not
// failed, so the exit code must differ from a reverted run's.
func lostSight(workflow string, err error) error {
	var missing *serviceerror.NotFound
	if errors.As(err, &missing) {
		return fmt.Errorf("the run %s cannot be followed: %w", workflow, err)
	}
	return term.WithCode(term.ExitInterrupted, fmt.Errorf("the run %s cannot be followed any more, but goes on when "+
		"the engine is back: %w\n%s", workflow, err, watchHint(workflow)))
}

// FollowToEnd shows a run until it has ended or needs a decision, and returns its
// outcome.
func FollowToEnd(ctx context.Context, engine client.Client, workflow, run string,
	progress io.Writer) (runs.Outcome, runs.Snapshot, error) {
	return followWith(ctx, engine, workflow, run, runs.NewView(progress))
}

// followWith is FollowToEnd with the caller's view.
func followWith(ctx context.Context, engine client.Client, workflow, run string,
	v runs.View) (runs.Outcome, runs.Snapshot, error) {
	s, err := runs.Watch(ctx, engine, workflow, run, v)
	if err != nil {
		return runs.Outcome{}, s, err
	}
	var failure error
	if s.Ended() {
		_, failure = runs.ReadResult(ctx, engine, workflow, s.Run)
	}
	return runs.NewOutcome(s, failure), s, nil
}

// watchHint says how to come back to a run.
func watchHint(workflow string) string {
	return fmt.Sprintf("Follow it with `novaflow run watch %s`; cancel it with `novaflow run cancel %s`.",
		term.Quote(workflow), term.Quote(workflow))
}

// Report is the document of a run that was followed.
type Report struct {
	Workflow string          `json:"workflowId"`
	Run      string          `json:"runId"`
	Outcome  runs.Outcome    `json:"outcome"`
	Result   json.RawMessage `json:"result,omitempty"`
}

// ReportFailure reports the end of a run that did not commit, and returns its exit code.
func ReportFailure(out io.Writer, what string, o runs.Outcome, s runs.Snapshot, f term.Format) error {
	if f.IsDocument() {
		if err := term.PrintDocument(out, f, Report{Workflow: s.Workflow, Run: s.Run, Outcome: o}); err != nil {
			return err
		}
		return term.Done(o.ExitCode())
	}
	for _, l := range o.Explain(what, s) {
		fmt.Fprintln(out, term.Harmless(l))
	}
	return term.Done(o.ExitCode())
}
