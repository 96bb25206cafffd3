package ownership

import (
	"cmp"
	"fmt"

	"go.temporal.io/sdk/workflow"

	"novaflow/activities"
	"novaflow/saga"
	"novaflow/workflows/spec"
)

// Release ends the management of a server, a volume, a network or an image: its mark
// goes, and nothing else of it changes. With a server or a network goes the mark of what
// its run made beside it, such as ports and volumes, or subnets and the router. No run
// deletes any of it from then on.
//
// What is held: the workflow id of the thing, and the volumes that go with a server.
//
// The invariant: either all of it is without mark, or each thing has the mark that it
// had. Nothing is deleted, always.
var Release = spec.Planned[MarkSpec, releasing, Released]{
	Workflow: "Release", Kind: "release", // both stand in histories
	Plan: planRelease, Build: buildRelease, DryRun: releasing.result,
	Example: releasing{
		Spec: MarkSpec{RunOptions: spec.RunOptions{Cloud: "devcloud"}, Kind: activities.KindServer, Name: "web-1"},
		Found: activities.Releasable{
			Object: activities.OwnedObject{Kind: activities.KindServer, Name: "web-1"},
			Others: []activities.OwnedObject{{Kind: activities.KindVolume, Name: "web-1-boot"}, {Kind: activities.KindPort, Name: "web-1-port-0"}},
		},
	},
}

// planRelease looks up what is released with the resource.
func planRelease(ctx workflow.Context, req MarkSpec) (releasing, error) {
	found, err := saga.Look(ctx, "look up what belongs to "+req.Name, activities.CheckReleaseAction, req.query(""))
	return releasing{req, found}, err
}

// Options returns the options of the run.
func (l releasing) Options() spec.RunOptions { return l.Spec.RunOptions }

func (l releasing) result() Released { return released(l.Found) }

// releasing is the input of the flow: what is asked for, and what there is.
type releasing struct {
	Spec  MarkSpec              `json:"spec"`
	Found activities.Releasable `json:"found"`
}

// buildRelease is the flow: lock the volumes, then take each mark away, the server's
// last: until then a delete by its name finds all of it.
func buildRelease(f *saga.Flow, l releasing) saga.Ref[Released] {
	var before, others []saga.Dependency
	if volumes := l.volumes(); len(volumes) > 0 {
		object := l.Found.Object
		before = append(before, spec.LockAlso(f, spec.WorkflowID(object.Kind, l.Spec.Cloud, cmp.Or(object.Name, object.ID)), saga.Value(volumes), l.Spec.LockOptions()...))
	}
	for i, o := range l.Found.Others {
		others = append(others, saga.Add(f, fmt.Sprintf("release-%d", i), activities.ReleaseAction, saga.Value(o), saga.After(before...), saga.Summary(o.Kind+" "+o.Name)))
	}
	object := l.Found.Object
	last := saga.Add(f, "release", activities.ReleaseAction, saga.Value(object), saga.After(append(others, before...)...), saga.Summary(object.Kind+" "+object.Name))
	return saga.From(last, func(activities.Released) Released { return released(l.Found) })
}

// volumes are the workflow ids of the volumes that go with a server.
func (l releasing) volumes() (ids []string) {
	for _, o := range spec.OfKind(l.Found.Others, activities.KindVolume) {
		ids = append(ids, spec.VolumeWorkflowID(l.Spec.Cloud, cmp.Or(o.Name, o.ID)))
	}
	return ids
}

// Released is the result of Release.
type Released struct {
	Kind     string   `json:"kind"`
	ID       string   `json:"id"`
	Name     string   `json:"name,omitempty"`
	Released []string `json:"released"`       // as "kind id"
	Stay     []string `json:"stay,omitempty"` // what its run made and keeps, as its mark cannot change
}

func released(found activities.Releasable) Released {
	out := Released{Kind: found.Object.Kind, ID: found.Object.ID, Name: found.Object.Name, Released: []string{found.Object.Kind + " " + found.Object.ID}}
	for _, o := range found.Others {
		out.Released = append(out.Released, o.Kind+" "+o.ID)
	}
	for _, o := range found.Stay {
		out.Stay = append(out.Stay, o.Kind+" "+o.ID)
	}
	return out
}
