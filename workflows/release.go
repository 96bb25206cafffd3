package workflows

import (
	"cmp"
	"fmt"

	"go.temporal.io/sdk/workflow"

	"novaflow/activities"
	"novaflow/activities/inventory"
	"novaflow/saga"
)

// Release ends the management of a server, a volume, a network or an image: its mark
// goes, and nothing else of it changes. With a server or a network goes the mark of what its run made
// beside it, such as ports and volumes, or subnets and the router. No run deletes any of it from then on.
//
// What is held: the workflow id of the thing, and the volumes that go with a server.
//
// The invariant: either all of it is without mark, or each thing has the mark that it
// had. Nothing is deleted, always.
func Release(ctx workflow.Context, spec MarkSpec) (Released, error) {
	if err := refuse(spec); err != nil {
		return Released{}, err
	}
	found, err := saga.Look(ctx, "look up what belongs to "+spec.Name, inventory.CheckReleaseAction, spec.query(""))
	if err != nil {
		return Released{}, err
	}
	if spec.DryRun {
		return released(found), nil
	}
	return release.Run(ctx, letting{spec, found})
}

// Names of the workflow and of its flow.
const (
	ReleaseName = "Release"
	ReleaseKind = "release"
)

var release = saga.Define(ReleaseKind, buildRelease)

// letting is the input of the flow: what is asked for, and what there is.
type letting struct {
	Spec  MarkSpec             `json:"spec"`
	Found inventory.Releasable `json:"found"`
}

var releaseExample = letting{
	Spec: MarkSpec{RunOptions: RunOptions{Cloud: "devcloud"}, Kind: activities.KindServer, Name: "web-1"},
	Found: inventory.Releasable{
		Object: activities.OwnedObject{Kind: activities.KindServer, Name: "web-1"},
		Others: []activities.OwnedObject{{Kind: activities.KindVolume, Name: "web-1-boot"}, {Kind: activities.KindPort, Name: "web-1-port-0"}},
	},
}

// buildRelease is the flow: lock the volumes, then take each mark away, the server's
// last: until then a delete by its name finds all of it.
func buildRelease(l letting) (*saga.Flow, saga.Ref[Released]) {
	f := saga.NewFlow(ReleaseKind, l.Spec.flowOptions()...)
	var before, others []saga.Dependency
	if volumes := l.volumes(); len(volumes) > 0 {
		object := l.Found.Object
		before = append(before, lockAlso(f, WorkflowID(object.Kind, l.Spec.Cloud, cmp.Or(object.Name, object.ID)), saga.Value(volumes), l.Spec.lockOptions()...))
	}
	for i, o := range l.Found.Others {
		others = append(others, saga.Add(f, fmt.Sprintf("release-%d", i), inventory.ReleaseAction, saga.Value(o), saga.After(before...), saga.Summary(o.Kind+" "+o.Name)))
	}
	object := l.Found.Object
	last := saga.Add(f, "release", inventory.ReleaseAction, saga.Value(object), saga.After(append(others, before...)...), saga.Summary(object.Kind+" "+object.Name))
	return f, saga.From(last, func(inventory.Released) Released { return released(l.Found) })
}

// volumes are the workflow ids of the volumes that go with a server.
func (l letting) volumes() (ids []string) {
	for _, o := range ofKind(l.Found.Others, activities.KindVolume) {
		ids = append(ids, VolumeWorkflowID(l.Spec.Cloud, cmp.Or(o.Name, o.ID)))
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

func released(found inventory.Releasable) Released {
	out := Released{Kind: found.Object.Kind, ID: found.Object.ID, Name: found.Object.Name, Released: []string{found.Object.Kind + " " + found.Object.ID}}
	for _, o := range found.Others {
		out.Released = append(out.Released, o.Kind+" "+o.ID)
	}
	for _, o := range found.Stay {
		out.Stay = append(out.Stay, o.Kind+" "+o.ID)
	}
	return out
}
