package verify

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"novaflow/activities"
	"novaflow/activities/inventory"
	"novaflow/saga"
	"novaflow/starter/internal/runs"
)

// What a finding says about a resource.
const (
	isResidue     = "residue"      // its run has ended and should have left nothing of it
	isKept        = "kept"         // an operator ended its run where it was, or gave up its undo
	isUnknownRun  = "unknown run"  // the engine does not have its run, or no longer
	isUnknownMark = "unknown mark" // its run never had this mark: it was written by other means
	isMissing     = "missing"      // a committed run created it, no run removed it, and it does not exist
)

// finding is a resource that differs from what the runs recorded.
type finding struct {
	What string `json:"what"`
	activities.OwnedObject
	Workflow string `json:"workflowId,omitempty"`
	Why      string `json:"why"`
}

// pastRun is a run that has ended.
type pastRun struct {
	workflow string
	ledger   saga.Ledger
}

// runsKnown is what the engine knows about the runs of a project.
type runsKnown struct {
	workflows map[string]string // workflow id by run id
	live      map[string]bool   // workflow ids of which a run is under way
	past      []pastRun         // by the time of their start
	underway  []runs.Row        // runs that have not ended
	projects  bool              // the projects of the cloud were looked at
}

// markFacts is what a ledger says about a mark.
type markFacts struct {
	entry saga.Entry
	state saga.RunState
}

// judgeMarked compares what carries marks with what the runs recorded. It decides nothing
// about resources of a run under way. It is pure: the same facts lead to the same
// findings.
func judgeMarked(objects []activities.OwnedObject, known runsKnown) (findings []finding) {
	marks := known.marks()
	there := map[string]bool{}
	for _, o := range objects {
		there[o.ID] = true
		workflow, found := known.workflows[o.Mark.Run()]
		f := finding{OwnedObject: o, Workflow: workflow}
		m, ours := marks[o.Mark]
		switch {
		case !found:
			f.What, f.Why = isUnknownRun, "the engine does not know run "+o.Mark.Run()
		case known.live[workflow]:
			continue
		case !ours:
			f.What, f.Why = isUnknownMark, "its run never wrote this mark, so it was written by other means"
		default:
			f.What, f.Why = m.judge(o)
		}
		if f.What != "" {
			findings = append(findings, f)
		}
	}
	return append(findings, known.missing(there)...)
}

// judge decides whether a resource should exist.
func (m markFacts) judge(o activities.OwnedObject) (what, why string) {
	e := m.entry
	switch {
	case e.State == saga.TaskAbandoned:
		return isKept, "its undo was given up: " + e.Note
	case m.state == saga.RunStopped:
		return isKept, "its run was ended where it was"
	case m.state == saga.RunReverted:
		return isResidue, "its run was reverted"
	case m.state != saga.RunCommitted:
		return isResidue, "its run was ended by the engine: `novaflow run revert` reverts all of it"
	case e.State != saga.TaskSuccess && e.State != saga.TaskSkipped:
		return isResidue, fmt.Sprintf("its run committed without it: task %s is %s", e.Task, e.State)
	case len(e.Resources) > 0 && !slices.Contains(e.Resources, o.ID):
		return isResidue, fmt.Sprintf("task %s created %s, this is another one", e.Task,
			strings.Join(e.Resources, ", "))
	}
	return "", ""
}

// marks returns all marks that the runs have written, with the last word about each.
func (k runsKnown) marks() map[saga.Mark]markFacts {
	marks := map[saga.Mark]markFacts{}
	for _, run := range k.past {
		for _, e := range run.ledger.Tasks {
			for _, earlier := range e.Earlier {
				marks[earlier.Mark] = markFacts{saga.Entry{Task: e.Task, State: earlier.State}, saga.RunReverted}
			}
			if !e.Started.IsZero() {
				marks[e.Mark] = markFacts{e, run.ledger.State}
			}
		}
	}
	return marks
}

// missing returns the resources that committed runs created, that no run removed, and
// that do not exist.
func (k runsKnown) missing(there map[string]bool) (findings []finding) {
	removed, deleted := k.removed(), k.deleted()
	last := k.marks()
	for _, run := range k.past {
		if run.ledger.State != saga.RunCommitted || k.live[run.workflow] || deleted[run.ledger.Run] {
			continue
		}
		kinds := k.seen(run.ledger)
		for _, e := range run.ledger.Tasks {
			var o activities.OwnedObject
			if e.State != saga.TaskSuccess || json.Unmarshal(e.Out, &o) != nil || o.Mark != e.Mark ||
				!slices.Contains(kinds, o.Kind) {
				continue
			}
			if !there[o.ID] && !removed[o.ID] && last[e.Mark].state == saga.RunCommitted {
				findings = append(findings, finding{What: isMissing, OwnedObject: o, Workflow: run.workflow,
					Why: fmt.Sprintf("task %s created it, and no run removed it", e.Task)})
			}
		}
	}
	return findings
}

// seen returns the kinds of resources of a run that were looked for. If the run created a
// project, what it created inside is in that project, where these credentials do not
// look.
func (k runsKnown) seen(l saga.Ledger) []string {
	switch {
	case !slices.ContainsFunc(l.Tasks, func(e saga.Entry) bool { return e.Activity == "CreateProject" }):
		return inventory.ResidueKinds()
	case k.projects:
		return []string{activities.KindProject}
	}
	return nil
}

// deleted returns the runs of which a deletion has removed all that was left. The
// deletion need not name what had been removed by others before. It belongs to the last
// run that created something under its workflow id.
func (k runsKnown) deleted() map[string]bool {
	last, emptied := map[string]string{}, map[string]bool{}
	for _, run := range k.past {
		if run.ledger.State != saga.RunCommitted {
			continue
		}
		switch _, verb, _ := strings.Cut(run.ledger.Flow, "-"); verb {
		case "create":
			last[run.workflow] = run.ledger.Run
		case "delete":
			emptied[last[run.workflow]] = emptied[last[run.workflow]] || run.mayTakeFrom(last[run.workflow])
		}
	}
	return emptied
}

// mayTakeFrom reports whether a deletion may be about a run's resource. It is not if it
// names a resource of another run that had been given the same name.
func (p pastRun) mayTakeFrom(run string) bool {
	ours := func(e saga.Entry) bool {
		var o activities.OwnedObject
		return json.Unmarshal(e.In, &o) == nil && o.Mark.Run() == run
	}
	return len(p.ledger.Tasks) == 0 || slices.ContainsFunc(p.ledger.Tasks, ours)
}

// removed returns the ids of what runs removed or released.
func (k runsKnown) removed() map[string]bool {
	ids := map[string]bool{}
	for _, run := range k.past {
		for _, e := range run.ledger.Tasks {
			if e.Started.IsZero() || e.State == saga.TaskReverted || !strings.HasPrefix(e.Activity, "Remove") &&
				!strings.HasPrefix(e.Activity, "Release") {
				continue
			}
			var o activities.OwnedObject
			if json.Unmarshal(e.In, &o) == nil {
				ids[o.ID] = true
			}
			for _, id := range e.Resources {
				ids[id] = true
			}
		}
	}
	return ids
}
