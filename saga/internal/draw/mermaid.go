package draw

import (
	"fmt"
	"strings"

	"novaflow/saga/ledger"
)

// colours are what the states of tasks look like. They are readable on dark and
// on light paper.
var colours = map[ledger.TaskState]struct{ fill, line, text string }{
	ledger.TaskPending:       {"#f6f8fa", "#8c959f", "#57606a"},
	ledger.TaskRunning:       {"#ddf4ff", "#0969da", "#0a3069"},
	ledger.TaskSuccess:       {"#dafbe1", "#1a7f37", "#0f3d1a"},
	ledger.TaskFailure:       {"#ffebe9", "#cf222e", "#82071e"},
	ledger.TaskSkipped:       {"#ffffff", "#8c959f", "#57606a"},
	ledger.TaskReverting:     {"#fff8c5", "#9a6700", "#633c01"},
	ledger.TaskReverted:      {"#fff1e5", "#bc4c00", "#762c00"},
	ledger.TaskRevertFailure: {"#cf222e", "#82071e", "#ffffff"},
	ledger.TaskAbandoned:     {"#6e7781", "#24292f", "#ffffff"},
}

// Mermaid writes the drawing as a Mermaid flowchart.
func (d *Drawing) Mermaid() string {
	var b strings.Builder
	fmt.Fprintf(&b, "---\ntitle: %s\nconfig:\n  flowchart:\n    wrappingWidth: 400\n---\nflowchart TD\n",
		yamlText(strings.Join(d.whole.lines, ", ")))
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
func (d *Drawing) mermaidBox(b *strings.Builder, in *box, indent string) {
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
		if holds := inner.lines[1:]; len(holds) > 0 { // a note, because a title takes one line
			fmt.Fprintf(b, "%s  %sn>%s]:::note\n", indent, inner.id, mermaidText(holds...))
		}
		d.mermaidBox(b, inner, indent+"  ")
		fmt.Fprintf(b, "%send\n", indent)
	}
}

// class names the look of a task.
func (d *Drawing) class(n node) string {
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
func (d *Drawing) mermaidStyles(b *strings.Builder) {
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
