package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/pflag"
)

// format is how a command prints what it found.
type format string

const (
	asTable format = "table"
	asJSON  format = "json"
)

// Set is part of pflag.Value.
func (f *format) Set(v string) error {
	switch format(v) {
	case asTable, asJSON:
		*f = format(v)
		return nil
	}
	return fmt.Errorf("want table or json")
}

// String is part of pflag.Value.
func (f *format) String() string { return string(*f) }

// Type is part of pflag.Value.
func (f *format) Type() string { return "FORMAT" }

func addFormat(fs *pflag.FlagSet, f *format) {
	*f = asTable
	fs.VarP(f, "output", "o", "form of the output: table or json")
}

// printJSON writes one document.
func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// printTable writes rows in columns. The first row is the head. Cells are not
// cut: scripts and people who copy need them whole.
func printTable(w io.Writer, rows [][]string) error {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], columns(oneLine(cell)))
		}
	}
	var b strings.Builder
	for _, row := range rows {
		var l strings.Builder
		for i, cell := range row {
			l.WriteString(pad(oneLine(cell), widths[i]+2))
		}
		b.WriteString(strings.TrimRight(l.String(), " ") + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// printFields writes one thing as a name and a value a line, without empty ones.
func printFields(w io.Writer, fields [][2]string) error {
	names := 0
	for _, f := range fields {
		names = max(names, columns(f[0]))
	}
	for _, f := range fields {
		if f[1] == "" {
			continue
		}
		if _, err := fmt.Fprintf(w, "  %s  %s\n", pad(f[0], names), f[1]); err != nil {
			return err
		}
	}
	return nil
}
