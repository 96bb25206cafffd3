package workflows

import (
	"go.temporal.io/sdk/workflow"

	"novaflow/activities"
	"novaflow/activities/glance"
	"novaflow/saga"
)

// ImageDelete removes an image that a run made, of a file or of a server, with the
// snapshots of volumes that an image of a server stands for. One that is protected,
// or that novaflow did not make, is refused.
//
// It only goes forward: what is gone stays gone.
//
// What is held: the same workflow id as ImagePublish's.
func ImageDelete(ctx workflow.Context, spec ImageDeleteSpec) (Deleted, error) {
	if err := refuse(spec); err != nil {
		return Deleted{}, err
	}
	im, err := saga.Look(ctx, "look up image "+spec.Image, glance.ResolveOwnedImageAction,
		glance.OwnedImageQuery{Cloud: spec.Cloud, Image: spec.Image, Protected: spec.Protected})
	if err != nil {
		return Deleted{}, err
	}
	if spec.DryRun {
		return deletedImage(im), nil
	}
	return imageDelete.Run(ctx, im, spec.flowOptions()...)
}

// deletedImage is what a delete of the image removes.
func deletedImage(im glance.Image) Deleted {
	d := Deleted{ID: im.ID}
	for _, s := range im.Snapshots {
		d.Removed = append(d.Removed, activities.KindSnapshot+" "+s)
	}
	d.Removed = append(d.Removed, activities.KindImage+" "+im.ID)
	return d
}

// Names of the workflow and of its flow.
const (
	ImageDeleteName = "ImageDelete"
	ImageDeleteKind = "image-delete"
)

var imageDelete = saga.Define(ImageDeleteKind, buildImageDelete)

var imageDeleteExample = glance.Image{ServerImage: glance.ServerImage{OwnedObject: activities.OwnedObject{Kind: activities.KindImage, Name: "golden"}}}

// buildImageDelete is the flow: the image, with what belongs to it.
func buildImageDelete(im glance.Image) (*saga.Flow, saga.Ref[Deleted]) {
	f := saga.NewFlow(ImageDeleteKind, saga.ForwardOnly("what is deleted cannot be brought back"))
	gone := saga.Add(f, "image", glance.RemoveImageAction, saga.Value(im.OwnedObject), saga.Summary("image "+im.Name))
	return f, saga.From(gone, func(activities.Removed) Deleted { return deletedImage(im) })
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
