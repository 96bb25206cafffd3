package draw

import (
	"fmt"
	"strings"
)

// DOT writes the drawing in the language of Graphviz.
func (d *Drawing) DOT() string {
	var b strings.Builder
	b.WriteString("digraph flow {\n  compound=true;\n  labelloc=t;\n")
	fmt.Fprintf(&b, "  label=%s;\n", dotText(d.whole.lines...))
	b.WriteString("  fontname=\"sans-serif\";\n  fontsize=11;\n  node [shape=box, style=rounded, " +
		"fontname=\"sans-serif\", fontsize=11];\n  edge [fontname=\"sans-serif\", fontsize=9];\n")
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
		fmt.Fprintf(&b, "  %s -> %s%s;\n", d.nodes[a.from].id, d.nodes[a.to].id, dotAttributes(looks))
	}
	b.WriteString("}\n")
	return b.String()
}

// dotBox writes the tasks and scopes in a box.
func (d *Drawing) dotBox(b *strings.Builder, in *box, indent string) {
	for _, i := range in.nodes {
		n := d.nodes[i]
		fmt.Fprintf(b, "%s%s%s;\n", indent, n.id,
			dotAttributes(append([]string{"label=" + dotText(n.lines...)}, n.dotLooks()...)))
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

// dotLooks returns the attributes of a task's box.
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

// dotAttributes writes a list of attributes, or nothing for an empty one.
func dotAttributes(list []string) string {
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
