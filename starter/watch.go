package main

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
	engineTimeout = 10 * time.Second // of one question to the engine
	engineGone    = time.Minute      // how long a watch bears an engine that does not answer
	idleAfter     = 5 * time.Second  // how long a run may wait before the user hears that no worker takes it
)

// view shows snapshots to a person.
type view interface {
	show(s snapshot, notice string)
	Last(s snapshot)
}

// newView is the view that suits a writer: a picture that changes for a
// terminal, a line for each transition for everything else.
func newView(w io.Writer) view {
	if fd, ok := term.TerminalOf(w); ok {
		return &picture{screen: term.NewScreen(w, fd), out: w}
	}
	return &story{out: w, told: newTransitions()}
}

type picture struct {
	screen term.Screen
	out    io.Writer
}

func (p *picture) show(s snapshot, notice string) {
	lines := term.StyleOf(p.out).Paint(tree(s))
	if notice != "" {
		lines = append(lines, term.Clip(notice, term.StyleOf(p.out).Width))
	}
	p.screen.Draw(lines)
}

func (p *picture) Last(s snapshot) { p.screen.Last(term.StyleOf(p.out).Paint(tree(s))) }

type story struct {
	out    io.Writer
	told   *transitions
	notice string
}

func (v *story) show(s snapshot, notice string) {
	for _, l := range v.told.news(s) {
		fmt.Fprintln(v.out, l)
	}
	gist := withoutDigits(notice) // or each second of waiting would be a line
	if gist != v.notice && notice != "" {
		fmt.Fprintln(v.out, notice)
	}
	v.notice = gist
}

func (v *story) Last(s snapshot) { v.show(s, "") }

// watch follows a run until it has ended or waits for a person, and returns what is known
// then. When ctx ends, because the user wants no more, it returns ctx's error.
func watch(ctx context.Context, engine client.Client, workflow, run string, v view) (snapshot, error) {
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
		case s.ended() || s.waitsForPerson():
			v.Last(s)
			return s, nil
		}
		v.show(s, w.notice)
		select {
		case <-ctx.Done():
			return s, ctx.Err()
		case <-tick.C:
		}
	}
}

// watcher remembers between two looks what has not been told anew.
type watcher struct {
	engine        client.Client
	workflow, run string
	snapshot      snapshot
	seen          time.Time // when the engine answered last
	told          time.Time // when a worker told the ledger last
	notice        string    // why there is no news
}

// look takes a new snapshot. An engine that is away for a moment is no error.
func (w *watcher) look(ctx context.Context) (snapshot, error) {
	s, err := describe(ctx, w.engine, w.workflow, w.run)
	if err != nil {
		return w.away(err)
	}
	s.ledger = w.snapshot.ledger
	w.seen, w.run = time.Now(), s.run // stay with this run if another follows
	if w.told.IsZero() {
		w.told = w.seen
	}
	ledger, err := askLedger(ctx, w.engine, w.workflow, w.run)
	if err == nil {
		s.ledger, w.told, w.notice = ledger, time.Now(), ""
	} else if time.Since(w.told) > idleAfter {
		w.notice = w.idle(ctx, s, err)
	}
	if s.ended() && err == nil && !ledger.State.Final() {
		s.ledger = ledger // terminated or timed out: as far as it came
	}
	w.snapshot = s
	return s, nil
}

// away decides about an engine that does not answer.
func (w *watcher) away(err error) (snapshot, error) {
	var missing *serviceerror.NotFound
	if errors.As(err, &missing) || time.Since(w.seen) > engineGone {
		return w.snapshot, err
	}
	w.notice = fmt.Sprintf("the engine has not answered for %s: %s", term.Duration(time.Since(w.seen)), term.OneLine(err.Error()))
	return w.snapshot, nil
}

// idle says why no worker tells the ledger.
func (w *watcher) idle(ctx context.Context, s snapshot, why error) string {
	ctx, cancel := context.WithTimeout(ctx, engineTimeout)
	defer cancel()
	queue, err := w.engine.DescribeTaskQueue(ctx, s.queue, enumspb.TASK_QUEUE_TYPE_WORKFLOW)
	if err == nil && len(queue.GetPollers()) == 0 {
		return fmt.Sprintf("no worker serves task queue %s; start `novaflow-worker`", s.queue)
	}
	if !s.waiting.IsZero() && time.Since(s.waiting) > idleAfter {
		return fmt.Sprintf("no worker has taken up the run for %s; is a `novaflow-worker` running for task queue %s?", term.Duration(time.Since(s.waiting)), s.queue)
	}
	if beforeFlow(why) {
		return lookingUp(s)
	}
	return fmt.Sprintf("no worker told the ledger (%s); is a `novaflow-worker` running for task queue %s?", term.OneLine(why.Error()), s.queue)
}

// beforeFlow reports whether a run has no ledger yet, as it still looks at the cloud to
// know what its tasks will be.
func beforeFlow(why error) bool {
	var failed *serviceerror.QueryFailed
	return errors.As(why, &failed) && strings.HasPrefix(failed.Message, "unknown queryType")
}

// lookingUp says what a run does that has no tasks yet, and what keeps it.
func lookingUp(s snapshot) string {
	if s.ended() {
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
