package draw

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"novaflow/saga/internal/graph"
	"novaflow/saga/ledger"
)

// Drawing is what Mermaid and DOT show of a flow or of a run.
type Drawing struct {
	whole  *box // the flow itself: its tasks and scopes
	nodes  []node
	arrows []arrow
}

// box is a scope, or the flow itself.
type box struct {
	id    string   // "" for the flow itself
	lines []string // path, then what holds for it
	nodes []int
	boxes []*box
}

// node is a task.
type node struct {
	id     string
	lines  []string // path, then what is known about it
	state  ledger.TaskState
	pivot  bool
	noUndo bool
}

// arrow leads from a task to a task, or to a scope, that waits for it.
type arrow struct {
	from  int
	to    int  // a task; where box is set, the first one in it
	box   *box // nil, or a scope
	label string
	order bool // no data runs along it
}

// first returns the first task in the box at any depth, or -1.
func (b *box) first() int {
	first := -1
	if len(b.nodes) > 0 {
		first = b.nodes[0]
	}
	for _, inner := range b.boxes {
		if i := inner.first(); i >= 0 && (first < 0 || i < first) {
			first = i
		}
	}
	return first
}

// Flow draws a flow, and the states of a run if there is a ledger. It leaves out tasks
// that were swapped out.
func Flow(f *graph.Flow, l *ledger.Ledger) *Drawing {
	d, boxes, known, nodes := &Drawing{}, map[string]*box{}, indexEntries(l), map[int]int{}
	for i, s := range f.Scopes {
		d.addBox(boxes, s.Path, i,
			slices.Concat([]string{s.Label()}, describePolicies(f, s), describeScopeOf(l, s.Path)))
	}
	for i, t := range f.Tasks {
		e, ok := known[t.Path]
		if !ok {
			e = &ledger.Entry{Task: t.Path, Summary: t.Summary, Activity: t.Do, Undo: t.Undo, NoUndo: t.NoUndo,
				Pivot: t.Pivot}
		}
		if !t.Swapped {
			nodes[i] = len(d.nodes)
			d.addNode(boxes[t.Scope.Path], e, describeConditions(t))
		}
	}
	for i, t := range f.Tasks {
		if to, ok := nodes[i]; ok {
			d.addArrows(f, nodes, t.Needs, t.When, arrow{to: to})
		}
	}
	for _, s := range f.Scopes {
		if b := boxes[s.Path]; b.first() >= 0 {
			d.addArrows(f, nodes, s.Needs, s.When, arrow{box: b, to: b.first()})
		}
	}
	return d
}

// addArrows adds an arrow for each need of a task or a scope.
func (d *Drawing) addArrows(f *graph.Flow, nodes map[int]int, needs []graph.Need, when *graph.Condition, to arrow) {
	for _, n := range needs {
		a := to
		a.from, a.order = nodes[n.Task], !n.Result
		if n.Result {
			a.label = resultType(f.Tasks[n.Task])
		}
		if when != nil && slices.ContainsFunc(when.Needs, func(w graph.Need) bool { return w.Task == n.Task }) {
			a.label = strings.TrimSpace(a.label + " (condition)")
		}
		d.arrows = append(d.arrows, a)
	}
}

// Ledger draws a run of which only the ledger is known, because the code of its flow may
// be gone. It cannot distinguish data from mere order.
func Ledger(l *ledger.Ledger) *Drawing {
	d, boxes, position := &Drawing{}, map[string]*box{}, map[string]int{}
	d.addBox(boxes, "", 0, append([]string{"flow " + l.Flow}, describeScopeOf(l, "")...))
	for i, s := range l.Scopes {
		if s.Scope != "" {
			d.addBox(boxes, s.Scope, i, append([]string{"scope " + s.Scope}, describeScopeOf(l, s.Scope)...))
		}
	}
	for i := range l.Tasks {
		d.addNode(findBox(boxes, l.Tasks[i].Task), &l.Tasks[i], nil)
		position[l.Tasks[i].Task] = i
	}
	for i, e := range l.Tasks {
		for _, need := range e.Needs {
			if from, ok := position[need]; ok {
				d.arrows = append(d.arrows, arrow{from: from, to: i})
			}
		}
	}
	return d
}

// indexEntries finds entries by the paths of their tasks. The ledger may be nil.
func indexEntries(l *ledger.Ledger) map[string]*ledger.Entry {
	known := map[string]*ledger.Entry{}
	if l != nil {
		for i := range l.Tasks {
			known[l.Tasks[i].Task] = &l.Tasks[i]
		}
	}
	return known
}

// addBox adds a scope to the one around it, which was added before.
func (d *Drawing) addBox(boxes map[string]*box, scope string, i int, lines []string) {
	b := &box{lines: lines}
	if scope == "" {
		d.whole = b
	} else {
		b.id = fmt.Sprintf("s%d", i)
		outer := findBox(boxes, scope)
		outer.boxes = append(outer.boxes, b)
	}
	boxes[scope] = b
}

// findBox returns the box that a task or a scope is in.
func findBox(boxes map[string]*box, p string) *box {
	for p = path.Dir(p); p != "."; p = path.Dir(p) {
		if b := boxes[p]; b != nil {
			return b
		}
	}
	return boxes[""]
}

// addNode adds a task to a scope.
func (d *Drawing) addNode(b *box, e *ledger.Entry, remarks []string) {
	i := len(d.nodes)
	d.nodes = append(d.nodes, node{
		id: fmt.Sprintf("t%d", i), lines: describeTask(e, remarks), state: e.State, pivot: e.Pivot,
		noUndo: e.Undo == "",
	})
	b.nodes = append(b.nodes, i)
}
