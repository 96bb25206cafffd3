package main

import (
	"strings"
	"unicode/utf8"
)

// tone is what a colour means.
type tone int

const (
	plain tone = iota
	faint
	bold
	good
	warn
	bad
)

// escapes are the terminal's codes for the tones.
var escapes = map[tone]string{faint: "\x1b[2m", bold: "\x1b[1m", good: "\x1b[32m", warn: "\x1b[33m", bad: "\x1b[31m"}

const reset = "\x1b[0m"

// style says for what kind of paper lines are painted.
type style struct {
	colour bool
	width  int // columns; 0 is without limit
}

// unlimited is the style for text that is read at leisure: nothing is cut.
func (st style) unlimited() style { st.width = 0; return st }

// paint aligns lines in columns and turns them into text.
func (st style) paint(lines []line) []string {
	var names, states, times int
	for _, l := range lines {
		if l.state == "" {
			continue
		}
		names = max(names, columns(l.lead+l.name))
		states = max(states, columns(l.state))
		times = max(times, columns(l.took))
	}
	out := make([]string, len(lines))
	for i, l := range lines {
		p := pen{style: st, left: st.width}
		p.write(faint, l.lead)
		if l.state != "" {
			p.cell(plain, l.name, names-columns(l.lead))
			p.cell(l.tone, l.state, states)
			p.write(plain, strings.Repeat(" ", times-columns(l.took)))
			p.cell(faint, l.took, columns(l.took))
			p.write(plain, l.note)
		} else {
			p.write(l.tone, l.note)
		}
		out[i] = p.String()
	}
	return out
}

// pen writes coloured text until the line is full.
type pen struct {
	style
	left int // columns, if there is a limit
	text strings.Builder
}

func (p *pen) write(t tone, s string) {
	if p.width > 0 {
		s = clip(s, p.left)
		p.left -= columns(s)
	}
	if s == "" {
		return
	}
	if p.colour && escapes[t] != "" {
		s = escapes[t] + s + reset
	}
	p.text.WriteString(s)
}

// cell writes a text and blanks up to a width and the next column.
func (p *pen) cell(t tone, s string, width int) {
	p.write(t, s)
	p.write(plain, strings.Repeat(" ", max(0, width-columns(s))+2))
}

// String is the line without the blanks that only fill it.
func (p *pen) String() string { return strings.TrimRight(p.text.String(), " ") }

// columns is how wide a text is. Only narrow characters are expected.
func columns(s string) int { return utf8.RuneCountInString(s) }

func pad(s string, width int) string { return s + strings.Repeat(" ", max(0, width-columns(s))) }

// clip cuts a text to a width, showing that it did.
func clip(s string, width int) string {
	if columns(s) <= width {
		return s
	}
	if width <= 0 {
		return ""
	}
	return string([]rune(s)[:width-1]) + "…"
}
