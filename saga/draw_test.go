package saga_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"novaflow/saga"
)

var update = flag.Bool("update", false, "write the golden files and generated pages anew")

// golden compares a text with a file in testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(file, []byte(got), 0o600))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err, "run with -update to write it")
	require.Equal(t, string(want), got, "run with -update if the new one is right")
}

// house has everything that a drawing must show.
func house() *saga.Flow {
	f := saga.NewFlow("house", saga.Deadline(90*time.Minute), saga.FailurePolicy(saga.OnFailureHold))
	zones := saga.Add(f, "zones", looks, saga.Value(thing{Name: "zones"}), saga.Summary(`all "zones" <of> #1 & more`))
	inZone, zone := saga.ForEachRef(f, "zone", saga.From(zones, func(t thing) []string { return t.Of }),
		saga.Deadline(30*time.Second))
	ground := saga.Add(inZone, "ground", makes, saga.From(zone, func(z string) thing { return thing{Name: z} }))
	rooms := inZone.Scope("rooms", saga.MaxConcurrent(2), saga.AwaitSiblings(), saga.Retrying(saga.Times(3)),
		saga.UndoneTogether(worldOf.UnmakeAll, saga.Options{}))
	kitchen := add(rooms, "kitchen", ground)
	add(rooms, "bath", ground)
	garden := f.Scope("garden", saga.WhenScope(kitchen, func(thing) bool { return true }))
	tree := add(garden, "tree")
	pond := saga.Add(f, "pond", makes, saga.Value(thing{Name: "pond"}),
		saga.When(kitchen, func(thing) bool { return false }))
	key := saga.Add(f, "key", makes, saga.From(kitchen, func(t thing) thing { return t }), saga.Pivot(),
		saga.After(tree))
	saga.Add(f, "moved-in", looks, saga.From2(key, saga.Optional(pond), func(k thing, _ *thing) thing { return k }))
	f.Scope("empty")
	return f
}

// forward is a flow that deletes.
func forward() *saga.Flow {
	f := saga.NewFlow("gone", saga.ForwardOnly("what is gone stays gone"))
	removes := saga.Do(worldOf.Make).NoUndo("it removes")
	first := saga.Add(f, "first", removes, saga.Value(thing{Name: "first"}))
	saga.Add(f, "second", removes, saga.Value(thing{Name: "second"}), saga.After(first))
	return f
}

func TestDrawingsOfPlans(t *testing.T) {
	square, _ := diamond()
	for name, f := range map[string]*saga.Flow{"diamond": square, "house": house(), "forward": forward()} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, f.Validate())
			golden(t, name+".mmd", f.Mermaid())
			golden(t, name+".dot", f.DOT())
			require.Equal(t, f.Mermaid(), f.Mermaid(), "a drawing is always the same")
		})
	}
}

// troubled is the ledger of a run of house in which much went wrong.
func troubled() *saga.Ledger {
	l := &saga.Ledger{Flow: "house", Run: "run-1", State: saga.RunStuck,
		Cause: `task key failed: the "lock" is | broken`}
	state := func(task string, s saga.TaskState, needs ...string) *saga.Entry {
		l.Tasks = append(l.Tasks,
			saga.Entry{Task: task, State: s, Activity: "Make", Undo: "Unmake", Attempt: 1, Needs: needs})
		return &l.Tasks[len(l.Tasks)-1]
	}
	zones := state("zones", saga.TaskSuccess)
	zones.Undo, zones.NoUndo, zones.Activity = "", "read-only", "Look"
	state("zone/ground", saga.TaskReverting, "zones").Attempt = 2
	e := state("zone/rooms/kitchen", saga.TaskRevertFailure, "zones", "zone/ground")
	e.UndoError, e.Attempt = "409 Conflict:\nport is in use", 3
	state("zone/rooms/bath", saga.TaskReverted, "zones", "zone/ground")
	state("garden/tree", saga.TaskAbandoned, "zone/rooms/kitchen")
	state("pond", saga.TaskSkipped, "zone/rooms/kitchen")
	e = state("key", saga.TaskFailure, "zone/rooms/kitchen", "garden/tree")
	e.Pivot, e.Error = true, `the "lock" is | broken; see <https://example.org/a#b>`
	state("moved-in", saga.TaskPending, "pond", "key")
	l.Scopes = []saga.ScopeInfo{{Attempt: 1}, {Scope: "zone", Attempt: 2}, {Scope: "zone/rooms", Attempt: 1},
		{Scope: "garden", Attempt: 1}, {Scope: "empty", Attempt: 1}}
	return l
}

func TestLiveDrawings(t *testing.T) {
	f, l := house(), troubled()
	golden(t, "house-live.mmd", f.LiveMermaid(l))
	golden(t, "house-live.dot", f.LiveDOT(l))
	golden(t, "house-ledger.mmd", saga.DrawLedger(l).Mermaid())
	golden(t, "house-ledger.dot", saga.DrawLedger(l).DOT())
}

// A ledger that an older version has written may lack tasks and scopes.
func TestALedgerThatDoesNotFitTheFlowIsDrawnAllTheSame(t *testing.T) {
	f, l := house(), troubled()
	l.Tasks, l.Scopes = l.Tasks[2:3], nil
	require.Contains(t, f.LiveMermaid(l), "REVERT_FAILURE, attempt 3")
	require.Contains(t, f.LiveMermaid(l), "moved-in")
	require.Contains(t, saga.DrawLedger(l).Mermaid(), "zone/rooms/kitchen")
	require.Contains(t, saga.DrawLedger(&saga.Ledger{Flow: "none"}).DOT(), "flow none")
}

// Every text that could end a label early is written another way.
func TestTextsCannotBreakOutOfADrawing(t *testing.T) {
	plain := &saga.Ledger{Flow: "f", Tasks: []saga.Entry{{Task: "t"}}}
	for _, text := range []string{`"`, "`", "<b>", `\`, "a\"]\nend", "#quot;", "]]", "|x|", "};", "%%{init}%%"} {
		l := &saga.Ledger{Flow: "f", Cause: text, Tasks: []saga.Entry{{Task: "t", Summary: text, Error: text}}}
		label := strings.ReplaceAll(between(t, saga.DrawLedger(l).Mermaid(), `t0["`, `"]:::noUndo`), "<br/>", "")
		require.False(t, strings.ContainsAny(label, "\"<>`\\[]{}|%\n"), label)
		require.False(t, regexp.MustCompile(`#\D`).MatchString(label), "only our own entities: %s", label)
		quotes := strings.Count(strings.NewReplacer(`\\`, "", `\"`, "").Replace(saga.DrawLedger(l).DOT()), `"`)
		require.Equal(t, strings.Count(saga.DrawLedger(plain).DOT(), `"`), quotes, saga.DrawLedger(l).DOT())
	}
}

// between is the part of the text between two others.
func between(t *testing.T, text, from, to string) string {
	t.Helper()
	_, text, ok := strings.Cut(text, from)
	require.True(t, ok, "%s does not begin", from)
	text, _, ok = strings.Cut(text, to)
	require.True(t, ok, "%s does not end: %s", to, text)
	return text
}

func ExampleFlow_Mermaid() {
	f := saga.NewFlow("pair")
	first := saga.Add(f, "first", makes, saga.Value(thing{Name: "first"}))
	saga.Add(f, "second", makes, first)
	fmt.Print(f.Mermaid())
	// Output:
	// ---
	// title: "flow pair, deadline 1h"
	// config:
	//   flowchart:
	//     wrappingWidth: 400
	// ---
	// flowchart TD
	//   t0["first<br/>Make<br/>undo Unmake"]
	//   t1["second<br/>Make<br/>undo Unmake"]
	//   t0 -->|"thing"| t1
}
