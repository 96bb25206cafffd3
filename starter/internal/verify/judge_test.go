package verify

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"novaflow/activities"
	"novaflow/saga"
)

// portOf is a port as the run's task port has created it.
func portOf(run, id string) activities.OwnedObject {
	return activities.OwnedObject{
		Cloud: "c", Kind: activities.KindPort, ID: id, Mark: saga.Mark("novaflow:" + run + "/port#1"),
		Created: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
	}
}

// ranAs is a run that has created a port and ended in a state.
func ranAs(run string, state saga.RunState, task saga.TaskState, id string) pastRun {
	out, _ := json.Marshal(portOf(run, id))
	return pastRun{"w-" + run, saga.Ledger{Run: run, State: state, Tasks: []saga.Entry{{
		Task: "port", State: task, Activity: "CreatePort", Undo: "DeletePort", Attempt: 1, Mark: portOf(run, id).Mark,
		Out: out, Resources: []string{id}, Started: time.Now(),
	}}}}
}

// knowing is an engine with these runs.
func knowing(past ...pastRun) runsKnown {
	k := runsKnown{workflows: map[string]string{}, live: map[string]bool{}, past: past}
	for _, p := range past {
		k.workflows[p.ledger.Run] = p.workflow
	}
	return k
}

// Whatever is judged wrongly here is deleted, or stays for ever.
func TestJudgementOfWhatCarriesAMark(t *testing.T) {
	removal := pastRun{"w-r", saga.Ledger{Run: "delete", State: saga.RunCommitted, Tasks: []saga.Entry{{
		Task: "port-0", State: saga.TaskSuccess, Activity: "RemovePort", Mark: "novaflow:delete/port-0#1",
		In: json.RawMessage(`{"id":"p"}`), Started: time.Now(),
	}}}}
	retried := ranAs("r", saga.RunCommitted, saga.TaskSuccess, "p")
	retried.ledger.Tasks[0].Mark = "novaflow:r/port#2"
	retried.ledger.Tasks[0].Out = nil
	retried.ledger.Tasks[0].Earlier = []saga.Attempt{{Number: 1, Mark: "novaflow:r/port#1", State: saga.TaskReverted}}
	takenBack := ranAs("r", saga.RunReverted, saga.TaskReverted, "p")
	takenBack.ledger.Run = "revert"
	underWay := knowing(ranAs("r", saga.RunReverted, saga.TaskReverted, "p"))
	underWay.live["w-r"] = true
	copied := portOf("r", "x")
	copied.Mark = "novaflow:r/port#1 (copied by me)"
	made, again := ranAs("r", saga.RunCommitted, saga.TaskSuccess, "p"),
		ranAs("s", saga.RunCommitted, saga.TaskSuccess, "q")
	deletion := pastRun{"w-r", saga.Ledger{Run: "delete", State: saga.RunCommitted}} // nothing else was left
	again.workflow = made.workflow
	port, _ := json.Marshal(portOf("s", "q"))
	another := pastRun{"w-r", saga.Ledger{Run: "delete", State: saga.RunCommitted, Tasks: []saga.Entry{{
		Task: "port-0", State: saga.TaskSuccess, Activity: "RemovePort", In: port, Started: time.Now(),
	}}}}
	of := func(flow string, p pastRun) pastRun {
		p.ledger.Flow = flow
		return p
	}
	ended := saga.RunState("RUNNING")
	for name, c := range map[string]struct {
		there []activities.OwnedObject
		known runsKnown
		want  string
	}{
		"what a committed run made": {[]activities.OwnedObject{portOf("r", "p")},
			knowing(ranAs("r", saga.RunCommitted, saga.TaskSuccess, "p")), ""},
		"its twin": {[]activities.OwnedObject{portOf("r", "p"), portOf("r", "q")},
			knowing(ranAs("r", saga.RunCommitted, saga.TaskSuccess, "p")), "residue q"},
		"of a reverted run": {[]activities.OwnedObject{portOf("r", "p")},
			knowing(ranAs("r", saga.RunReverted, saga.TaskReverted, "p")), "residue p"},
		"of an earlier attempt": {[]activities.OwnedObject{portOf("r", "p")}, knowing(retried),
			"residue p"},
		"of a run that was taken back later": {[]activities.OwnedObject{portOf("r", "p")},
			knowing(ranAs("r", saga.RunCommitted, saga.TaskSuccess, "p"), takenBack), "residue p"},
		"of a terminated run": {[]activities.OwnedObject{portOf("r", "p")},
			knowing(ranAs("r", ended, saga.TaskSuccess, "p")), "residue p"},
		"of a run that was to keep it": {[]activities.OwnedObject{portOf("r", "p")},
			knowing(ranAs("r", saga.RunStopped, saga.TaskSuccess, "p")), "kept p"},
		"of an undo that was given up": {[]activities.OwnedObject{portOf("r", "p")},
			knowing(ranAs("r", saga.RunReverted, saga.TaskAbandoned, "p")), "kept p"},
		"while a run is about it": {[]activities.OwnedObject{portOf("r", "p")}, underWay, ""},
		"of a run that is forgotten": {[]activities.OwnedObject{portOf("gone", "p")}, knowing(),
			"unknown run p"},
		"with a mark that the run never wrote": {[]activities.OwnedObject{copied},
			knowing(ranAs("r", saga.RunReverted, saga.TaskReverted, "p")), "unknown mark x"},
		"what is gone and nobody removed": {nil, knowing(ranAs("r", saga.RunCommitted, saga.TaskSuccess, "p")),
			"missing p"},
		"what was removed": {nil,
			knowing(ranAs("r", saga.RunCommitted, saga.TaskSuccess, "p"), removal), ""},
		"what was taken back": {nil,
			knowing(ranAs("r", saga.RunCommitted, saga.TaskSuccess, "p"), takenBack), ""},
		"what a reverted run made, and is gone": {nil, knowing(ranAs("r", saga.RunReverted, saga.TaskReverted, "p")),
			""},
		"what is gone, and its maker was deleted": {nil,
			knowing(of("server-create", made), of("server-delete", deletion)), ""},
		"what a later create made": {nil,
			knowing(of("server-create", made), of("server-delete", deletion), of("server-create", again)), "missing q"},
		"what was renamed before the delete": {nil,
			knowing(of("server-create", made), of("server-delete", another)), "missing p"},
		"what was made under another name": {nil,
			knowing(of("server-create", made), of("server-create", again), of("server-delete", deletion)), "missing p"},
		"nothing, and nobody knows of anything": {nil, knowing(), ""},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, f := range judgeMarked(c.there, c.known) {
				require.NotEmpty(t, f.Why)
				got = append(got, f.What+" "+f.ID)
			}
			require.Equal(t, c.want, strings.Join(got, ", "))
		})
	}
}

// Only residue may ever be deleted, and only when its age is known.
func TestOnlyOldResidueIsDeletable(t *testing.T) {
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	var findings []finding
	for i, what := range []string{isResidue, isKept, isUnknownRun, isUnknownMark, isMissing} {
		findings = append(findings, finding{What: what, OwnedObject: portOf("r", fmt.Sprint(i))})
	}
	ageless := portOf("r", "ageless")
	ageless.Created = time.Time{}
	findings = append(findings, finding{What: isResidue, OwnedObject: ageless})
	require.Equal(t, []activities.OwnedObject{portOf("r", "0")}, listDeletable(findings, at.Add(time.Second)))
	require.Empty(t, listDeletable(findings, at))
	require.Equal(t, "novaflow: nothing was removed: residue younger than 1h0m0s: 1; give --older-than\n"+
		"novaflow: residue of unknown age is not removed: 1; delete it by hand\n", describeSpared(findings, time.Hour),
		"--delete told nothing then")
	require.Empty(t, describeSpared(findings[1:5], time.Hour))
}

// A project has no age, so it is never deleted as residue; and what is in it is not
// missed by those who do not look there.
func TestJudgementOfProjects(t *testing.T) {
	bootstrap := ranAs("r", saga.RunCommitted, saga.TaskSuccess, "inside")
	owned := activities.OwnedObject{Kind: activities.KindProject, ID: "p", Mark: "novaflow:r/project#1"}
	out, _ := json.Marshal(owned)
	bootstrap.ledger.Tasks = append(bootstrap.ledger.Tasks, saga.Entry{
		Task: "project", State: saga.TaskSuccess, Activity: "CreateProject", Mark: owned.Mark, Out: out,
		Resources: []string{"p"}, Started: time.Now(),
	})
	known := knowing(bootstrap)
	require.Empty(t, judgeMarked(nil, known), "nobody looked")
	known.projects = true
	require.Empty(t, judgeMarked([]activities.OwnedObject{owned}, known))
	missing := judgeMarked(nil, known)
	require.Len(t, missing, 1)
	require.Equal(t, []string{isMissing, "p"}, []string{missing[0].What, missing[0].ID})
	orphan := judgeMarked([]activities.OwnedObject{owned}, knowing(ranAs("r", saga.RunReverted, saga.TaskReverted,
		"inside"), pastRun{"w-r", saga.Ledger{Run: "r", State: saga.RunReverted, Tasks: bootstrap.ledger.Tasks[1:]}}))
	require.Len(t, orphan, 1)
	require.Equal(t, isResidue, orphan[0].What)
	require.Empty(t, listDeletable(orphan, time.Now().Add(time.Hour)), "it has no age")
}
