package ledger

import (
	"fmt"
	"strings"
	"time"
)

var stateWords = map[TaskState]string{
	TaskPending: "waiting", TaskRunning: "running", TaskSuccess: "done", TaskFailure: "failed", TaskSkipped: "skipped",
	TaskReverting: "undoing", TaskReverted: "undone", TaskRevertFailure: "undo fails", TaskAbandoned: "undo given up",
}

// Word names the state of a task for people.
func (s TaskState) Word() string { return stateWords[s] }

// Branch is the place of one task in the tree of a run.
type Branch struct {
	Entry int      // position in Ledger.Tasks
	Lead  string   // drawing before the task's own line
	Rest  string   // drawing before further lines of the task
	Also  []string // other tasks it waits for, not above it in the tree

	depth int // in the tree, counted from 1
}

// deepest is how many tasks are drawn below each other before the tree goes on
// at the same depth, so that a long chain does not run out of the page.
const deepest = 16

// Branches draws the graph of tasks as a tree: each task below the need that is
// deepest, because that is what it waits for longest.
func (l *Ledger) Branches() []Branch {
	g := newTreeGraph(l.Tasks)
	out := make([]Branch, 0, len(l.Tasks))
	var place func(i int, indent string, last bool)
	place = func(i int, indent string, last bool) {
		b := Branch{Entry: i, Lead: indent + "├─ ", Rest: indent + "│  ", Also: g.unseen(i), depth: g.depth[i]}
		if last {
			b.Lead, b.Rest = indent+"└─ ", indent+"   "
		}
		out = append(out, b)
		for n, child := range g.children[i] {
			place(child, b.Rest, n == len(g.children[i])-1)
		}
	}
	for n, root := range g.roots {
		place(root, "", n == len(g.roots)-1)
	}
	return out
}

// treeGraph is what drawing a tree has to know about the tasks.
type treeGraph struct {
	tasks    []Entry
	index    map[string]int
	depth    []int // counted from 1; 0: not placed yet
	parent   []int // -1 for a root
	children [][]int
	roots    []int
}

func newTreeGraph(tasks []Entry) *treeGraph {
	g := &treeGraph{
		tasks: tasks, index: make(map[string]int, len(tasks)), depth: make([]int, len(tasks)),
		parent: make([]int, len(tasks)), children: make([][]int, len(tasks)),
	}
	for i, t := range tasks {
		g.index[t.Task] = i
	}
	for i := range tasks {
		g.place(i)
	}
	for i, p := range g.parent {
		if p < 0 {
			g.roots = append(g.roots, i)
		} else {
			g.children[p] = append(g.children[p], i)
		}
	}
	return g
}

// place finds the parent of a task, after those of its needs: a task that was
// inserted before another may come after it in the ledger.
func (g *treeGraph) place(i int) {
	if g.depth[i] > 0 {
		return
	}
	g.depth[i], g.parent[i] = 1, -1
	for _, name := range g.tasks[i].Needs {
		need, ok := g.index[name]
		if !ok {
			continue
		}
		g.place(need)
		if g.depth[need]+1 > g.depth[i] {
			g.depth[i], g.parent[i] = g.depth[need]+1, need
		}
	}
	if g.depth[i] > deepest {
		g.depth[i], g.parent[i] = deepest, g.parent[g.parent[i]]
	}
}

// unseen lists the needs of a task that are not above it in the tree.
func (g *treeGraph) unseen(i int) (names []string) {
	for _, need := range g.tasks[i].Needs {
		seen := false
		for p := g.parent[i]; p >= 0 && !seen; p = g.parent[p] {
			seen = g.tasks[p].Task == need
		}
		if !seen {
			names = append(names, need)
		}
	}
	return names
}

// Tree renders the run for people: a headline, then a line for each task below
// what it waited for, with its state and how long it took, and its errors
// below it. It stays under 19,000 bytes, which the engine takes as current
// details: tasks that wait or are done are left out first, and counted.
func (l *Ledger) Tree() string { return l.TreeOf(l.Branches(), DetailsLimit) }

// TreeOf does what Tree does, for callers that keep the branches. These never change in a
// run, and finding them costs more than writing the tree.
func (l *Ledger) TreeOf(branches []Branch, limit int) string {
	if len(branches) <= limit/usualLine {
		if text, ok := l.wholeTree(branches, limit); ok {
			return text
		}
	}
	var b strings.Builder
	b.WriteString(l.headline())
	left := map[TaskState]int{}
	for i, kept := range l.trouble(branches) {
		if kept {
			if text := l.treeLines(branches[i]); b.Len()+len(text) <= limit-roomForRest {
				b.WriteString(text)
				continue
			}
		}
		left[l.Tasks[branches[i].Entry].State]++
	}
	b.WriteString(leftOut(left))
	return b.String()
}

const (
	usualLine   = 40  // bytes that a task takes in the tree
	roomForRest = 300 // bytes for the line that counts what is not shown
)

// wholeTree writes the tree with all tasks, unless it is too long.
func (l *Ledger) wholeTree(branches []Branch, limit int) (string, bool) {
	var b strings.Builder
	b.WriteString(l.headline())
	for _, branch := range branches {
		b.WriteString(l.treeLines(branch))
		if b.Len() > limit {
			return "", false
		}
	}
	return b.String(), true
}

// headline writes the first line of the tree.
func (l *Ledger) headline() string {
	text := fmt.Sprintf("%s %s", l.Flow, l.State)
	if l.Cause != "" {
		text += ": " + inALine(l.Cause)
	}
	return text + "\n"
}

// treeLines writes a task's own line, and those of its errors.
func (l *Ledger) treeLines(b Branch) string {
	e := &l.Tasks[b.Entry]
	text := b.Lead + e.Task + "  " + l.word(e)
	if e.Attempt > 1 {
		text += fmt.Sprintf(", attempt %d", e.Attempt)
	}
	if d := e.took(); d >= 0 {
		text += fmt.Sprintf("  %.1f s", d.Seconds())
	}
	for _, about := range []string{e.Summary, e.Note} {
		if about != "" {
			text += "  " + inALine(about)
		}
	}
	if e.State == TaskPending && len(b.Also) > 0 {
		text += "  also after " + inALine(strings.Join(b.Also, ", "))
	}
	text += "\n"
	if e.Error != "" {
		text += b.Rest + inALine(e.Error) + "\n"
	}
	if e.UndoError != "" {
		text += b.Rest + "undo: " + inALine(e.UndoError) + "\n"
	}
	return text
}

// word names the state of a task of this run for people.
func (l *Ledger) word(e *Entry) string {
	if e.State == TaskPending && l.Cause != "" && l.State != RunHeld {
		return "not begun"
	}
	return e.State.Word()
}

// took returns how long a task, or its undo if that was begun, has taken. It returns -1
// if it has not ended.
func (e *Entry) took() time.Duration {
	from, to := e.Started, e.Ended
	if !e.Undoing.IsZero() {
		from, to = e.Undoing, e.Undone
	}
	if from.IsZero() || to.IsZero() {
		return -1
	}
	return to.Sub(from)
}

// trouble marks the branches that people must see: those in which something
// goes on or went wrong, and what is above them.
func (l *Ledger) trouble(branches []Branch) []bool {
	kept := make([]bool, len(branches))
	var above [deepest + 1]int // the branch at each depth
	for i, b := range branches {
		above[b.depth] = i
		switch l.Tasks[b.Entry].State {
		case TaskPending, TaskSuccess, TaskSkipped, TaskReverted:
			continue
		}
		for _, up := range above[1 : b.depth+1] {
			kept[up] = true
		}
	}
	return kept
}

// leftOut counts the tasks that are not shown.
func leftOut(tasks map[TaskState]int) string {
	var parts []string
	for _, s := range TaskStates {
		if n := tasks[s]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, s.Word()))
		}
	}
	return "not shown: " + strings.Join(parts, ", ") + "\n"
}

// inALine keeps a text from breaking out of its line, and cuts it between
// characters: the engine refuses half of one.
func inALine(s string) string { return OneLine(s, 400) }

// OneLine puts a text on one line, with at most so many characters.
func OneLine(s string, most int) string {
	if len(s) <= most && plainWords(s) {
		return s
	}
	runes := []rune(strings.Join(strings.Fields(s), " "))
	if len(runes) > most {
		return string(runes[:most-3]) + "..."
	}
	return string(runes)
}

// plainWords reports whether a text is on one line already, as most are: its
// white space is single spaces between words.
func plainWords(s string) bool {
	space := true
	for i := range len(s) {
		was := space
		space = s[i] == ' '
		if s[i] < ' ' || s[i] >= 0x7f || space && was {
			return false
		}
	}
	return !space || s == ""
}
