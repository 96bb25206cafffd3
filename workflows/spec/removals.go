package spec

import (
	"fmt"
	"strings"

	"novaflow/activities"
	"novaflow/saga"
)

// DeletedForGood is why a flow that deletes never reverts.
const DeletedForGood = "what is deleted cannot be brought back"

// Removal says how things of one kind go, and when: all of a stage are gone
// before the next one begins.
type Removal struct {
	Stage  int
	Kind   string
	Task   string
	Action saga.Action[activities.OwnedObject, activities.Removed]
}

// AddRemovals adds a task for each thing, in the order of the removals. The ref
// is to what is gone then, as "kind id".
func AddRemovals(f *saga.Flow, removals []Removal, objects []activities.OwnedObject) saga.Ref[[]string] {
	return AddInStages(removals, objects, func(r Removal, name string, o activities.OwnedObject, options ...saga.TaskOption) saga.Ref[activities.Removed] {
		return saga.Add(f, name, r.Action, saga.Value(o), options...)
	})
}

// AddInStages is removeInStages for those who say themselves how a thing goes.
func AddInStages(removals []Removal, objects []activities.OwnedObject, add func(Removal, string, activities.OwnedObject, ...saga.TaskOption) saga.Ref[activities.Removed]) saga.Ref[[]string] {
	var gone []saga.Ref[string]
	var before, now []saga.Dependency
	for i, r := range removals {
		if i > 0 && r.Stage > removals[i-1].Stage && len(now) > 0 {
			before, now = now, nil
		}
		for n, object := range OfKind(objects, r.Kind) {
			ref := add(r, fmt.Sprintf("%s-%d", r.Task, n), object,
				saga.After(before...), saga.Summary(strings.TrimSpace(object.Kind+" "+object.Name)))
			now = append(now, ref)
			gone = append(gone, saga.From(ref, func(activities.Removed) string { return object.Kind + " " + object.ID }))
		}
	}
	return saga.Collect(gone)
}

// ListRemovals is what removeInStages would remove, in that order.
func ListRemovals(removals []Removal, objects []activities.OwnedObject) (words []string) {
	for _, r := range removals {
		for _, o := range OfKind(objects, r.Kind) {
			words = append(words, o.Kind+" "+o.ID)
		}
	}
	return words
}

func OfKind(objects []activities.OwnedObject, kind string) (out []activities.OwnedObject) {
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
