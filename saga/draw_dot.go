package saga

import (
	"fmt"
	"strings"
)

// DOT draws the flow in the language of Graphviz, with the same contents as
// [Flow.Mermaid]; render it with `dot -Tsvg`.
func (f *Flow) DOT() string { return drawFlow(f.root.graph, nil).DOT() }

// LiveDOT is DOT with the state of each task of a run, and its colour.
func (f *Flow) LiveDOT(l *Ledger) string { return drawFlow(f.root.graph, l).DOT() }

// DOT writes the drawing in the language of Graphviz.
func (d *drawing) DOT() string {
	var b strings.Builder
	b.WriteString("digraph flow {\n  compound=true;\n  labelloc=t;\n")
	fmt.Fprintf(&b, "  label=%s;\n", dotText(d.whole.lines...))
	b.WriteString("  fontname=\"sans-serif\";\n  fontsize=11;\n  node [shape=box, style=rounded, fontname=\"sans-serif\", fontsize=11];\n  edge [fontname=\"sans-serif\", fontsize=9];\n")
	d.dotBox(&b, d.whole, "  ")
	for _, a := range d.arrows {
		var looks []string
		if a.label != "" {
			looks = append(looks, "label="+dotText(a.label))
		}
		if a.order {
			looks = append(looks, "style=dashed")
		}
		if a.box != nil {
			looks = append(looks, "lhead=cluster_"+a.box.id)
		}
		fmt.Fprintf(&b, "  %s -> %s%s;\n", d.nodes[a.from].id, d.nodes[a.to].id, attributes(looks))
	}
	b.WriteString("}\n")
	return b.String()
}

// dotBox writes the tasks and scopes in a box.
func (d *drawing) dotBox(b *strings.Builder, in *box, indent string) {
	for _, i := range in.nodes {
		n := d.nodes[i]
		fmt.Fprintf(b, "%s%s%s;\n", indent, n.id, attributes(append([]string{"label=" + dotText(n.lines...)}, n.dotLooks()...)))
	}
	for _, inner := range in.boxes {
		if inner.first() < 0 {
			continue
		}
		fmt.Fprintf(b, "%ssubgraph cluster_%s {\n%s  label=%s;\n", indent, inner.id, indent, dotText(inner.lines...))
		d.dotBox(b, inner, indent+"  ")
		fmt.Fprintf(b, "%s}\n", indent)
	}
}

// dotLooks is what a task looks like.
func (n node) dotLooks() (looks []string) {
	if n.pivot {
		looks = append(looks, "peripheries=2")
	}
	style := "rounded"
	if n.pivot {
		style = "solid" // rounded corners cannot be doubled
	}
	c, live := colours[n.state]
	switch {
	case live:
		return append(looks, fmt.Sprintf(`style="%s,filled"`, style),
			fmt.Sprintf("fillcolor=%q", c.fill), fmt.Sprintf("color=%q", c.line), fmt.Sprintf("fontcolor=%q", c.text))
	case n.noUndo && !n.pivot:
		return append(looks, `style="rounded,dashed"`)
	case n.pivot:
		return append(looks, "style=solid")
	}
	return looks
}

func attributes(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return " [" + strings.Join(list, ", ") + "]"
}

// dotText quotes the lines of a label.
func dotText(lines ...string) string {
	escape := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", " ", "\r", " ", "\x00", "")
	escaped := make([]string, len(lines))
	for i, l := range lines {
		escaped[i] = escape.Replace(l)
	}
	return `"` + strings.Join(escaped, `\n`) + `"`
}
