package main

import "novaflow/saga"

// branch is the place of one task in the drawing of a run.
type branch struct {
	entry int      // index in the ledger
	lead  string   // drawing before the task's own line
	rest  string   // drawing before further lines of the task
	also  []string // tasks it waited for that the drawing does not show
}

// layout draws the graph of tasks as a tree: each task below the need that is
// deepest, because that is what it waits for longest. Needs that the tree does
// not imply are named.
func layout(tasks []saga.Entry) []branch {
	g := newGraph(tasks)
	var out []branch
	var place func(i int, indent string, last bool)
	place = func(i int, indent string, last bool) {
		b := branch{entry: i, lead: indent + "├─ ", rest: indent + "│  ", also: g.unseen(i)}
		if last {
			b.lead, b.rest = indent+"└─ ", indent+"   "
		}
		out = append(out, b)
		for n, child := range g.children[i] {
			place(child, b.rest, n == len(g.children[i])-1)
		}
	}
	for n, root := range g.roots {
		place(root, "", n == len(g.roots)-1)
	}
	return out
}

// graph is what layout has to know about the tasks.
type graph struct {
	tasks    []saga.Entry
	index    map[string]int
	parent   []int // -1 for a root
	children [][]int
	roots    []int
}

// newGraph relies on the ledger's order: a task comes after all its needs.
func newGraph(tasks []saga.Entry) *graph {
	g := &graph{tasks: tasks, index: map[string]int{}, parent: make([]int, len(tasks)), children: make([][]int, len(tasks))}
	depth := make([]int, len(tasks))
	for i, t := range tasks {
		g.index[t.Task] = i
		g.parent[i] = -1
		for _, name := range t.Needs {
			need, ok := g.index[name]
			if ok && depth[need]+1 > depth[i] {
				g.parent[i], depth[i] = need, depth[need]+1
			}
		}
		if p := g.parent[i]; p >= 0 {
			g.children[p] = append(g.children[p], i)
		} else {
			g.roots = append(g.roots, i)
		}
	}
	return g
}

// unseen lists the needs of a task that are not above it in the tree.
func (g *graph) unseen(i int) []string {
	above := map[string]bool{}
	for p := g.parent[i]; p >= 0; p = g.parent[p] {
		above[g.tasks[p].Task] = true
	}
	var names []string
	for _, need := range g.tasks[i].Needs {
		if !above[need] {
			names = append(names, need)
		}
	}
	return names
}
