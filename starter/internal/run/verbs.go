package run

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"novaflow/saga"
	"novaflow/starter/internal/change"
	"novaflow/starter/internal/runs"
	"novaflow/starter/internal/term"
)

// verbCommand is a command that sends a verb to a run.
type verbCommand struct {
	verb           saga.Verb
	args           string // after the run
	least, most    int    // arguments after the run
	short, long    string
	example        string
	reason, result bool // what flags it has
	needsReason    bool
}

// verbs are the commands that only send a verb to a run.
var verbs = []verbCommand{
	{
		verb: saga.VerbPause, reason: true,
		short:   "Pause a run: it starts and undoes nothing more",
		example: `  novaflow run pause web-1 --reason "maintenance of the storage"`,
		long: `Pause a run: its running tasks go on, but it starts and undoes nothing more until it is
resumed. A pause outlives workers. Cancel, revert and abandon end it.`,
	},
	{
		verb: saga.VerbResume, reason: true,
		short: "Let a paused run go on", example: "  novaflow run resume web-1",
		long: "Let a paused run go on in the direction in which it was going.",
	},
	{
		verb: saga.VerbRetry, args: "[TASK]", most: 1, reason: true,
		short:   "Try a failed task, or a failing undo, again now",
		example: "  novaflow run retry web-1\n  novaflow run retry web-1 boot-volume",
		long: `Try a failed task of a held run, or an undo that keeps failing, again now. Without a
task, all that are failing are tried.`,
	},
	{
		verb: saga.VerbSkip, args: "TASK", least: 1, most: 1, reason: true, result: true, needsReason: true,
		short: "Skip a failed task, or give up a failing undo",
		example: `  novaflow run skip web-1 floating-ip-associate --reason "done by hand" --result '{}'
  novaflow run skip web-1 boot-volume --reason "deleted by hand"`,
		long: `Skip a failed task of a held run, or give up an undo that keeps failing. Tasks
that use the skipped task's result need one: give it with --result as JSON.`,
	},
	{
		verb: saga.VerbAbandon, reason: true, needsReason: true,
		short:   "End a run where it is and leave what it created",
		example: `  novaflow run abandon web-1 --reason "the cloud is no more"`,
		long: `End a run where it is. Nothing more is undone; what is left behind is listed, and can
be reverted later with ` + "`novaflow run revert`" + `.`,
	},
	{
		verb: saga.VerbOnFailure, args: "revert|hold|keep", least: 1, most: 1, reason: true,
		short: "Change what a failure leads to", example: "  novaflow run on-failure web-1 hold",
		long: `Change what a failure leads to: revert undoes everything, hold waits for an operator who
decides to retry, skip, revert or abandon, keep ends the run and leaves what was created.
For a held run the change applies at once.`,
	},
}

func newVerbCommand(session *runs.Session, v verbCommand) *cobra.Command {
	var q saga.Request
	var result string
	var form term.Format
	cmd := &cobra.Command{
		Use:   strings.TrimSpace(fmt.Sprintf("%s RUN %s", v.verb, v.args)),
		Short: v.short, Example: v.example,
		Long: v.long + `

A run that refuses says why, and the command ends with 1.`,
	}
	count := cobra.RangeArgs(1+v.least, 1+v.most)
	if v.least == v.most {
		count = cobra.ExactArgs(1 + v.least)
	}
	check := func(cmd *cobra.Command, args []string) error {
		err := count(cmd, args)
		if err == nil {
			q, err = v.request(q, args[1:], result)
		}
		return err
	}
	runs.OnRunWith(session, cmd, check, func(ctx context.Context, engine client.Client, s runs.Snapshot,
		_ []string) error {
		return sayVerb(ctx, session.Out, engine, s, q, form)
	})
	if v.reason {
		cmd.Flags().StringVar(&q.Reason, "reason", "", "why, for people who look at the run later")
	}
	if v.result {
		cmd.Flags().StringVar(&result, "result", "", "`JSON` that takes the place of the task's result")
	}
	term.AddFormat(cmd.Flags(), &form)
	completeVerb(session, cmd, v)
	return cmd
}

// request returns the request that is sent to the run.
func (v verbCommand) request(q saga.Request, more []string, result string) (saga.Request, error) {
	q.Verb = v.verb
	switch {
	case v.verb == saga.VerbOnFailure:
		q.Policy = saga.OnFailure(more[0])
		if !slices.Contains(change.Policies, more[0]) {
			return q, fmt.Errorf("%q is not revert, hold or keep", more[0])
		}
	case len(more) > 0:
		q.Task = more[0]
	}
	if v.needsReason && q.Reason == "" {
		return q, errors.New("--reason is missing: say why, for people who look at the run later")
	}
	if result != "" {
		q.Result = json.RawMessage(result)
		if !json.Valid(q.Result) {
			return q, fmt.Errorf("--result %s: is no JSON", result)
		}
	}
	return q, nil
}

// verbReport is the document of a verb that a run has accepted.
type verbReport struct {
	Workflow string        `json:"workflowId"`
	Run      string        `json:"runId"`
	Verb     saga.Verb     `json:"verb"`
	State    saga.RunState `json:"state"` // of the run after it
}

// sayVerb sends a verb to a run and prints the run's answer.
func sayVerb(ctx context.Context, out io.Writer, engine client.Client, s runs.Snapshot, q saga.Request,
	form term.Format) error {
	state, err := sendVerb(ctx, engine, s, q)
	if err != nil {
		return err
	}
	if form.IsDocument() {
		return term.PrintDocument(out, form, verbReport{s.Workflow, s.Run, q.Verb, state})
	}
	fmt.Fprintln(out, describeTaken(s.Workflow, q.Verb, state))
	return nil
}

// describeTaken says what a run does after it has accepted a verb. An abandoned run ends
// a moment later, so its state until then says nothing.
func describeTaken(workflow string, v saga.Verb, state saga.RunState) string {
	if v == saga.VerbAbandon {
		return fmt.Sprintf("run %s ends where it is; `novaflow run show %s` lists what it leaves behind", workflow,
			term.Quote(workflow))
	}
	return fmt.Sprintf("run %s is %s", workflow, state)
}

// sendVerb sends a verb to a run and returns the state of the run after it. A refusal is
// an error in the run's words.
func sendVerb(ctx context.Context, engine client.Client, s runs.Snapshot, q saga.Request) (saga.RunState, error) {
	if s.Ended() {
		return "", fmt.Errorf("run %s has ended already, %s ago: %s", s.Workflow, term.Duration(s.Now.Sub(s.Closed)),
			runs.StateOf(s))
	}
	q.By = runs.Asker()
	limited, cancel := context.WithTimeout(ctx, runs.EngineTimeout)
	defer cancel()
	handle, err := engine.UpdateWorkflow(limited, client.UpdateWorkflowOptions{
		WorkflowID: s.Workflow, RunID: s.Run, UpdateName: string(q.Verb), Args: []any{q},
		WaitForStage: client.WorkflowUpdateStageCompleted,
	})
	var state saga.RunState
	if err == nil {
		err = handle.Get(limited, &state)
	}
	return state, verbProblem(s, q.Verb, err)
}

// verbProblem explains why a verb did not reach a run or was refused.
func verbProblem(s runs.Snapshot, v saga.Verb, err error) error {
	var refused *temporal.ApplicationError
	var late *client.WorkflowUpdateServiceTimeoutOrCanceledError
	var ended *serviceerror.NotFound
	switch {
	case err == nil:
		return nil
	case errors.As(err, &refused):
		return fmt.Errorf("run %s refuses to %s: %s", s.Workflow, v, refused.Message())
	case errors.As(err, &late):
		return fmt.Errorf("no worker has delivered %[2]s to run %[1]s within %[3]s: is a `novaflow-worker` running "+
			"for task queue %[4]s? The run may still accept it", s.Workflow, v, term.Duration(runs.EngineTimeout),
			s.Queue)
	case errors.As(err, &ended):
		return fmt.Errorf("run %s has just ended", s.Workflow)
	}
	return runs.EngineError(err)
}
