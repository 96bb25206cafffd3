package glance

import (
	"context"
	"fmt"
	"net/http"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack/image/v2/images"
	"github.com/gophercloud/gophercloud/v2/openstack/image/v2/members"

	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/resource"
	"novaflow/activities/internal/task"
	"novaflow/saga"
)

// The actions that let others have an image: show it, and share it with a project.
var (
	PublishImageAction = saga.Do((*Activities)(nil).PublishImage).UndoneBy((*Activities)(nil).UnpublishImage).
				With(task.SubmitOptions).UndoWith(task.SubmitOptions)
	ShareImageAction = saga.Do((*Activities)(nil).ShareImage).UndoneBy((*Activities)(nil).UnshareImage).
				With(task.SubmitOptions).UndoWith(task.SubmitOptions)
)

// PublishImageInput says who may see an image, and whether it may be deleted.
type PublishImageInput struct {
	Cloud      string `json:"cloud"`
	ImageID    string `json:"imageId"`
	Name       string `json:"name,omitempty"` // for messages
	Visibility string `json:"visibility"`     // private, shared, community or public
	Protected  bool   `json:"protected,omitempty"`
}

// PublishImage gives the image its visibility and protects it, in one request.
// Repeating it changes nothing.
func (a *Activities) PublishImage(ctx context.Context, in saga.Intent[PublishImageInput]) (Image, error) {
	return task.Forward(ctx, a.Clouds, in.In.Cloud, func(ctx context.Context, c *cloud.Client) (Image, error) {
		return setVisibility(ctx, c, in.In)
	})
}

// UnpublishImage makes the image private again and removes its protection, so that it can
// be deleted. It leaves alone an image that is gone or that another run created.
func (a *Activities) UnpublishImage(ctx context.Context, u saga.Undo[PublishImageInput, Image]) error {
	return task.Backward(ctx, a.Clouds, u.In.Cloud, func(ctx context.Context, c *cloud.Client) error {
		v, err := Images.Get(ctx, c, u.In.ImageID)
		private := string(images.ImageVisibilityPrivate)
		if err != nil || v.Mark.Run() != u.Mark.Run() || v.Visibility == private && !v.Protected {
			return cloud.IgnoreGone(err)
		}
		_, err = setVisibility(ctx, c, PublishImageInput{Cloud: u.In.Cloud, ImageID: v.ID, Name: v.Name,
			Visibility: private})
		return cloud.IgnoreGone(err)
	})
}

// setVisibility sets who sees an image and whether it is protected.
func setVisibility(ctx context.Context, c *cloud.Client, in PublishImageInput) (Image, error) {
	patch, cancel, err := task.Uninterrupted(ctx)
	if err != nil {
		return Image{}, err
	}
	defer cancel()
	change := images.UpdateOpts{
		images.UpdateVisibility{Visibility: images.ImageVisibility(in.Visibility)},
		images.ReplaceImageProtected{NewProtected: in.Protected},
	}
	if in.Visibility == string(images.ImageVisibilityPublic) {
		change = append(change, images.ReplaceImageHidden{NewHidden: false})
	}
	im, err := images.Update(patch, c.Image, in.ImageID, change).Extract()
	words := "make " + resource.Describe(resource.KindImage, in.Name, in.ImageID) + " " + in.Visibility
	if in.Protected {
		words += " and protect it"
	}
	return asImage(c, im), cloud.Glance.Op(cloud.Changing, words).Wrap(ctx, err)
}

// ShareImageInput says with which project to share an image.
type ShareImageInput struct {
	Cloud   string `json:"cloud"`
	ImageID string `json:"imageId"`
	Name    string `json:"name,omitempty"` // for messages
	Project string `json:"project"`        // id
}

func (in ShareImageInput) op(call cloud.Call, verb, preposition string) cloud.Op {
	return cloud.Glance.Op(call, fmt.Sprintf("%s %s %s project %s", verb,
		resource.Describe(resource.KindImage, in.Name, in.ImageID), preposition, in.Project))
}

// Shared is a project that may use an image. It sees it in its lists once it has
// accepted it.
type Shared struct {
	ImageID string `json:"imageId"`
	Project string `json:"project"` // id
	Status  string `json:"status"`  // pending, accepted or rejected, by the project
	cloud.Answered
}

// ShareImage adds the project to the members of the image. It succeeds if the project is
// a member already: a membership carries no mark, as it has no field for one.
func (a *Activities) ShareImage(ctx context.Context, in saga.Intent[ShareImageInput]) (Shared, error) {
	return task.Forward(ctx, a.Clouds, in.In.Cloud, func(ctx context.Context, c *cloud.Client) (Shared, error) {
		post, cancel, err := task.Uninterrupted(ctx)
		if err != nil {
			return Shared{}, err
		}
		defer cancel()
		m, err := members.Create(post, c.Image, in.In.ImageID, in.In.Project).Extract()
		if gophercloud.ResponseCodeIs(err, http.StatusConflict) {
			m, err = members.Get(ctx, c.Image, in.In.ImageID, in.In.Project).Extract()
		}
		if err != nil {
			return Shared{}, in.In.op(cloud.Changing, "share", "with").Wrap(ctx, err)
		}
		return Shared{ImageID: m.ImageID, Project: m.MemberID, Status: m.Status}, nil
	})
}

// UnshareImage makes sure that the project is no member. An image that is gone, or
// not shared with anybody, or that another run created, has none of ours.
func (a *Activities) UnshareImage(ctx context.Context, u saga.Undo[ShareImageInput, Shared]) error {
	return task.Backward(ctx, a.Clouds, u.In.Cloud, func(ctx context.Context, c *cloud.Client) error {
		v, err := Images.Get(ctx, c, u.In.ImageID)
		if err != nil || v.Mark.Run() != u.Mark.Run() || v.Visibility != string(images.ImageVisibilityShared) {
			return cloud.IgnoreGone(err)
		}
		err = members.Delete(ctx, c.Image, u.In.ImageID, u.In.Project).ExtractErr()
		return cloud.IgnoreGone(u.In.op(cloud.Deleting, "stop sharing", "with").Wrap(ctx, err))
	})
}
