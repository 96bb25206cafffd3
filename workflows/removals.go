package workflows

import (
	"fmt"
	"strings"

	"novaflow/activities"
	"novaflow/saga"
)

// deletedForGood is why a flow that deletes never reverts.
const deletedForGood = "what is deleted cannot be brought back"

// removal says how things of one kind go, and when: all of a stage are gone
// before the next one begins.
type removal struct {
	stage  int
	kind   string
	task   string
	action saga.Action[activities.OwnedObject, activities.Removed]
}

// removeInStages adds a task for each thing, in the order of the removals. The ref
// is to what is gone then, as "kind id".
func removeInStages(f *saga.Flow, removals []removal, objects []activities.OwnedObject) saga.Ref[[]string] {
	return inStages(removals, objects, func(r removal, name string, o activities.OwnedObject, options ...saga.TaskOption) saga.Ref[activities.Removed] {
		return saga.Add(f, name, r.action, saga.Value(o), options...)
	})
}

// inStages is removeInStages for those who say themselves how a thing goes.
func inStages(removals []removal, objects []activities.OwnedObject, add func(removal, string, activities.OwnedObject, ...saga.TaskOption) saga.Ref[activities.Removed]) saga.Ref[[]string] {
	var gone []saga.Ref[string]
	var before, now []saga.Dependency
	for i, r := range removals {
		if i > 0 && r.stage > removals[i-1].stage && len(now) > 0 {
			before, now = now, nil
		}
		for n, object := range ofKind(objects, r.kind) {
			ref := add(r, fmt.Sprintf("%s-%d", r.task, n), object,
				saga.After(before...), saga.Summary(strings.TrimSpace(object.Kind+" "+object.Name)))
			now = append(now, ref)
			gone = append(gone, saga.From(ref, func(activities.Removed) string { return object.Kind + " " + object.ID }))
		}
	}
	return saga.Collect(gone)
}

// listRemovals is what removeInStages would remove, in that order.
func listRemovals(removals []removal, objects []activities.OwnedObject) (words []string) {
	for _, r := range removals {
		for _, o := range ofKind(objects, r.kind) {
			words = append(words, o.Kind+" "+o.ID)
		}
	}
	return words
}

func ofKind(objects []activities.OwnedObject, kind string) (out []activities.OwnedObject) {
	for _, o := range objects {
		if o.Kind == kind {
			out = append(out, o)
		}
	}
	return out
}

// Deleted is the result of ServerDelete.
type Deleted struct {
	ID      string   `json:"id"`             // of the server; "" if it was gone before
	Removed []string `json:"removed"`        // "kind id", in the order in which they went, or would go in a dry run
	Left    []string `json:"left,omitempty"` // what was made for a server and another one has by now
}
