package image

import (
	"go.temporal.io/sdk/workflow"

	"novaflow/activities"
	"novaflow/activities/glance"
	"novaflow/saga"
	"novaflow/workflows/spec"
)

// Delete removes an image that a run created, from a file or from a server, with the
// snapshots of volumes that an image of a server stands for. An image that is protected,
// or that novaflow did not create, is refused.
//
// Locks: the image's name in its cloud, as Publish.
//
// Invariant: it only goes forward, as what is deleted stays deleted.
var Delete = spec.Planned[DeleteSpec, glance.Image, spec.Deleted]{
	Workflow: "ImageDelete", Kind: "image-delete", // both stand in histories
	Plan: findImage, Build: buildDelete, DryRun: wouldGo,
	ForwardOnly: spec.DeletedForGood,
	Example: glance.Image{ServerImage: glance.ServerImage{
		OwnedObject: activities.OwnedObject{Kind: activities.KindImage, Name: "golden"},
	}},
}

// findImage looks up what a delete of the image removes.
func findImage(ctx workflow.Context, req DeleteSpec) (glance.Image, error) {
	return saga.ExecuteRead(ctx, "look up image "+req.Image, glance.ResolveOwnedImageAction,
		glance.OwnedImageQuery{Cloud: req.Cloud, Image: req.Image, Protected: req.Protected})
}

// buildDelete adds one task, for the image with what belongs to it.
func buildDelete(f *saga.Flow, im glance.Image) saga.Ref[spec.Deleted] {
	gone := saga.Add(f, "image", glance.RemoveImageAction, saga.Value(im.OwnedObject),
		saga.Summary("image "+im.Name))
	return saga.From(gone, func(activities.Removed) spec.Deleted { return wouldGo(im) })
}

// wouldGo returns what a delete of the image removes.
func wouldGo(im glance.Image) spec.Deleted {
	d := spec.Deleted{ID: im.ID}
	for _, s := range im.Snapshots {
		d.Removed = append(d.Removed, activities.KindSnapshot+" "+s)
	}
	d.Removed = append(d.Removed, activities.KindImage+" "+im.ID)
	return d
}

// DeleteSpec is the request of Delete.
type DeleteSpec struct {
	spec.RunOptions
	Image     string `json:"image"`               // name or id
	Protected bool   `json:"protected,omitempty"` // also one that is protected
}

// Validate returns everything that is wrong with the request, joined, or nil.
func (s DeleteSpec) Validate() error {
	return spec.Validate(func(bad spec.Report) {
		s.CheckForward(bad)
		spec.Require(bad, "image", s.Image)
	})
}
