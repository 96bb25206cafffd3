package ledger

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
)

const markPrefix = "novaflow:"

// Mark identifies one task of one run, as "novaflow:<run>/<task>#<attempt>".
//
// A task writes its mark into what it creates, in the request that creates it, and
// looks for the mark before it creates anything. The mark follows from the run
// and the task alone, so it is known even when the answer to the request is
// lost. It is the same after a reset or a continue-as-new of the workflow.
type Mark string

// NewMark returns the mark of a task's attempt; attempts count from 1.
func NewMark(run, task string, attempt int) Mark {
	return Mark(fmt.Sprintf("%s%s/%s#%d", markPrefix, run, task, attempt))
}

// RunPrefix returns what all marks of a run begin with.
func RunPrefix(run string) string { return markPrefix + run + "/" }

// ParseMark reads s as a mark. It returns false for anything else, such as a
// description that a person wrote.
func ParseMark(s string) (Mark, bool) {
	m := Mark(s)
	return m, m.Run() != "" && m.Task() != ""
}

// Run returns the id of the run that created the marked resource, or "" if m is no mark.
func (m Mark) Run() string {
	rest, ok := strings.CutPrefix(string(m), markPrefix)
	if !ok {
		return ""
	}
	run, _, ok := strings.Cut(rest, "/")
	if !ok {
		return ""
	}
	return run
}

// Task returns the path of the task that created the marked resource, or "".
func (m Mark) Task() string {
	_, rest, _ := strings.Cut(string(m), "/")
	task, _, _ := strings.Cut(rest, "#")
	return task
}

// Digest returns the mark in a form for fields that are short or that allow few
// characters: "nf-" and 40 hexadecimal digits. A nova tag, for one, holds 60 characters
// and neither slash nor comma.
func (m Mark) Digest() string {
	sum := sha256.Sum256([]byte(m))
	return "nf-" + hex.EncodeToString(sum[:20])
}
