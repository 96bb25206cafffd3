package engine

import (
	"cmp"
	"encoding/json"
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"novaflow/saga/ledger"
)

const (
	// archiveWithin bounds how long an archive that does not answer holds up the
	// end of a run.
	archiveWithin = 10 * time.Minute

	// archiveLimit is how many bytes one call carries. The engine refuses 2 MiB.
	archiveLimit = 1 << 20
)

// recordPart answers [ledger.RecordQuery].
func (r *run) recordPart(part int) (ledger.Archive, error) {
	parts, err := r.record()
	if err != nil || part < 1 || part > len(parts) {
		return ledger.Archive{}, cmp.Or(err, fmt.Errorf("the record has %d parts, and no part %d", len(parts), part))
	}
	return parts[part-1], nil
}

// conclude enters the state in which the run ends, and has its record archived.
//
// It asks for a version because archiving is a setting of a worker, and may be switched
// on later: a run that has ended without an archive must end so in each replay, such as
// for a query.
func (r *run) conclude(s ledger.RunState) {
	r.enter(s)
	if r.flow.Archiver == nil ||
		workflow.GetVersion(r.detached, ledger.ArchiveName, workflow.DefaultVersion, 1) == workflow.DefaultVersion {
		return
	}
	if err := r.archive(); err != nil {
		r.ledger.ArchiveError = reasonOf(err)
		workflow.GetLogger(r.ctx).Error("the run is not archived", "flow", r.flow.Name, "run", r.ledger.Run, "error",
			err)
		workflow.GetMetricsHandler(r.ctx).Counter("novaflow_runs_not_archived").Inc(1)
		return
	}
	r.ledger.Archived = workflow.Now(r.ctx)
}

// archive sends the record to the archive, part after part.
func (r *run) archive() error {
	parts, err := r.record()
	if err != nil {
		return err
	}
	until := workflow.Now(r.ctx).Add(archiveWithin)
	for _, p := range parts {
		id := ledger.ArchiveName + " ledger"
		if p.Part > 1 {
			id = fmt.Sprintf("%s %d", id, p.Part)
		}
		if err := r.sendArchive(id, p, until); err != nil {
			return err
		}
	}
	return nil
}

// sendArchive sends one part to the archive.
func (r *run) sendArchive(id string, part ledger.Archive, until time.Time) error {
	options := ActivityOptions(id, "keep the record of the run", r.flow.Archiver.Options)
	options.ScheduleToCloseTimeout = max(until.Sub(workflow.Now(r.ctx)), time.Second)
	ctx := workflow.WithActivityOptions(r.detached, options)
	return workflow.ExecuteActivity(ctx, r.flow.Archiver.Do, part).Get(ctx, nil)
}

// record returns the record of the run, divided into what one call can carry.
func (r *run) record() ([]ledger.Archive, error) {
	info := workflow.GetInfo(r.ctx)
	d := division{head: ledger.Archive{
		Workflow: info.WorkflowExecution.ID, Execution: info.WorkflowExecution.RunID, Scope: r.part.Path,
		Ledger: *r.ledger, Events: []ledger.Event{},
	}}
	d.head.Ledger.Tasks = nil
	for _, e := range r.entriesOf(r.part) {
		if p := d.partFor(e); p != nil {
			p.Ledger.Tasks = append(p.Ledger.Tasks, e)
		}
	}
	for i := range r.events {
		e := r.complete(r.events[i])
		if p := d.partFor(e); p != nil {
			p.Events = append(p.Events, e)
		}
	}
	for i := range d.parts {
		d.parts[i].Part, d.parts[i].Parts = i+1, len(d.parts)
	}
	return d.parts, d.err
}

// division is a record while it is divided.
type division struct {
	head  ledger.Archive // of every part
	parts []ledger.Archive
	size  int // bytes in the last part
	err   error
}

// partFor returns the part that can take one more entry or event, or nil if that cannot
// be encoded.
func (d *division) partFor(row any) *ledger.Archive {
	text, err := json.Marshal(row)
	if err != nil {
		d.err = err
		return nil
	}
	if d.size += len(text); len(d.parts) == 0 || d.size > archiveLimit {
		d.parts, d.size = append(d.parts, d.head), len(text)
	}
	return &d.parts[len(d.parts)-1]
}
