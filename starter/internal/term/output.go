package term

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v3"
)

// Format is how a command prints what it found.
type Format string

// The forms of the output.
const (
	AsTable Format = "table"
	AsJSON  Format = "json"
	AsYAML  Format = "yaml"
)

// IsDocument reports whether the output is for programs.
func (f Format) IsDocument() bool { return f != AsTable }

// Set implements [pflag.Value].
func (f *Format) Set(v string) error {
	switch Format(v) {
	case AsTable, AsJSON, AsYAML:
		*f = Format(v)
		return nil
	}
	return fmt.Errorf("want table, json or yaml")
}

// String implements [pflag.Value].
func (f *Format) String() string { return string(*f) }

// Type implements [pflag.Value].
func (f *Format) Type() string { return "FORMAT" }

// AddFormat adds the flag for the form of the output.
func AddFormat(fs *pflag.FlagSet, f *Format) {
	*f = AsTable
	fs.VarP(f, "output", "o", "form of the output: table, json or yaml")
}

// PrintDocument writes one document, with the same names and the same order in
// YAML as in JSON.
func PrintDocument(w io.Writer, f Format, v any) error {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return err
	}
	if f == AsYAML {
		return printYAML(w, text.Bytes())
	}
	_, err := w.Write(text.Bytes())
	return err
}

// printYAML writes JSON as YAML.
func printYAML(w io.Writer, text []byte) error {
	var document yaml.Node // keeps the order
	if err := yaml.Unmarshal(escapeControls(text), &document); err != nil {
		return err
	}
	resetStyles(&document)
	e := yaml.NewEncoder(w)
	e.SetIndent(2)
	if err := e.Encode(&document); err != nil {
		return err
	}
	return e.Close()
}

// escapeControls writes characters as JSON escapes that JSON allows and YAML does not.
// Texts of people and clouds may have any of them.
func escapeControls(text []byte) []byte {
	var b strings.Builder
	for _, r := range string(text) {
		if r >= 0x7f && r < 0xa0 || r == 0xfffe || r == 0xffff {
			fmt.Fprintf(&b, `\u%04x`, r)
		} else {
			b.WriteRune(r)
		}
	}
	return []byte(b.String())
}

// resetStyles lets the encoder choose how each value is written, instead of as in the
// JSON it was read from.
func resetStyles(n *yaml.Node) {
	n.Style = 0
	for _, inner := range n.Content {
		resetStyles(inner)
	}
}

// PrintTable writes rows in columns. The first row is the head. Cells are not cut,
// because scripts and people who copy need them whole.
func PrintTable(w io.Writer, rows [][]string) error {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], countColumns(OneLine(cell)))
		}
	}
	var b strings.Builder
	for _, row := range rows {
		var l strings.Builder
		for i, cell := range row {
			l.WriteString(padTo(OneLine(cell), widths[i]+2))
		}
		b.WriteString(strings.TrimRight(l.String(), " ") + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// PrintFields writes a name and a value on each line, and leaves out empty values.
func PrintFields(w io.Writer, fields [][2]string) error {
	names := 0
	for _, f := range fields {
		names = max(names, countColumns(f[0]))
	}
	for _, f := range fields {
		if f[1] == "" {
			continue
		}
		if _, err := fmt.Fprintf(w, "  %s  %s\n", padTo(f[0], names), Harmless(f[1])); err != nil {
			return err
		}
	}
	return nil
}
