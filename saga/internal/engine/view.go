package engine

import (
	"encoding/json"
	"strings"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"novaflow/saga/ledger"
)

// enter moves the run to a state and makes it visible.
func (r *run) enter(s ledger.RunState) {
	if r.paused && r.ledger.State == ledger.RunPaused { // shows when the pause ends
		r.before = s
		return
	}
	from := r.ledger.State
	if from == s {
		return
	}
	r.ledger.State.Move(s)
	r.notify(ledger.Event{From: string(from), To: string(s), Text: r.ledger.Cause})
	if s.Final() {
		r.ledger.Ended = workflow.Now(r.ctx)
	}
	updates := []temporal.SearchAttributeUpdate{
		ledger.AttributeKind.ValueSet(r.flow.Name), ledger.AttributeOutcome.ValueSet(string(s)),
	}
	if ids := r.searchable(); len(ids) > 0 {
		updates = append(updates, ledger.AttributeResources.ValueSet(ids))
	}
	if err := workflow.UpsertTypedSearchAttributes(r.ctx, updates...); err != nil {
		workflow.GetLogger(r.ctx).Warn("search attributes not set", "error", err)
	}
	r.describe()
}

// attributeLimit is the size of the value of a search attribute, as JSON and in bytes,
// that an engine takes unless it is configured otherwise
// (limit.searchAttributesSizeOfValueLimit). It terminates the run that sets a larger one.
const attributeLimit = 2048

// searchable returns the first ids of what the run has created, as many as the engine
// takes.
func (r *run) searchable() []string {
	ids := r.resources()
	fit := countFitting(ids, attributeLimit)
	return ids[:fit]
}

// countFitting counts how many of the texts fit into a list in JSON of that size.
func countFitting(texts []string, limit int) int {
	size := len("[]")
	for i, text := range texts {
		one, err := json.Marshal(text)
		if size += len(one) + len(","); err != nil || size-len(",") > limit {
			return i
		}
	}
	return len(texts)
}

// resources returns the ids of all that the run has created so far, each once.
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

// describe shows the run as a tree in the workflow's current details, below what an
// operator can request if it waits for a decision.
func (r *run) describe() {
	advice := r.advice()
	tree := strings.ReplaceAll(r.ledger.TreeOf(r.branches, ledger.DetailsLimit-len(advice)), "```", "'''")
	workflow.SetCurrentDetails(r.ctx, advice+"```text\n"+tree+"```")
}
