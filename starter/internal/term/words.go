package term

import (
	"fmt"
	"strings"
	"time"
	"unicode"
)

// Quote quotes a word, so that it is safe to paste into a shell.
func Quote(word string) string {
	if !strings.ContainsFunc(word, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' ||
			strings.ContainsRune("-_.:/@", r))
	}) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// Mebibytes formats a number of bytes for people.
func Mebibytes(n int64) string { return fmt.Sprintf("%.1f MiB (%d bytes)", float64(n)/(1<<20), n) }

// Clock formats a moment in the user's time zone, "" if it is zero.
func Clock(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Local().Format("2006-01-02 15:04:05")
}

// ClipDetails cuts a text to what the engine accepts as details.
func ClipDetails(text string) string { return ClipBytes(text, 10_000) }

// ListErrors formats joined errors as a list.
func ListErrors(err error) string { return "  - " + strings.ReplaceAll(err.Error(), "\n", "\n  - ") }

// Age says how long ago something was created, "" if that is not known.
func Age(created time.Time) string {
	if created.IsZero() {
		return ""
	}
	return Duration(time.Since(created))
}

// ClipBytes cuts a text to a number of bytes, between characters.
func ClipBytes(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most-len("…")], "") + "…"
}

// OneLine puts a text on one line, so that it does not break a drawing.
func OneLine(s string) string { return Harmless(strings.Join(strings.Fields(s), " ")) }

// Harmless replaces the control characters of a text, which a terminal would act on.
// Names and reasons are written by others, and a cloud passes on what it was given.
func Harmless(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return '\uFFFD'
		}
		return r
	}, s)
}

// Duration formats a time span as people say it.
func Duration(d time.Duration) string {
	d = max(d, 0)
	switch {
	case d < 10*time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min %02d s", int(d.Minutes()), int(d.Seconds())%60)
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h %02d min", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%d days", int(d.Hours())/24)
}
