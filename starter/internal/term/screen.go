package term

import (
	"bytes"
	"fmt"
	"io"
	"os"

	"golang.org/x/term"
)

// TerminalOf reports whether a writer is a terminal that can be redrawn.
func TerminalOf(w io.Writer) (fd int, ok bool) {
	f, isFile := w.(*os.File)
	if !isFile || os.Getenv("TERM") == "dumb" {
		return 0, false
	}
	return int(f.Fd()), term.IsTerminal(int(f.Fd()))
}

// StyleOf returns the style that suits a writer.
func StyleOf(w io.Writer) Style {
	fd, ok := TerminalOf(w)
	if !ok {
		return Style{}
	}
	width, _, err := term.GetSize(fd)
	if err != nil || width < 20 {
		width = 80
	}
	return Style{Colour: os.Getenv("NO_COLOR") == "", Width: width - 1} // a full line would wrap
}

// Screen redraws a picture in the same place of a terminal.
type Screen struct {
	out    io.Writer
	height func() int // lines of the terminal
	drawn  int        // lines of the last picture
}

// NewScreen returns a screen for a terminal.
func NewScreen(w io.Writer, fd int) Screen { return Screen{out: w, height: terminalHeight(fd)} }

// Draw replaces the last picture in a single write, so that nothing flickers.
func (s *Screen) Draw(lines []string) {
	if room := s.height() - 1; len(lines) > room && room > 1 {
		lines = append([]string{lines[0], fmt.Sprintf("   ... %d lines above", len(lines)-room+1)},
			lines[len(lines)-room+2:]...)
	}
	s.replace(lines)
}

// Last draws the picture that stays, however long it is.
func (s *Screen) Last(lines []string) { s.replace(lines); s.drawn = 0 }

func (s *Screen) replace(lines []string) {
	var b bytes.Buffer
	if s.drawn > 0 {
		fmt.Fprintf(&b, "\x1b[%dA", s.drawn)
	}
	for _, l := range lines {
		b.WriteString("\r" + l + "\x1b[K\n")
	}
	b.WriteString("\x1b[J") // what the last picture had more
	s.out.Write(b.Bytes())  //nolint:errcheck // there is no one left to tell
	s.drawn = len(lines)
}

// terminalHeight returns a function that asks for the height of a terminal.
func terminalHeight(fd int) func() int {
	return func() int {
		_, height, err := term.GetSize(fd)
		if err != nil {
			return 24
		}
		return height
	}
}
