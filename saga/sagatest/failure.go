package sagatest

import (
	"fmt"
	"regexp"
	"runtime/debug"
	"strings"
)

// String describes a failed trial: what, where, why, in what order, and how to see it
// alone.
func (t *trial) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", t.c)
	for _, p := range t.problems {
		fmt.Fprintf(&b, "  BUG: %s\n", p)
	}
	b.WriteString("  what happened:\n")
	for n, s := range t.out.steps {
		if n > 0 && n+1 < len(t.out.steps) && s.like(t.out.steps[n-1]) && s.like(t.out.steps[n+1]) {
			continue // the first and the last of a row will do
		}
		fmt.Fprintf(&b, "    %2d %s\n", n+1, s)
	}
	if l := t.out.ledger; l != nil {
		fmt.Fprintf(&b, "  ledger: %s", l.State)
		for _, e := range l.Tasks {
			fmt.Fprintf(&b, " %s=%s", e.Task, e.State)
		}
		b.WriteByte('\n')
	}
	fmt.Fprintf(&b, "  this case alone: %s", testCommand(t.b.Name()))
	return b.String()
}

// String says what the case is.
func (c Case) String() string {
	text := fmt.Sprintf("world %q", c.World)
	for _, f := range c.Faults {
		text += fmt.Sprintf(", task %s: %s", f.Point, f.Mishap)
	}
	if len(c.Faults) == 0 {
		text += ", undisturbed"
	}
	return text
}

// String writes the step on a line.
func (s *step) String() string {
	text := fmt.Sprintf("%-28s attempt %d: %s", s.id, s.attempt, s.outcome)
	for _, e := range s.bodies {
		for _, t := range e.changes.Extra {
			text += "\n         + " + t.String()
		}
		for _, t := range e.changes.Missing {
			text += "\n         - " + t.String()
		}
	}
	return text
}

// like reports whether two steps differ in nothing but the attempt.
func (s *step) like(other *step) bool { return s.id == other.id && s.outcome == other.outcome }

// testCommand returns the command that runs one test by its full name.
func testCommand(test string) string {
	parts := strings.Split(test, "/")
	for i, p := range parts {
		parts[i] = "^" + regexp.QuoteMeta(p) + "$"
	}
	command := "go test"
	if tags := buildTags(); tags != "" {
		command += " -tags " + tags
	}
	return fmt.Sprintf("%s -run '%s' %s", command, strings.Join(parts, "/"), testedPackage())
}

func buildTags() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, s := range info.Settings {
		if s.Key == "-tags" {
			return s.Value
		}
	}
	return ""
}

// testedPackage returns the import path of the package whose test binary this is.
func testedPackage() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "."
	}
	return strings.TrimSuffix(info.Path, ".test")
}
