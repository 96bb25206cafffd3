package saga

import (
	"encoding/json"
	"strings"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"novaflow/saga/ledger"
)

// Identified is implemented by results that stand for a thing with an id. The
// ids of a run's results can be searched for with AttributeResources.
type Identified interface{ ResourceID() string }

// Related is implemented by results that stand for what is between things, such
// as the attachment of one to another. It gives the ids of those.
type Related interface{ ResourceIDs() []string }

// Requested is implemented by results that tell under which id the outside world
// knows the request that had the effect, for whoever looks into its logs.
type Requested interface{ RequestID() string }

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
	r.ledger.State.Move(s)
	r.tell(Event{From: string(from), To: string(s), Text: r.ledger.Cause})
	if s.Final() {
		r.ledger.Ended = workflow.Now(r.ctx)
	}
	updates := []temporal.SearchAttributeUpdate{
		AttributeKind.ValueSet(r.flow.Name), AttributeOutcome.ValueSet(string(s)),
	}
	if ids := r.searchable(); len(ids) > 0 {
		updates = append(updates, AttributeResources.ValueSet(ids))
	}
	if err := workflow.UpsertTypedSearchAttributes(r.ctx, updates...); err != nil {
		workflow.GetLogger(r.ctx).Warn("search attributes not set", "error", err)
	}
	r.describe()
}

// attributeLimit is the size of the value of a search attribute, as JSON and in bytes,
// that an engine takes unless it is told otherwise (limit.searchAttributesSizeOfValueLimit).
// It terminates the run that sets a larger one.
const attributeLimit = 2048

// searchable are the first ids of what the run has made, as many as the engine takes.
// Runs of older versions set them all, on engines with another limit.
func (r *run) searchable() []string {
	ids := r.resources()
	fit := fitting(ids, attributeLimit)
	if fit < len(ids) && workflow.GetVersion(r.ctx, "novaflow-searchable-resources", workflow.DefaultVersion, 1) == 1 {
		return ids[:fit]
	}
	return ids
}

// fitting is how many of the texts fit into a list in JSON of that size.
func fitting(texts []string, limit int) int {
	size := len("[]")
	for i, text := range texts {
		one, err := json.Marshal(text)
		if size += len(one) + len(","); err != nil || size-len(",") > limit {
			return i
		}
	}
	return len(texts)
}

// resources are the ids of all that the run has made so far, each once.
func (r *run) resources() (ids []string) {
	seen := map[string]bool{}
	for _, e := range r.ledger.Tasks {
		for _, id := range e.Resources {
			if !seen[id] {
				ids, seen[id] = append(ids, id), true
			}
		}
	}
	return ids
}

// describe shows the run as a tree in the workflow's current details, below what a
// person can tell it if it waits for one.
func (r *run) describe() {
	advice := r.advice()
	tree := strings.ReplaceAll(r.ledger.TreeOf(r.branches, ledger.DetailsLimit-len(advice)), "```", "'''")
	workflow.SetCurrentDetails(r.ctx, advice+"```text\n"+tree+"```")
}
