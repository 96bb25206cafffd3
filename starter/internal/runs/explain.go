package runs

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"novaflow/saga"
	"novaflow/starter/internal/term"
	"novaflow/workflows/host"
)

// Explain puts an outcome that is not COMMITTED into sentences.
func (o Outcome) Explain(what string, s Snapshot) []string {
	switch o.State {
	case string(saga.RunHeld):
		return []string{
			fmt.Sprintf("%s: %s", what, cmp.Or(o.Cause, "a task failed")),
			fmt.Sprintf("The run is HELD until you decide how to go on: `novaflow run retry|skip|revert|abandon %s`.",
				term.Quote(s.Workflow)),
		}
	case string(saga.RunStuck):
		return []string{
			stuckLine(what, cmp.Or(o.Cause, strings.Join(listUnfinished(s), "; "), "it makes no progress"),
				listUndos(s)),
			stuckNext(s) + fmt.Sprintf(" Look at it with `novaflow run show %s`, follow it with `novaflow run watch "+
				"%s`.", term.Quote(s.Workflow), term.Quote(s.Workflow)),
		}
	}
	cause := cmp.Or(o.Cause, "the reason is not known")
	if o.Task != "" {
		cause = fmt.Sprintf("task %s failed: %s", o.Task, o.Cause)
	}
	lines := []string{fmt.Sprintf("%s: %s", what, cause)}
	switch {
	case len(o.LeftBehind) > 0:
		lines = append(lines, o.leftLine())
	case len(o.Reverted) > 0:
		lines = append(lines, "reverted: "+strings.Join(o.Reverted, ", "))
		if s.Kind == host.Drain.Workflow && slices.ContainsFunc(o.Reverted, leftHost) {
			lines = append(lines, "a server that had left its host stays where it is now: see `openstack server list "+
				"--all-projects --long`")
		}
	case o.State == string(saga.RunReverted):
		lines = append(lines, "nothing was created")
	}
	return lines
}

// leftHost reports whether a task of a drain moved a server: its undo does not bring it
// back.
func leftHost(task string) bool { return strings.HasPrefix(task, "servers/leave-") }

// Notes returns the sentences that belong below the tasks of a run. A committed run has
// some if an operator skipped tasks that had begun.
func (o Outcome) Notes(s Snapshot) []string {
	switch {
	case o.Cause != "":
		return o.Explain("why", s)
	case len(o.LeftBehind) > 0:
		return []string{o.leftLine()}
	}
	return nil
}

func (o Outcome) leftLine() string {
	return "not reverted, and may still exist: " + strings.Join(o.LeftBehind, ", ")
}

// stuckLine says why a run does not end. While it reverts, that is not the cause of the
// revert but the undo that does not succeed.
func stuckLine(what, cause string, undos []string) string {
	if len(undos) == 0 {
		return fmt.Sprintf("%s: %s: the run is STUCK", what, cause)
	}
	return fmt.Sprintf("%s: %s, and its revert is STUCK: %s", what, cause, strings.Join(undos, "; "))
}

// stuckNext says what happens to a STUCK run if nobody decides anything.
func stuckNext(s Snapshot) string {
	task := mistakenTask(s)
	if task == "" {
		return "It keeps retrying."
	}
	run := term.Quote(s.Workflow)
	return fmt.Sprintf("A function of the flow failed in task %s, past the point of no return, and it is not retried "+
		"automatically: the run waits for `novaflow run skip %s %s --reason WHY`, `novaflow run retry %s %s` or "+
		"`novaflow run abandon %s --reason WHY`.", task, run, term.Quote(task), run, term.Quote(task), run)
}

// mistakenTask returns the task that failed before it started. The cloud was not asked
// then, so the flow has a mistake. It returns "" if there is none.
func mistakenTask(s Snapshot) string {
	if s.Ledger == nil {
		return ""
	}
	i := slices.IndexFunc(s.Ledger.Tasks, func(e saga.Entry) bool {
		return e.State == saga.TaskFailure && e.Started.IsZero()
	})
	if i < 0 {
		return ""
	}
	return s.Ledger.Tasks[i].Task
}

// listUndos lists the undos under way, each with the reason why it has not succeeded yet.
func listUndos(s Snapshot) (undos []string) {
	if s.Ledger == nil {
		return nil
	}
	for _, e := range s.Ledger.Tasks {
		if e.State != saga.TaskReverting && e.State != saga.TaskRevertFailure {
			continue
		}
		text := "undo of " + e.Task
		if why := cmp.Or(e.UndoError, s.live[undoID(e)].failure); why != "" {
			text += ": " + term.OneLine(why)
		}
		undos = append(undos, text)
	}
	return undos
}

// listUnfinished lists the tasks that keep a run from its end if it only goes forward,
// each with what it reports. A task that has failed will be retried.
func listUnfinished(s Snapshot) (tasks []string) {
	if s.Ledger == nil {
		return nil
	}
	for _, e := range s.Ledger.Tasks {
		if e.State == saga.TaskRunning || e.State == saga.TaskFailure {
			live := s.live[e.ActivityID()]
			tasks = append(tasks, "task "+e.Task+": "+
				term.OneLine(cmp.Or(live.report, live.failure, e.Error, "it makes no progress")))
		}
	}
	return tasks
}
