package workflows

import (
	"go.temporal.io/sdk/workflow"

	"novaflow/activities"
	"novaflow/saga"
)

// ImageDelete removes an image that a run made, of a file or of a server, with the
// snapshots of volumes that an image of a server stands for. One that is protected,
// or that novaflow did not make, is refused.
//
// It only goes forward: what is gone stays gone.
//
// What is held: the same workflow id as ImagePublish's.
var ImageDelete = Planned[ImageDeleteSpec, activities.Image, Deleted]{
	Workflow: "ImageDelete", Kind: "image-delete", // both stand in histories
	Plan: findImage, Build: buildImageDelete, DryRun: deletedImage,
	ForwardOnly: deletedForGood,
	Example:     activities.Image{ServerImage: activities.ServerImage{OwnedObject: activities.OwnedObject{Kind: activities.KindImage, Name: "golden"}}},
}

// findImage looks up what a delete of the image removes.
func findImage(ctx workflow.Context, req ImageDeleteSpec) (activities.Image, error) {
	return saga.Look(ctx, "look up image "+req.Image, activities.FindImageAction,
		activities.ImageOwnedQuery{Cloud: req.Cloud, Image: req.Image, Protected: req.Protected})
}

// deletedImage is what a delete of the image removes.
func deletedImage(im activities.Image) Deleted {
	d := Deleted{ID: im.ID}
	for _, s := range im.Snapshots {
		d.Removed = append(d.Removed, activities.KindSnapshot+" "+s)
	}
	d.Removed = append(d.Removed, activities.KindImage+" "+im.ID)
	return d
}

// buildImageDelete is the flow: the image, with what belongs to it.
func buildImageDelete(f *saga.Flow, im activities.Image) saga.Ref[Deleted] {
	gone := saga.Add(f, "image", activities.RemoveImageAction, saga.Value(im.OwnedObject), saga.Summary("image "+im.Name))
	return saga.From(gone, func(activities.Removed) Deleted { return deletedImage(im) })
}

// ImageDeleteSpec is the input of ImageDelete.
type ImageDeleteSpec struct {
	RunOptions
	Image     string `json:"image"`               // name or id
	Protected bool   `json:"protected,omitempty"` // also one that is protected
}

// Validate does for a delete what it does for a create.
func (s ImageDeleteSpec) Validate() error {
	return validation(func(bad report) {
		s.validateForward(bad)
		required(bad, "image", s.Image)
	})
}
