package sagatest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"novaflow/saga"
)

// MakeUnmarked has an identity that only its answer knows.
func (a *tasks) MakeUnmarked(_ context.Context, i saga.Intent[order]) (made, error) {
	return a.s.put(i.In.Name, fmt.Sprint("random:", rand.Uint64())), nil
}

// UnmakeKnown undoes MakeUnmarked as well as one can.
func (a *tasks) UnmakeKnown(_ context.Context, u saga.Undo[order, made]) error {
	if u.Out != nil {
		a.s.drop(u.Out.ID)
	}
	return nil
}

// MakeBlindly does not look for the mark first.
func (a *tasks) MakeBlindly(_ context.Context, i saga.Intent[order]) (made, error) {
	return a.s.put(i.In.Name, string(i.Mark)), nil
}

// MakeOnce fails when what it creates exists already.
func (a *tasks) MakeOnce(_ context.Context, i saga.Intent[order]) (made, error) {
	if len(a.s.find(marked(i.Mark))) > 0 {
		return made{}, errors.New("the name is taken")
	}
	return a.s.put(i.In.Name, string(i.Mark)), nil
}

// MakeTwo has two effects, one of which the undo knows.
func (a *tasks) MakeTwo(ctx context.Context, i saga.Intent[order]) (made, error) {
	if len(a.s.find(marked(i.Mark))) == 0 {
		a.s.put(i.In.Name+"-key", string(i.Mark)+"-key")
	}
	return a.Make(ctx, i)
}

// MakeSilently takes an error for success.
func (a *tasks) MakeSilently(ctx context.Context, i saga.Intent[order]) (made, error) {
	m, _ := a.Make(ctx, i)
	return m, nil
}

// MakeInstead deletes what has the name already.
func (a *tasks) MakeInstead(ctx context.Context, i saga.Intent[order]) (made, error) {
	a.s.drop(a.s.find(func(it *item) bool { return it.name == i.In.Name && it.mark != string(i.Mark) })...)
	return a.Make(ctx, i)
}

// LookAndMake has an effect that nobody was told of.
func (a *tasks) LookAndMake(_ context.Context, in order) (made, error) {
	if ids := a.s.find(func(it *item) bool { return it.name == "looked" }); len(ids) > 0 {
		return made{ids[0], "looked"}, nil
	}
	return a.s.put("looked", ""), nil
}

// UnmakeNothing leaves everything.
func (a *tasks) UnmakeNothing(context.Context, saga.Undo[order, made]) error { return nil }

// UnmakeOnce takes absence for an error.
func (a *tasks) UnmakeOnce(_ context.Context, u saga.Undo[order, made]) error {
	ids := a.s.find(marked(u.Mark))
	if len(ids) == 0 {
		return errors.New("not found")
	}
	a.s.drop(ids...)
	return nil
}

// UnmakeFirst expects at most one resource.
func (a *tasks) UnmakeFirst(_ context.Context, u saga.Undo[order, made]) error {
	if ids := a.s.find(marked(u.Mark)); len(ids) > 0 {
		a.s.drop(ids[0])
	}
	return nil
}

// UnmakeByResult cannot do without the answer, and says so.
func (a *tasks) UnmakeByResult(_ context.Context, u saga.Undo[order, made]) error {
	a.s.drop(u.Out.ID)
	return nil
}

// UnmakeByName takes whatever has the name.
func (a *tasks) UnmakeByName(_ context.Context, u saga.Undo[order, made]) error {
	a.s.drop(a.s.find(func(it *item) bool { return it.name == u.In.Name })...)
	return nil
}

// UnmakeLater returns when the deletion was accepted.
func (a *tasks) UnmakeLater(_ context.Context, u saga.Undo[order, made]) error {
	for _, id := range a.s.find(marked(u.Mark)) {
		a.s.mu.Lock()
		a.s.things[id].goes = time.Now().Add(secondLook / 2)
		a.s.mu.Unlock()
	}
	return nil
}

// UnmakeSilently takes an error of the world for success.
func (a *tasks) UnmakeSilently(_ context.Context, u saga.Undo[order, made]) error {
	if a.s.refusals++; a.s.refusals > 1 {
		a.s.drop(a.s.find(marked(u.Mark))...)
	}
	return nil
}

// sabotages are wrong flows, one for each bug that sagatest must name.
var sabotages = []struct {
	name    string
	subject action
	bug     Bug
}{
	{"undo that does nothing", saga.Do(nobody.Make).UndoneBy(nobody.UnmakeNothing), UndoDoesNothing},
	{"undo that takes an error for success", saga.Do(nobody.Make).UndoneBy(nobody.UnmakeSilently), UndoDoesNothing},
	{"undo that fails when the thing is absent", saga.Do(nobody.Make).UndoneBy(nobody.UnmakeOnce), UndoNotRepeatable},
	{"undo that passes over what it has no id of", saga.Do(nobody.Make).UndoneBy(nobody.UnmakeKnown), UndoNeedsResult},
	{"undo that panics without an id", saga.Do(nobody.Make).UndoneBy(nobody.UnmakeByResult), UndoNeedsResult},
	{"undo that takes whatever has the name", saga.Do(nobody.Make).UndoneBy(nobody.UnmakeByName), UndoTakesOthers},
	{"undo that does not wait until the thing is gone", saga.Do(nobody.Make).UndoneBy(nobody.UnmakeLater),
		UndoTooEarly},
	{"identity from a random number", saga.Do(nobody.MakeUnmarked).UndoneBy(nobody.UnmakeKnown), IdentityNotMark},
	{"create without look-up", saga.Do(nobody.MakeBlindly).UndoneBy(nobody.Unmake), MadeTwice},
	{"create without look-up, undo of one", saga.Do(nobody.MakeBlindly).UndoneBy(nobody.UnmakeFirst), MadeTwice},
	{"create that fails when repeated", saga.Do(nobody.MakeOnce).UndoneBy(nobody.Unmake), NotRepeatable},
	{"two effects in one task", saga.Do(nobody.MakeTwo).UndoneBy(nobody.Unmake), TwoEffects},
	{"effect in a task that only reads", saga.Read(nobody.LookAndMake), ReadHasEffect},
	{"effect that claims to need no undo", saga.Do(nobody.Make).NoUndo("it is only a small one"), EffectHasNoUndo},
	{"create that takes the place of what has the name", saga.Do(nobody.MakeInstead).UndoneBy(nobody.Unmake),
		TaskTakesOthers},
	{"success without effect", saga.Do(nobody.MakeSilently).UndoneBy(nobody.Unmake), EmptySuccess},
}

// A harness that passes everything proves nothing (compare omicron issue 3894).
func TestEveryBugIsFoundAndNamed(t *testing.T) {
	for _, s := range sabotages {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			r, _ := recordProve(t, Flow{Workflow: flowAround(s.subject), Input: order{"x"}, Pairs: -1},
				Start{Name: "clean", Open: openShelf},
				Start{Name: "trap", Open: openTrap, Sample: 20},
				Start{Name: "refusing", Open: openRefusing, Refuses: true})
			require.NotEmpty(t, *r.errors)
			all := strings.Join(*r.errors, "\n")
			require.Contains(t, all, "BUG: "+string(s.bug), "the bug must be named")
			require.Contains(t, all, "subject", "the task must be named")
			require.Contains(t, all, "this case alone: go test -run '^TestEveryBugIsFoundAndNamed$/")
		})
	}
}
