package saga_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"novaflow/saga"
)

func TestAllMistakesOfAFlowAreReportedTogether(t *testing.T) {
	other := saga.NewFlow("other")
	foreign := add(other, "foreign")
	f := saga.NewFlow("Bad Name", saga.Deadline(-time.Second))
	base := add(f, "base")
	add(f, "base")
	add(f, "a/b")
	saga.Add(f, "stolen", makes, foreign)
	saga.Add(f, "mixed", makes, saga.From2(base, foreign, func(a, _ thing) thing { return a }))
	saga.Add(f, "behind", makes, base, saga.After(foreign))
	saga.Add(f, "empty", saga.Action[thing, thing]{}, base)
	saga.Add(f, "silent", saga.Do(worldOf.Make).NoUndo(" "), base)
	saga.Add(f, "inputless", makes, saga.Ref[thing]{})
	err := f.Validate()
	require.Error(t, err)
	for _, want := range []string{
		`flow "Bad Name": the name must match`,
		"flow Bad Name: a deadline of -1s has passed before it begins",
		"task base: the name is taken",
		`task "a/b": the name must match`,
		"task stolen: the input comes from other",
		"task mixed: the input comes from two flows at once",
		"task behind: After names a task of other",
		"task empty: the action is empty",
		"task silent: activity Make has no undo and gives no reason",
		"task inputless: the input is an empty ref",
	} {
		require.ErrorContains(t, err, want)
	}
	require.Len(t, strings.Split(err.Error(), "\n"), 10, "and nothing else")
}

func TestAFlowWithoutTasksIsRefused(t *testing.T) {
	require.ErrorContains(t, saga.NewFlow("nothing").Validate(), "flow nothing has no tasks")
}

func TestAForwardOnlyFlowTakesNoUndo(t *testing.T) {
	f := saga.NewFlow("delete", saga.ForwardOnly("deleting is the point"))
	add(f, "made")
	require.ErrorContains(t, f.Validate(), "task made: it has an undo, but the flow only goes forward")
}

func TestAMarkIsReadBackAsItWasWritten(t *testing.T) {
	m, ok := saga.ParseMark("novaflow:0a1b/port-0#1")
	require.True(t, ok)
	require.Equal(t, "0a1b", m.Run())
	require.Equal(t, "port-0", m.Task())
	for _, text := range []string{"", "novaflow:", "novaflow:run", "novaflow:run/", "nova flow:run/task#1",
		"my web server", "novaflow:/task#1"} {
		_, ok := saga.ParseMark(text)
		require.False(t, ok, "%q is no mark", text)
	}
}

// Nova refuses tags that are longer than 60 characters or hold '/' or ','.
func TestADigestFitsANovaTag(t *testing.T) {
	m := saga.Mark("novaflow:" + strings.Repeat("x", 300) + "/task#1")
	require.LessOrEqual(t, len(m.Digest()), 60)
	require.NotContains(t, m.Digest(), "/")
	require.NotContains(t, m.Digest(), ",")
	require.NotEqual(t, m.Digest(), saga.Mark("novaflow:y/task#1").Digest())
}

func generic[T any](_ context.Context, in T) (T, error) { return in, nil }

// Found by writing flows: each of these passed the check and failed each run.
func TestMistakesThatOnlyARunUsedToShow(t *testing.T) {
	for text, build := range map[string]func(f *saga.Flow) saga.Ref[thing]{
		"task x: the action is empty": func(f *saga.Flow) saga.Ref[thing] {
			return saga.Add(f, "x", saga.Read(generic[thing]), saga.Value(thing{}))
		},
		"task y: the action is empty": func(f *saga.Flow) saga.Ref[thing] {
			return saga.Add(f, "y", saga.Read(func(context.Context, thing) (thing, error) { return thing{}, nil }),
				saga.Value(thing{}))
		},
		"the flow's result is the result of maybe, which a condition may skip": func(f *saga.Flow) saga.Ref[thing] {
			return saga.Add(f, "maybe", makes, saga.Value(thing{}), saga.When(add(f, "base"), yes))
		},
		"task z: the input is an empty ref": func(f *saga.Flow) saga.Ref[thing] {
			return saga.Add(f, "z", makes,
				saga.From2(saga.Ref[thing]{}, add(f, "base"), func(a, _ thing) thing { return a }))
		},
		"the flow's result is not a ref of this flow": func(f *saga.Flow) saga.Ref[thing] {
			add(f, "base")
			return saga.Ref[thing]{}
		},
	} {
		d := saga.Define("careless", func(int) (*saga.Flow, saga.Ref[thing]) {
			f := saga.NewFlow("careless")
			return f, build(f)
		})
		require.ErrorContains(t, saga.Check(d.With(1)), text)
	}
}

func TestAChildScopeNeedsADefinition(t *testing.T) {
	p := newPlay(t)
	p.env.ExecuteWorkflow(flowOf(func() (*saga.Flow, saga.Ref[thing]) {
		f := saga.NewFlow("undefined")
		return f, add(f.Scope("in", saga.AsChild()), "x")
	}))
	require.ErrorContains(t, p.env.GetWorkflowError(), "scope in: AsChild needs a flow that is run by its Definition")
}
