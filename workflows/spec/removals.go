package spec

import (
	"fmt"
	"strings"

	"novaflow/activities"
	"novaflow/saga"
)

// DeletedForGood is the reason why a flow that deletes never reverts.
const DeletedForGood = "what is deleted cannot be restored"

// Deleted is the result of the flows that delete.
type Deleted struct {
	ID      string   `json:"id"`             // of the resource; "" if it was gone before
	Removed []string `json:"removed"`        // "kind id", in the order of the deletion; in a dry run, what would be
	Left    []string `json:"left,omitempty"` // what was created for a server and another one has by now
}

// Removal says how resources of one kind are removed, and when: all of a stage are gone
// before the next stage begins.
type Removal struct {
	Stage  int
	Kind   string
	Task   string                                                  // name of the tasks, before "-N"
	Action saga.Action[activities.OwnedObject, activities.Removed] // unused with AddInStages
}

// removeOne adds the task that removes a resource, under a name.
type removeOne = func(Removal, string, activities.OwnedObject, ...saga.TaskOption) saga.Ref[activities.Removed]

// AddRemovals adds a task for each object, in the order of the removals. The ref is to
// what is gone then, as "kind id".
func AddRemovals(f *saga.Flow, removals []Removal, objects []activities.OwnedObject) saga.Ref[[]string] {
	return AddInStages(removals, objects,
		func(r Removal, task string, o activities.OwnedObject, opts ...saga.TaskOption) saga.Ref[activities.Removed] {
			return saga.Add(f, task, r.Action, saga.Value(o), opts...)
		})
}

// AddInStages does what AddRemovals does, with tasks that add creates.
func AddInStages(removals []Removal, objects []activities.OwnedObject, add removeOne) saga.Ref[[]string] {
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
			word := object.Kind + " " + object.ID
			gone = append(gone, saga.From(ref, func(activities.Removed) string { return word }))
		}
	}
	return saga.Collect(gone)
}

// ListRemovals lists what AddRemovals would remove, in that order.
func ListRemovals(removals []Removal, objects []activities.OwnedObject) (words []string) {
	for _, r := range removals {
		for _, o := range OfKind(objects, r.Kind) {
			words = append(words, o.Kind+" "+o.ID)
		}
	}
	return words
}

// OfKind returns the objects of a kind.
func OfKind(objects []activities.OwnedObject, kind string) (out []activities.OwnedObject) {
	for _, o := range objects {
		if o.Kind == kind {
			out = append(out, o)
		}
	}
	return out
}
