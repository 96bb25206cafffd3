package saga

import "novaflow/saga/internal/draw"

// Tasks lists the paths of the flow's tasks, in the order in which they were added.
func (f *Flow) Tasks() (paths []string) {
	for _, t := range f.root.graph.Tasks {
		if !t.Swapped {
			paths = append(paths, t.Path)
		}
	}
	return paths
}

// Step is what a flow says about one of its tasks before it runs.
type Step struct {
	Task     string   `json:"task"` // path
	Summary  string   `json:"summary,omitempty"`
	Activity string   `json:"activity"`
	Undo     string   `json:"undo,omitempty"`   // activity that undoes it
	NoUndo   string   `json:"noUndo,omitempty"` // why there is none
	Pivot    bool     `json:"pivot,omitempty"`
	After    []string `json:"after,omitempty"` // tasks that must be done before
}

// Steps lists the flow's tasks in an order in which each comes after all that it needs.
func (f *Flow) Steps() (steps []Step) {
	root := f.root.graph
	for _, i := range root.Order() {
		t := root.Tasks[i]
		if t.Swapped {
			continue
		}
		s := Step{Task: t.Path, Summary: t.Summary, Activity: t.Do, Undo: t.Undo, NoUndo: t.NoUndo, Pivot: t.Pivot}
		for _, n := range t.AllNeeds() {
			s.After = append(s.After, root.Tasks[n.Task].Path)
		}
		steps = append(steps, s)
	}
	return steps
}

// DOT draws the flow in the language of Graphviz, with the same contents as
// [Flow.Mermaid]; render it with `dot -Tsvg`.
func (f *Flow) DOT() string { return draw.Flow(f.root.graph, nil).DOT() }

// LiveDOT draws what DOT draws, with the state of each task of a run, and its colour.
func (f *Flow) LiveDOT(l *Ledger) string { return draw.Flow(f.root.graph, l).DOT() }

// Mermaid draws the flow as a Mermaid flowchart: a box for each task with its
// activity and its undo, a solid arrow for data with its type, a dashed one for
// mere order, and a frame with its policies for each scope. The drawing of a
// flow is always the same.
//
// Mermaid refuses drawings of more than 500 arrows: use [Flow.DOT] for those.
func (f *Flow) Mermaid() string { return draw.Flow(f.root.graph, nil).Mermaid() }

// LiveMermaid draws what Mermaid draws, with the state of each task of a run, and its
// colour.
func (f *Flow) LiveMermaid(l *Ledger) string { return draw.Flow(f.root.graph, l).Mermaid() }

// Drawing is what can be drawn: a [Flow], or a ledger; see [DrawLedger].
type Drawing interface {
	Mermaid() string
	DOT() string
}

// DrawLedger draws a run from its ledger alone. Unlike [Flow.LiveMermaid] it needs
// no flow, and knows neither the policies of scopes nor what runs along the
// arrows.
func DrawLedger(l *Ledger) Drawing { return draw.Ledger(l) }
