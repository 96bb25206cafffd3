package saga_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"novaflow/saga"
)

// The engine refuses such commands again and again, when there are effects already.
func TestOptionsThatTheEngineRefusesAreFoundWhenTheFlowIsChecked(t *testing.T) {
	for want, o := range map[string]saga.Options{
		"Timeout is -1s: give a positive time, or 0 for the default":             {Timeout: -time.Second},
		"HeartbeatTimeout is -1s: give a positive time, or 0 for the default":    {HeartbeatTimeout: -time.Second},
		"InitialInterval is -1s: give a positive time, or 0 for the default":     {InitialInterval: -time.Second},
		"MaximumInterval is -1s: give a positive time, or 0 for the default":     {MaximumInterval: -time.Second},
		"MaximumAttempts is -1: give 1 to 2147483647, or 0 for no bound":         {MaximumAttempts: -1},
		"MaximumAttempts is 2147483648: give 1 to 2147483647, or 0 for no bound": {MaximumAttempts: math.MaxInt32 + 1},
		"TaskQueue has 1001 bytes: the engine takes 1000":                        {TaskQueue: strings.Repeat("q", 1001)},
	} {
		require.Equal(t, "task x: options: "+want, refusal(func(f *saga.Flow, base saga.Ref[thing]) {
			saga.Add(f, "x", makes.With(o), base)
		}))
		require.Equal(t, "task x: options of the undo: "+want, refusal(func(f *saga.Flow, base saga.Ref[thing]) {
			saga.Add(f, "x", makes, base, saga.UndoRunWith(o))
		}))
		require.Equal(t, "scope in: options of UndoneTogether: "+want, refusal(func(f *saga.Flow, _ saga.Ref[thing]) {
			add(f.Scope("in", saga.UndoneTogether(worldOf.UnmakeAll, o)), "x")
		}))
		f := saga.NewFlow("archived", saga.ArchivedBy(shelfOf.Keep, o))
		add(f, "x")
		require.EqualError(t, f.Validate(), "flow archived: options of ArchivedBy: "+want)
	}
}

// The engine refuses the id of the activity, when there are effects already.
func TestAPathThatIsTooLongForTheEngineIsRefused(t *testing.T) {
	in := func(f *saga.Flow, deep int) *saga.Flow {
		for range deep {
			f = f.Scope(strings.Repeat("x", 94))
		}
		return f
	}
	require.Contains(t, refusal(func(f *saga.Flow, base saga.Ref[thing]) { add(in(f, 10), strings.Repeat("y", 20)) }),
		"the path has 970 bytes, and the engine's ids take 960: give shorter names, or fewer scopes around it")
	require.Empty(t, refusal(func(f *saga.Flow, base saga.Ref[thing]) { add(in(f, 10), strings.Repeat("y", 10)) }))
}
