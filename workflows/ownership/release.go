package ownership

import (
	"cmp"
	"fmt"

	"go.temporal.io/sdk/workflow"

	"novaflow/activities"
	"novaflow/activities/inventory"
	"novaflow/saga"
	"novaflow/workflows/spec"
)

// Release ends the management of a server, a volume, a network or an image: its mark is
// removed, and nothing else of it changes. What its run created beside a server or a
// network, such as ports and volumes, or subnets and the router, loses its mark too. No
// run deletes any of it from then on.
//
// Locks: the resource, and the volumes that are released with a server.
//
// Invariant: either all of it is without mark, or each resource has the mark that it had.
// Nothing is ever deleted.
var Release = spec.Planned[MarkSpec, releasing, Released]{
	Workflow: "Release", Kind: "release", // both stand in histories
	Plan: planRelease, Build: buildRelease, DryRun: releasing.result,
	Example: releasing{
		Spec: MarkSpec{RunOptions: spec.RunOptions{Cloud: "devcloud"}, Kind: activities.KindServer, Name: "web-1"},
		Found: inventory.Releasable{
			Object: activities.OwnedObject{Kind: activities.KindServer, Name: "web-1"},
			Others: []activities.OwnedObject{
				{Kind: activities.KindVolume, Name: "web-1-boot"}, {Kind: activities.KindPort, Name: "web-1-port-0"},
			},
		},
	},
}

// planRelease looks up what is released with the resource.
func planRelease(ctx workflow.Context, req MarkSpec) (releasing, error) {
	found, err := saga.ExecuteRead(ctx, "look up what belongs to "+req.Name,
		inventory.CheckReleaseAction, req.query(""))
	return releasing{req, found}, err
}

// releasing is the input of the flow: the request, and what the plan found.
type releasing struct {
	Spec  MarkSpec             `json:"spec"`
	Found inventory.Releasable `json:"found"`
}

// Options returns the options of the run.
func (r releasing) Options() spec.RunOptions { return r.Spec.RunOptions }

// buildRelease adds the tasks: lock the volumes, then remove each mark, the server's
// last. Until then a delete by the server's name finds all of it.
func buildRelease(f *saga.Flow, r releasing) saga.Ref[Released] {
	object := r.Found.Object
	var before, others []saga.Dependency
	if volumes := r.volumes(); len(volumes) > 0 {
		own := spec.WorkflowID(object.Kind, r.Spec.Cloud, cmp.Or(object.Name, object.ID))
		before = append(before, spec.LockAlso(f, own, saga.Value(volumes), r.Spec.LockOptions()...))
	}
	for i, o := range r.Found.Others {
		others = append(others, saga.Add(f, fmt.Sprintf("release-%d", i), inventory.ReleaseAction, saga.Value(o),
			saga.After(before...), saga.Summary(o.Kind+" "+o.Name)))
	}
	last := saga.Add(f, "release", inventory.ReleaseAction, saga.Value(object),
		saga.After(append(others, before...)...), saga.Summary(object.Kind+" "+object.Name))
	return saga.From(last, func(inventory.Released) Released { return r.result() })
}

// volumes returns the workflow ids of the volumes that are released with a server.
func (r releasing) volumes() (ids []string) {
	for _, o := range spec.OfKind(r.Found.Others, activities.KindVolume) {
		ids = append(ids, spec.VolumeWorkflowID(r.Spec.Cloud, cmp.Or(o.Name, o.ID)))
	}
	return ids
}

// Released is the result of Release.
type Released struct {
	Kind     string   `json:"kind"`
	ID       string   `json:"id"`
	Name     string   `json:"name,omitempty"`
	Released []string `json:"released"`       // as "kind id"
	Stay     []string `json:"stay,omitempty"` // what its run created and keeps, as its mark cannot change
}

// result returns what the run releases, or would release.
func (r releasing) result() Released {
	object := r.Found.Object
	out := Released{
		Kind: object.Kind, ID: object.ID, Name: object.Name, Released: []string{object.Kind + " " + object.ID},
	}
	for _, o := range r.Found.Others {
		out.Released = append(out.Released, o.Kind+" "+o.ID)
	}
	for _, o := range r.Found.Stay {
		out.Stay = append(out.Stay, o.Kind+" "+o.ID)
	}
	return out
}
