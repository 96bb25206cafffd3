package term

import (
	"strings"
	"unicode/utf8"
)

// Tone is the meaning of a colour.
type Tone int

// The tones.
const (
	plain Tone = iota
	Faint
	Bold
	Good
	Warn
	Bad
)

// escapes are the terminal's codes for the tones.
var escapes = map[Tone]string{Faint: "\x1b[2m", Bold: "\x1b[1m", Good: "\x1b[32m", Warn: "\x1b[33m", Bad: "\x1b[31m"}

const reset = "\x1b[0m"

// Style is the kind of output for which lines are painted.
type Style struct {
	Colour bool
	Width  int // columns; 0 is without limit
}

// Unlimited returns the style without a width: nothing is cut.
func (st Style) Unlimited() Style { st.Width = 0; return st }

// Paint aligns lines in columns and turns them into text.
func (st Style) Paint(lines []Line) []string {
	var names, states, times int
	for _, l := range lines {
		if l.State == "" {
			continue
		}
		names = max(names, countColumns(l.Lead+l.Name))
		states = max(states, countColumns(l.State))
		times = max(times, countColumns(l.Took))
	}
	out := make([]string, len(lines))
	for i, l := range lines {
		p := pen{Style: st, left: st.Width}
		p.write(Faint, l.Lead)
		if l.State != "" {
			p.cell(plain, l.Name, names-countColumns(l.Lead))
			p.cell(l.Tone, l.State, states)
			p.write(plain, strings.Repeat(" ", times-countColumns(l.Took)))
			p.cell(Faint, l.Took, countColumns(l.Took))
			p.write(plain, l.Note)
		} else {
			p.write(l.Tone, l.Note)
		}
		out[i] = p.String()
	}
	return out
}

// pen writes coloured text until the line is full.
type pen struct {
	Style
	left int // columns, if there is a limit
	text strings.Builder
}

func (p *pen) write(t Tone, s string) {
	if p.Width > 0 {
		s = Clip(s, p.left)
		p.left -= countColumns(s)
	}
	if s == "" {
		return
	}
	if p.Colour && escapes[t] != "" {
		s = escapes[t] + s + reset
	}
	p.text.WriteString(s)
}

// cell writes a text and blanks up to a width and the next column.
func (p *pen) cell(t Tone, s string, width int) {
	p.write(t, s)
	p.write(plain, strings.Repeat(" ", max(0, width-countColumns(s))+2))
}

// String returns the line without the blanks at its end.
func (p *pen) String() string { return strings.TrimRight(p.text.String(), " ") }

// countColumns returns the width of a text. It expects narrow characters only.
func countColumns(s string) int { return utf8.RuneCountInString(s) }

func padTo(s string, width int) string { return s + strings.Repeat(" ", max(0, width-countColumns(s))) }

// Clip cuts a text to a width and shows that it did.
func Clip(s string, width int) string {
	if countColumns(s) <= width {
		return s
	}
	if width <= 0 {
		return ""
	}
	return string([]rune(s)[:width-1]) + "…"
}

// Line is one line of the drawing of a run, in parts with different colours.
type Line struct {
	Lead  string // drawing
	Name  string
	State string // word of the state, "" in a line that only has a note
	Took  string
	Note  string
	Tone  Tone
}
