package engine

import (
	"fmt"
	"strings"

	"go.temporal.io/sdk/workflow"

	"novaflow/saga/ledger"
)

// mostNamed is how many failing tasks the advice names, each with a line to type.
const mostNamed = 5

// advice says what an operator can request of the run now, as commands to type, for those
// who look at the run in the Web UI. It returns "" for a run that does not wait for a
// decision. What the run would refuse is not offered.
func (r *run) advice() string {
	intro, ok := map[ledger.RunState]string{
		ledger.RunHeld:   "is HELD: it needs a decision",
		ledger.RunStuck:  "is STUCK: it needs a decision",
		ledger.RunPaused: "is PAUSED: it starts and undoes nothing more until it is resumed",
	}[r.ledger.State]
	if !ok || r.part.Parent != nil { // a child follows its run
		return ""
	}
	id := shellWord(workflow.GetInfo(r.ctx).WorkflowExecution.ID)
	var lines strings.Builder
	for _, o := range r.offers() {
		fmt.Fprintf(&lines, "novaflow run %s %s%s\n    %s\n", o.verb, id, o.rest, o.does)
	}
	return fmt.Sprintf("**The run %s.** Type one of\n\n```text\n%s```\n\nor send it as a signal: `temporal workflow "+
		"signal -w %s --name VERB --input '{\"task\":\"TASK\",\"reason\":\"WHY\"}'`.\n\n",
		intro, strings.ReplaceAll(lines.String(), "```", "'''"), strings.ReplaceAll(id, "`", "'"))
}

// offer is a command that the run would apply.
type offer struct {
	verb ledger.Verb
	rest string // of the command, after the run
	does string
}

// offers lists the commands that the run would accept now, and that change how it goes
// on.
func (r *run) offers() (all []offer) {
	add := func(q ledger.Request, rest, does string) {
		if r.refuses(q) == nil {
			all = append(all, offer{q.Verb, rest, does})
		}
	}
	add(ledger.Request{Verb: ledger.VerbResume}, "", "go on")
	add(ledger.Request{Verb: ledger.VerbRetry}, "", "try what fails again now, or go on after a deadline")
	failing := r.failing()
	for _, i := range failing[:min(len(failing), mostNamed)] {
		q := ledger.Request{Verb: ledger.VerbSkip, Task: r.tasks[i].Path, Reason: "-"}
		rest := " " + shellWord(q.Task) + " --reason WHY"
		switch forward := r.end == nil && r.halted(r.tasks[i].Scope) == nil; {
		case !forward:
			add(q, rest, "give up its undo: what it created stays")
		case r.refusesResult(i, nil) != nil && r.failedChild(i) == nil:
			all = append(all, offer{ledger.VerbSkip, rest + " --result JSON",
				"pass over the task: the JSON stands for its result"})
		default:
			add(q, rest, "pass over the task")
		}
	}
	add(ledger.Request{Verb: ledger.VerbRevert}, "", "revert everything")
	add(ledger.Request{Verb: ledger.VerbAbandon, Reason: "-"}, " --reason WHY",
		"end it where it is: what it created stays, and is listed")
	return all
}

// shellWord quotes a word, so that it is safe to paste into a shell.
func shellWord(word string) string {
	safe := func(c rune) bool {
		return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune("-_.:/@", c)
	}
	if word != "" && !strings.ContainsFunc(word, func(c rune) bool { return !safe(c) }) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
