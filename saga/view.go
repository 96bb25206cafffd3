package saga

import (
	"fmt"
	"strings"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// Search attributes that every run sets. Register them in the namespace before
// the first run; see SearchAttributes.
var (
	AttributeKind      = temporal.NewSearchAttributeKeyKeyword("NovaflowKind")          // name of the flow
	AttributeOutcome   = temporal.NewSearchAttributeKeyKeyword("NovaflowOutcome")       // a RunState
	AttributeProject   = temporal.NewSearchAttributeKeyKeyword("NovaflowProject")       // set by who starts the run
	AttributeResources = temporal.NewSearchAttributeKeyKeywordList("NovaflowResources") // ids of what the run made
)

// Identified is implemented by results that stand for a thing with an id. The
// ids of a run's results can be searched for with AttributeResources.
type Identified interface{ ResourceID() string }

// detailsLimit is what the engine accepts as current details, less some room.
const detailsLimit = 19_000

// enter moves the run to a state and makes it visible.
func (r *run) enter(s RunState) {
	if r.paused && r.ledger.State == RunPaused { // shows when the pause ends
		r.before = s
		return
	}
	from := r.ledger.State
	if from == s {
		return
	}
	move(runMoves, &r.ledger.State, s)
	r.tell(Event{From: string(from), To: string(s), Text: r.ledger.Cause})
	if s.Final() {
		r.ledger.Ended = workflow.Now(r.ctx)
	}
	updates := []temporal.SearchAttributeUpdate{
		AttributeKind.ValueSet(r.flow.name), AttributeOutcome.ValueSet(string(s)),
	}
	if ids := r.resources(); len(ids) > 0 {
		updates = append(updates, AttributeResources.ValueSet(ids))
	}
	if err := workflow.UpsertTypedSearchAttributes(r.ctx, updates...); err != nil {
		workflow.GetLogger(r.ctx).Warn("search attributes not set", "error", err)
	}
	r.describe()
}

// resources are the ids of all that the run has made so far.
func (r *run) resources() []string {
	var ids []string
	for i, t := range r.flow.tasks {
		if t.id == nil || r.values.results[i] == nil {
			continue
		}
		if id := t.id(r.values.results[i]); id != "" {
			ids = append(ids, id)
		}
	}
	return ids
}

// describe shows the run as a tree in the workflow's current details.
func (r *run) describe() { workflow.SetCurrentDetails(r.ctx, r.ledger.Markdown()) }

// Markdown renders the ledger as a list of tasks with their states.
func (l *Ledger) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "**%s** %s", l.Flow, l.State)
	if l.Cause != "" {
		fmt.Fprintf(&b, ": %s", oneLine(l.Cause))
	}
	b.WriteString("\n\n")
	for i, e := range l.Tasks {
		if b.Len() > detailsLimit {
			fmt.Fprintf(&b, "- and %d more tasks\n", len(l.Tasks)-i)
			break
		}
		e.markdown(&b)
	}
	return b.String()
}

func (e *Entry) markdown(b *strings.Builder) {
	fmt.Fprintf(b, "- `%s` **%s**", e.Task, e.State)
	if e.Summary != "" {
		fmt.Fprintf(b, " %s", oneLine(e.Summary))
	}
	if len(e.Needs) > 0 {
		fmt.Fprintf(b, " (after %s)", strings.Join(e.Needs, ", "))
	}
	for _, text := range []string{e.Error, e.UndoError} {
		if text != "" {
			fmt.Fprintf(b, "\n  - %s", oneLine(text))
		}
	}
	b.WriteByte('\n')
}

// oneLine keeps a text from breaking out of its list item.
func oneLine(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > 400 {
		s = s[:400] + "..."
	}
	return s
}
