package saga

import (
	"fmt"
	"strings"

	"novaflow/saga/ledger"
)

// Mermaid draws the flow as a Mermaid flowchart: a box for each task with its
// activity and its undo, a solid arrow for data with its type, a dashed one for
// mere order, and a frame with its policies for each scope. The drawing of a
// flow is always the same.
//
// Mermaid refuses drawings of more than 500 arrows: use [Flow.DOT] for those.
func (f *Flow) Mermaid() string { return drawFlow(f.root.graph, nil).Mermaid() }

// LiveMermaid is Mermaid with the state of each task of a run, and its colour.
func (f *Flow) LiveMermaid(l *Ledger) string { return drawFlow(f.root.graph, l).Mermaid() }

// Drawing is what can be drawn: a [Flow], or a ledger as [DrawLedger] sees it.
type Drawing interface {
	Mermaid() string
	DOT() string
}

// DrawLedger draws a run from its ledger alone. Unlike [Flow.LiveMermaid] it needs
// no flow, and knows neither the policies of scopes nor what runs along the
// arrows.
func DrawLedger(l *Ledger) Drawing { return drawLedger(l) }

// colours are what the states of tasks look like. They are readable on dark and
// on light paper.
var colours = map[TaskState]struct{ fill, line, text string }{
	TaskPending:       {"#f6f8fa", "#8c959f", "#57606a"},
	TaskRunning:       {"#ddf4ff", "#0969da", "#0a3069"},
	TaskSuccess:       {"#dafbe1", "#1a7f37", "#0f3d1a"},
	TaskFailure:       {"#ffebe9", "#cf222e", "#82071e"},
	TaskSkipped:       {"#ffffff", "#8c959f", "#57606a"},
	TaskReverting:     {"#fff8c5", "#9a6700", "#633c01"},
	TaskReverted:      {"#fff1e5", "#bc4c00", "#762c00"},
	TaskRevertFailure: {"#cf222e", "#82071e", "#ffffff"},
	TaskAbandoned:     {"#6e7781", "#24292f", "#ffffff"},
}

// Mermaid writes the drawing as a Mermaid flowchart.
func (d *drawing) Mermaid() string {
	var b strings.Builder
	fmt.Fprintf(&b, "---\ntitle: %s\nconfig:\n  flowchart:\n    wrappingWidth: 400\n---\nflowchart TD\n", yamlText(strings.Join(d.whole.lines, ", ")))
	d.mermaidBox(&b, d.whole, "  ")
	for _, a := range d.arrows {
		shaft, label, to := "-->", "", d.nodes[a.to].id
		if a.order {
			shaft = "-.->"
		}
		if a.label != "" {
			label = "|" + mermaidText(a.label) + "|"
		}
		if a.box != nil {
			to = a.box.id
		}
		fmt.Fprintf(&b, "  %s %s%s %s\n", d.nodes[a.from].id, shaft, label, to)
	}
	d.mermaidStyles(&b)
	return b.String()
}

// mermaidBox writes the tasks and scopes in a box. Scopes without tasks are
// left out: Mermaid would draw them as tasks.
func (d *drawing) mermaidBox(b *strings.Builder, in *box, indent string) {
	for _, i := range in.nodes {
		n := d.nodes[i]
		open, shut := "[", "]"
		if n.pivot {
			open, shut = "[[", "]]"
		}
		fmt.Fprintf(b, "%s%s%s%s%s", indent, n.id, open, mermaidText(n.lines...), shut)
		if class := d.class(n); class != "" {
			fmt.Fprintf(b, ":::%s", class)
		}
		b.WriteByte('\n')
	}
	for _, inner := range in.boxes {
		if inner.first() < 0 {
			continue
		}
		fmt.Fprintf(b, "%ssubgraph %s [%s]\n", indent, inner.id, mermaidText(inner.lines[0]))
		if holds := inner.lines[1:]; len(holds) > 0 { // a note, because a title has room for one line
			fmt.Fprintf(b, "%s  %sn>%s]:::note\n", indent, inner.id, mermaidText(holds...))
		}
		d.mermaidBox(b, inner, indent+"  ")
		fmt.Fprintf(b, "%send\n", indent)
	}
}

// class is what a task looks like.
func (d *drawing) class(n node) string {
	switch {
	case n.state != "":
		return string(n.state)
	case n.pivot:
		return "pivot"
	case n.noUndo:
		return "noUndo"
	}
	return ""
}

// mermaidStyles defines the looks that are used.
func (d *drawing) mermaidStyles(b *strings.Builder) {
	used := map[string]bool{}
	for _, n := range d.nodes {
		used[d.class(n)] = true
	}
	if strings.Contains(b.String(), ":::note\n") {
		b.WriteString("  classDef note stroke-width:0px\n")
	}
	if used["noUndo"] {
		b.WriteString("  classDef noUndo stroke-dasharray:4 3\n")
	}
	if used["pivot"] {
		b.WriteString("  classDef pivot stroke-width:4px\n")
	}
	for _, s := range ledger.TaskStates {
		if c := colours[s]; used[string(s)] {
			fmt.Fprintf(b, "  classDef %s fill:%s,stroke:%s,color:%s\n", s, c.fill, c.line, c.text)
		}
	}
}

// mermaidText quotes the lines of a label. What Mermaid, Markdown or HTML could
// read as something else is written as a number.
func mermaidText(lines ...string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i, l := range lines {
		if i > 0 {
			b.WriteString("<br/>")
		}
		for _, r := range l {
			if r < ' ' || strings.ContainsRune("\"#&<>`\\*~:|[]{}@$%", r) {
				fmt.Fprintf(&b, "#%d;", r)
			} else {
				b.WriteRune(r)
			}
		}
	}
	b.WriteByte('"')
	return b.String()
}

// yamlText quotes a text for the front matter.
func yamlText(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", " ", "\r", " ", "\t", " ").Replace(s) + `"`
}
