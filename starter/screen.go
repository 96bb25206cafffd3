package main

import (
	"bytes"
	"fmt"
	"io"
	"os"

	"golang.org/x/term"
)

// terminal reports whether a writer is a terminal that can be redrawn.
func terminal(w io.Writer) (fd int, ok bool) {
	f, isFile := w.(*os.File)
	if !isFile || os.Getenv("TERM") == "dumb" {
		return 0, false
	}
	return int(f.Fd()), term.IsTerminal(int(f.Fd()))
}

// styleOf is the style that suits a writer.
func styleOf(w io.Writer) style {
	fd, ok := terminal(w)
	if !ok {
		return style{}
	}
	width, _, err := term.GetSize(fd)
	if err != nil || width < 20 {
		width = 80
	}
	return style{colour: os.Getenv("NO_COLOR") == "", width: width - 1} // a full line would wrap
}

// screen draws a picture over and over in the same place of a terminal.
type screen struct {
	out    io.Writer
	height func() int // lines of the terminal
	drawn  int        // lines of the last picture
}

// newScreen makes a screen of a terminal.
func newScreen(w io.Writer, fd int) screen { return screen{out: w, height: terminalHeight(fd)} }

// draw replaces the last picture in a single write, so that nothing flickers.
func (s *screen) draw(lines []string) {
	if room := s.height() - 1; len(lines) > room && room > 1 {
		lines = append([]string{lines[0], fmt.Sprintf("   ... %d lines above", len(lines)-room+1)}, lines[len(lines)-room+2:]...)
	}
	s.replace(lines)
}

// last draws the picture that stays, however long it is.
func (s *screen) last(lines []string) { s.replace(lines); s.drawn = 0 }

func (s *screen) replace(lines []string) {
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

// terminalHeight is a screen's height for a terminal.
func terminalHeight(fd int) func() int {
	return func() int {
		_, height, err := term.GetSize(fd)
		if err != nil {
			return 24
		}
		return height
	}
}
