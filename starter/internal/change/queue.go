package change

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"novaflow/saga"
	"novaflow/starter/internal/runs"
	"novaflow/starter/internal/term"
)

// defaultQueueTimeout is how long a request waits for what another run holds.
const defaultQueueTimeout = 10 * time.Minute

// queue is a request that waits until its resource is free. It only exists in this
// process, and the engine knows nothing of it. So nothing is left of one that is
// interrupted or killed.
type queue struct {
	session   *runs.Session
	engine    client.Client
	flags     *Flags
	request   Request
	since     time.Time
	announced string // the last notice to the user
}

// beginRun starts the run of a request and returns its run id. If another run holds the
// resource and the flags ask for it, beginRun waits until the resource is free.
func beginRun(ctx context.Context, session *runs.Session, engine client.Client, flags *Flags,
	request Request) (string, error) {
	q := queue{session: session, engine: engine, flags: flags, request: request, since: time.Now()}
	run, err := q.try(ctx)
	if !flags.queued || !runs.IsHeld(err) {
		return run, err
	}
	waiting, cancel := context.WithTimeout(ctx, flags.queueTimeout)
	defer cancel()
	for runs.IsHeld(err) && !q.joins(ctx) {
		if left := q.await(waiting, err); left != nil {
			return "", q.gaveUp(ctx, err)
		}
		run, err = q.try(ctx)
	}
	return run, err
}

// joins reports whether the run that holds the workflow id does what is requested, as
// with a second deletion. The command then follows that run instead of waiting for it.
func (q *queue) joins(ctx context.Context) bool {
	s, err := runs.Describe(ctx, q.engine, q.request.ID, "")
	return err == nil && q.request.joins && s.Kind == q.request.Flow.Workflow && !s.Ended()
}

// try asks the engine to start the run. An interruption does not cut it short, because it
// would then be unknown whether the run was started.
func (q *queue) try(ctx context.Context) (string, error) {
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	asking, cancel := context.WithTimeout(context.WithoutCancel(ctx), runs.EngineTimeout)
	defer cancel()
	run, err := runs.StartUnlessLocked(asking, q.engine, q.request.Start(q.flags).Options(), q.request.Flow.Workflow,
		q.request.Spec)
	if err != nil {
		return "", err
	}
	return run.GetRunID(), nil
}

// queueLook is how often a request that waits looks at what it waits for.
const queueLook = 2 * time.Second

// await waits until the run that holds the workflow id has ended, and then for this
// request's turn. It returns the error of ctx if that ends first.
func (q *queue) await(ctx context.Context, refusal error) error {
	var held *serviceerror.WorkflowExecutionAlreadyStarted
	errors.As(refusal, &held)
	for {
		q.announce(ctx)
		slice, cancel := context.WithTimeout(ctx, queueLook)
		ended := q.ended(slice, held.RunId)
		cancel()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if !ended {
			continue
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(yieldTime(time.Since(q.since))):
			return nil
		}
	}
}

// ended waits for the end of a run, for as long as ctx lasts.
func (q *queue) ended(ctx context.Context, run string) bool {
	_ = q.engine.GetWorkflow(ctx, q.request.ID, run).Get(ctx, nil) // how it ended does not matter
	return ctx.Err() == nil
}

// longestTurn is how long the newest request lets others go first.
const longestTurn = time.Second

// yieldTime returns how long a request lets others try first when the resource becomes
// free. The longer a request has waited, the sooner it tries. In the first minutes, of
// two requests whose waits differ by ten seconds or more the older one is first.
// Otherwise it is chance, which does not favour the same request every time.
func yieldTime(waited time.Duration) time.Duration {
	const half = time.Minute // after which a request waits half as long
	return time.Duration(float64(longestTurn) / (1 + waited.Seconds()/half.Seconds()))
}

// announce says which run holds the resource and what that run is doing, if it is news.
func (q *queue) announce(ctx context.Context) {
	row, _, err := runs.FindHolder(ctx, q.engine, q.request.ID)
	if err != nil || row.Holder == "" {
		return
	}
	doing := ""
	if l, err := runs.AskLedger(ctx, q.engine, row.Holder, ""); err == nil {
		doing = doingNow(l)
	}
	if news := row.Holder + row.Since.String() + doing; news != q.announced && ctx.Err() == nil {
		q.announced = news
		fmt.Fprintf(q.session.ErrOut, "queued for %s: %s is locked by run %s, a %s, since %s (%s ago)%s\n",
			q.request.Resource, row.Resource, row.Holder, row.Kind, term.Clock(row.Since),
			term.Duration(time.Since(row.Since)), doing)
	}
}

// doingNow says after a comma what a run is doing.
func doingNow(l *saga.Ledger) string {
	var tasks []string
	for _, e := range l.Tasks {
		switch e.State {
		case saga.TaskRunning:
			tasks = append(tasks, e.Task)
		case saga.TaskReverting, saga.TaskRevertFailure:
			tasks = append(tasks, "undo of "+e.Task)
		}
	}
	if len(tasks) == 0 {
		return ", which is " + string(l.State)
	}
	return fmt.Sprintf(", which is %s: %s", l.State, strings.Join(tasks, ", "))
}

// gaveUp says why a request stopped waiting. Nothing was started.
func (q *queue) gaveUp(ctx context.Context, refusal error) error {
	if ctx.Err() != nil {
		fmt.Fprintf(q.session.ErrOut, "\nYou stopped waiting for %s: nothing was started.\n", q.request.Resource)
		return term.Done(term.ExitInterrupted)
	}
	held := NotStartedError(ctx, q.engine, q.request.Resource, q.request.ID, refusal)
	return term.WithCode(term.ExitFailed, fmt.Errorf("waited %s, and nothing was started: %w; give --queue-timeout "+
		"to wait longer", term.Duration(q.flags.queueTimeout), held))
}
