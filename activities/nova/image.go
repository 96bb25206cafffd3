package nova

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/servers"
	"github.com/gophercloud/gophercloud/v2/openstack/image/v2/images"

	"novaflow/activities/glance"
	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/resource"
	"novaflow/activities/internal/task"
	"novaflow/saga"
)

// The actions that create an image of a server: look whether it may be, ask for it
// (and take it away), wait, and give it its name.
var (
	CheckServerImageAction = saga.Read((*Activities)(nil).CheckServerImage).With(task.CheckOptions)
	ServerImageAction      = saga.Do((*Activities)(nil).CreateServerImage).
				UndoneBy((*Activities)(nil).DeleteServerImage).With(imagingOptions).UndoWith(task.DeleteOptions)
	WaitServerImageAction = saga.Read((*Activities)(nil).WaitServerImage).With(task.WaitOptions)
	NameServerImageAction = saga.Do((*Activities)(nil).NameServerImage).
				NoUndo("the image goes as a whole, by the undo of the task that created it").With(task.SubmitOptions)
)

// imagingOptions leaves nova time: it creates the snapshots of all volumes before it
// answers.
var imagingOptions = saga.Options{Timeout: 5 * time.Minute, HeartbeatTimeout: task.HeartbeatTimeout}

// ServerImageQuery asks whether an image of a server can be created.
type ServerImageQuery struct {
	Cloud  string `json:"cloud"`
	Server string `json:"server"` // id, or exact name
}

// imagable are the statuses in which nova creates an image of a server.
var imagable = []string{"ACTIVE", "SHUTOFF", "PAUSED", "SUSPENDED"}

// CheckServerImage looks whether an image of the server can be created.
func (a *Activities) CheckServerImage(ctx context.Context, q ServerImageQuery) (Server, error) {
	return task.Forward(ctx, a.Clouds, q.Cloud, func(ctx context.Context, c *cloud.Client) (Server, error) {
		v, err := ResolveServer(ctx, c, q.Server)
		if err != nil {
			return Server{}, err
		}
		if !slices.Contains(imagable, v.Status) {
			return Server{}, cloud.Invalid("%s is %s: an image can be created from a server that is %s",
				resource.Describe(resource.KindServer, v.Name, v.ID), v.Status, strings.Join(imagable, ", "))
		}
		if busy := DescribeBusy(v); busy != "" {
			return Server{}, cloud.Invalid("%s", busy)
		}
		return v, nil
	})
}

// CreateServerImageInput says of which server to create an image.
type CreateServerImageInput struct {
	Cloud    string `json:"cloud"`
	ServerID string `json:"serverId"`
	Server   string `json:"server,omitempty"` // its name, for messages
	Name     string `json:"name"`             // that the image will have
}

// CreateServerImage asks for an image of the server, or adopts the one with the
// mark. It does not wait for it. Snapshots that an earlier attempt has left
// without an image are deleted first.
func (a *Activities) CreateServerImage(ctx context.Context,
	in saga.Intent[CreateServerImageInput]) (glance.ServerImage, error) {
	return task.Forward(ctx, a.Clouds, in.In.Cloud,
		func(ctx context.Context, c *cloud.Client) (glance.ServerImage, error) {
			what := "create an image of " + resource.Describe(resource.KindServer, in.In.Server, in.In.ServerID)
			return glance.ServerImages.Ensure(ctx, c, what, in.Mark,
				func(ctx context.Context) (glance.ServerImage, error) {
					if err := glance.DropSnapshots(ctx, c, in.Mark, nil); err != nil {
						return glance.ServerImage{}, err
					}
					name := glance.WorkingName(in.In.Name, in.Mark)
					made := servers.CreateImage(ctx, c.Compute, in.In.ServerID,
						servers.CreateImageOpts{Name: name, Metadata: resource.MarkMetadata(in.Mark)})
					id, err := made.ExtractImageID()
					if err != nil {
						return glance.ServerImage{}, cloud.Nova.Op(cloud.Creating, what).Wrap(ctx, err)
					}
					return glance.ServerImage{OwnedObject: resource.OwnedObject{Cloud: c.Name,
						Kind: resource.KindImage, ID: id, Name: name, Status: "queued", Mark: in.Mark}}, nil
				})
		})
}

// DeleteServerImage makes sure that image and snapshots are absent, and returns
// when they are gone and nova is no longer at work on the image. The snapshots go
// first: while the image exists, it says which they are.
func (a *Activities) DeleteServerImage(ctx context.Context,
	u saga.Undo[CreateServerImageInput, glance.ServerImage]) error {
	return task.Backward(ctx, a.Clouds, u.In.Cloud, func(ctx context.Context, c *cloud.Client) error {
		found, err := glance.ServerImages.Search(ctx, c, u.Mark, u.Out == nil)
		if err != nil {
			return err
		}
		var mapped []string
		for _, im := range found {
			mapped = append(mapped, im.Snapshots...)
		}
		if err := glance.DropSnapshots(ctx, c, u.Mark, mapped); err != nil {
			return err
		}
		if err := glance.ServerImages.DeleteMarked(ctx, c, resource.IDOf(u.Out), u.Mark); err != nil {
			return err
		}
		begun := time.Now()
		return cloud.IgnoreGone(Servers.Watch(ctx, c, u.In.ServerID, func(v Server) (bool, error) {
			task.Say(ctx, task.DescribeWait(resource.Describe(resource.KindServer, v.Name, v.ID), v.Status+" "+
				v.TaskState, begun))
			return !strings.HasPrefix(v.TaskState, "image_"), nil
		}))
	})
}

// ServerImageWait says what image to wait for.
type ServerImageWait struct {
	Cloud    string `json:"cloud"`
	ID       string `json:"id"`
	ServerID string `json:"serverId"`
}

// WaitServerImage waits until the image is active, its snapshots are available and
// nova is no longer at work on the server. Nova deletes an image that it could not
// fill: that is an error of type ServerError.
func (a *Activities) WaitServerImage(ctx context.Context, w ServerImageWait) (glance.ServerImage, error) {
	return task.Forward(ctx, a.Clouds, w.Cloud, func(ctx context.Context, c *cloud.Client) (glance.ServerImage, error) {
		var last glance.ServerImage
		begun := time.Now()
		err := glance.ServerImages.Watch(ctx, c, w.ID, func(v glance.ServerImage) (bool, error) {
			last = v
			task.Say(ctx, task.DescribeWait(resource.Describe(resource.KindImage, v.Name, v.ID), v.Status, begun))
			if v.Status == "killed" || v.Status == "deleted" {
				return false, unfilledError(w)
			}
			return v.Status == "active", nil
		})
		if cloud.ClassOf(err) == cloud.Gone {
			err = unfilledError(w)
		}
		for _, id := range last.Snapshots {
			if err == nil {
				err = waitSnapshot(ctx, c, id, begun)
			}
		}
		if err == nil {
			_, err = WaitSettled(ctx, c, w.ServerID, "")
			err = cloud.IgnoreGone(err)
		}
		return last, err
	})
}

func unfilledError(w ServerImageWait) error {
	return &cloud.Error{Class: cloud.Terminal, Type: cloud.ServerError, Message: fmt.Sprintf(
		"nova could not save server %s: its image %s is gone again; "+
			"\"openstack server event list --long %s\" says more", w.ServerID, w.ID, w.ServerID)}
}

func waitSnapshot(ctx context.Context, c *cloud.Client, id string, begun time.Time) error {
	return glance.VolumeSnapshots.Watch(ctx, c, id, func(v glance.VolumeSnapshot) (bool, error) {
		name := resource.Describe(glance.KindVolumeSnapshot, v.Name, v.ID)
		task.Say(ctx, task.DescribeWait(name, v.Status, begun))
		if v.Status == "error" {
			return false, &cloud.Error{Class: cloud.Terminal, Type: cloud.VolumeError, Message: name +
				" reached status error"}
		}
		return v.Status == "available", nil
	})
}

// NameServerImageInput says how to call an image.
type NameServerImageInput struct {
	Cloud string `json:"cloud"`
	ID    string `json:"id"`
	Name  string `json:"name"`
}

// NameServerImage gives the image its name, and in the same request what distinguishes it
// from images that inherit its mark. Repeating it changes nothing.
func (a *Activities) NameServerImage(ctx context.Context,
	in saga.Intent[NameServerImageInput]) (glance.ServerImage, error) {
	return task.Forward(ctx, a.Clouds, in.In.Cloud,
		func(ctx context.Context, c *cloud.Client) (glance.ServerImage, error) {
			patch, cancel, err := task.Uninterrupted(ctx)
			if err != nil {
				return glance.ServerImage{}, err
			}
			defer cancel()
			im, err := images.Update(patch, c.Image, in.In.ID, images.UpdateOpts{
				images.ReplaceImageName{NewName: in.In.Name},
				images.UpdateImageProperty{Op: images.AddOp, Name: glance.SelfKey, Value: in.In.ID},
			}).Extract()
			return glance.ToServerImage(c, im),
				cloud.Glance.Op(cloud.Changing,
					fmt.Sprintf("name %s %q", resource.Describe(resource.KindImage, "", in.In.ID), in.In.Name)).
					Wrap(ctx, err)
		})
}
