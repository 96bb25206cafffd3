package runs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"novaflow/starter/internal/term"
)

const (
	watchEvery    = 300 * time.Millisecond
	EngineTimeout = 10 * time.Second // of one question to the engine
	engineGone    = time.Minute      // how long a watch waits for an engine that does not answer
	idleAfter     = 5 * time.Second  // after which the user learns that no worker takes the run
)

// View shows snapshots to the user.
type View interface {
	Show(s Snapshot, notice string)
	Last(s Snapshot)
}

// NewView returns the view that suits a writer: a picture that changes for a terminal,
// and a line for each transition for everything else.
func NewView(w io.Writer) View {
	if fd, ok := term.TerminalOf(w); ok {
		return &picture{screen: term.NewScreen(w, fd), out: w}
	}
	return &story{out: w, transitions: newTransitions()}
}

type picture struct {
	screen term.Screen
	out    io.Writer
}

// Show implements [View].
func (p *picture) Show(s Snapshot, notice string) {
	lines := term.StyleOf(p.out).Paint(Tree(s))
	if notice != "" {
		lines = append(lines, term.Clip(notice, term.StyleOf(p.out).Width))
	}
	p.screen.Draw(lines)
}

// Last implements [View].
func (p *picture) Last(s Snapshot) { p.screen.Last(term.StyleOf(p.out).Paint(Tree(s))) }

type story struct {
	out         io.Writer
	transitions *transitions
	notice      string
}

// Show implements [View].
func (v *story) Show(s Snapshot, notice string) {
	for _, l := range v.transitions.news(s) {
		fmt.Fprintln(v.out, l)
	}
	gist := withoutDigits(notice) // or each second of waiting would be a line
	if gist != v.notice && notice != "" {
		fmt.Fprintln(v.out, notice)
	}
	v.notice = gist
}

// Last implements [View].
func (v *story) Last(s Snapshot) { v.Show(s, "") }

// Watch follows a run until it has ended or needs a decision, and returns what is known
// then. When the user stops waiting, ctx ends and Watch returns its error.
func Watch(ctx context.Context, engine client.Client, workflow, run string, v View) (Snapshot, error) {
	w := &watcher{engine: engine, workflow: workflow, run: run, seen: time.Now()}
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		s, err := w.look(ctx)
		switch {
		case ctx.Err() != nil:
			return s, ctx.Err()
		case err != nil:
			return s, err
		case s.Ended() || s.needsDecision():
			v.Last(s)
			return s, nil
		}
		v.Show(s, w.notice)
		select {
		case <-ctx.Done():
			return s, ctx.Err()
		case <-tick.C:
		}
	}
}

// watcher keeps between two looks what the second could not ask again.
type watcher struct {
	engine        client.Client
	workflow, run string
	snapshot      Snapshot
	seen          time.Time // when the engine answered last
	answered      time.Time // when a worker last returned the ledger
	notice        string    // why there is no news
}

// look takes a new snapshot. It is no error if the engine is away for a moment.
func (w *watcher) look(ctx context.Context) (Snapshot, error) {
	s, err := Describe(ctx, w.engine, w.workflow, w.run)
	if err != nil {
		return w.away(err)
	}
	s.Ledger = w.snapshot.Ledger
	w.seen, w.run = time.Now(), s.Run // stay with this run if another follows
	if w.answered.IsZero() {
		w.answered = w.seen
	}
	ledger, err := AskLedger(ctx, w.engine, w.workflow, w.run)
	if err == nil {
		s.Ledger, w.answered, w.notice = ledger, time.Now(), ""
	} else if time.Since(w.answered) > idleAfter {
		w.notice = w.idle(ctx, s, err)
	}
	if s.Ended() && err == nil && !ledger.State.Final() {
		s.Ledger = ledger // terminated or timed out: as far as it came
	}
	w.snapshot = s
	return s, nil
}

// away decides whether to wait for an engine that does not answer.
func (w *watcher) away(err error) (Snapshot, error) {
	var missing *serviceerror.NotFound
	if errors.As(err, &missing) || time.Since(w.seen) > engineGone {
		return w.snapshot, err
	}
	w.notice = fmt.Sprintf("the engine has not answered for %s: %s", term.Duration(time.Since(w.seen)),
		term.OneLine(err.Error()))
	return w.snapshot, nil
}

// idle says why no worker returns the ledger.
func (w *watcher) idle(ctx context.Context, s Snapshot, why error) string {
	ctx, cancel := context.WithTimeout(ctx, EngineTimeout)
	defer cancel()
	queue, err := w.engine.DescribeTaskQueue(ctx, s.Queue, enumspb.TASK_QUEUE_TYPE_WORKFLOW)
	if err == nil && len(queue.GetPollers()) == 0 {
		return fmt.Sprintf("no worker serves task queue %s; start `novaflow-worker`", s.Queue)
	}
	if !s.waiting.IsZero() && time.Since(s.waiting) > idleAfter {
		return fmt.Sprintf("no worker has taken up the run for %s; is a `novaflow-worker` running for task queue %s?",
			term.Duration(time.Since(s.waiting)), s.Queue)
	}
	if IsBeforeFlow(why) {
		return LookupText(s)
	}
	return fmt.Sprintf("no worker returned the ledger (%s); is a `novaflow-worker` running for task queue %s?",
		term.OneLine(why.Error()), s.Queue)
}

// IsBeforeFlow reports whether a run has no ledger yet, because it still looks at the
// cloud to determine its tasks.
func IsBeforeFlow(why error) bool {
	var failed *serviceerror.QueryFailed
	return errors.As(why, &failed) && strings.HasPrefix(failed.Message, "unknown queryType")
}

// LookupText says what a run does that has no tasks yet, and what delays it.
func LookupText(s Snapshot) string {
	if s.Ended() {
		return "the run ended before it had tasks"
	}
	text := "the run looks up what it is about"
	for _, id := range slices.Sorted(maps.Keys(s.live)) {
		if why := cmp.Or(s.live[id].failure, s.live[id].report); why != "" {
			text += ": " + term.OneLine(why)
		}
	}
	return text
}
