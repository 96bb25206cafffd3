package nova

import (
	"context"
	"fmt"
	"slices"

	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/servers"

	"novaflow/activities/glance"
	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/precheck"
	"novaflow/activities/internal/resource"
	"novaflow/activities/internal/task"
	"novaflow/saga"
)

// The actions that write a server's disk anew from an image: look, ask, wait. What
// was on the disk is lost, so there is no way back.
var (
	CheckRebuildAction = saga.Read((*Activities)(nil).CheckRebuild).With(task.CheckOptions)
	RebuildAction      = saga.Do((*Activities)(nil).RebuildServer).UndoneBy((*Activities)(nil).AwaitRebuildEnd).
				With(task.SubmitOptions).UndoWith(task.DeleteOptions)
	WaitRebuildAction = saga.Read((*Activities)(nil).WaitRebuild).With(task.WaitOptions)
)

// RebuildQuery asks whether a server can be rebuilt from an image.
type RebuildQuery struct {
	Cloud  string `json:"cloud"`
	Server string `json:"server"` // id, or exact name
	Image  string `json:"image"`  // id, or exact name
}

// RebuildPlan is a server that can be rebuilt.
type RebuildPlan struct {
	Before  ServerBefore `json:"before"` // with the image that it has now
	ImageID string       `json:"imageId"`
}

// CheckRebuild looks server and image up and reports every problem at once. A
// server that boots from a volume is refused: novaflow speaks a nova that would
// not touch its disk.
func (a *Activities) CheckRebuild(ctx context.Context, q RebuildQuery) (RebuildPlan, error) {
	return task.Forward(ctx, a.Clouds, q.Cloud, func(ctx context.Context, c *cloud.Client) (RebuildPlan, error) {
		v, err := ResolveServer(ctx, c, q.Server)
		if err != nil {
			return RebuildPlan{}, err
		}
		images, err := glance.FindVisibleImages(ctx, c, q.Image)
		if err != nil {
			return RebuildPlan{}, err
		}
		p := &precheck.Problems{}
		CheckMovable(p, v, []string{"ACTIVE", "SHUTOFF", "ERROR"})
		if v.ImageID == "" {
			p.Add("%s boots from a volume: nova does not write that again; create another server, or another volume",
				resource.Describe(resource.KindServer, v.Name, v.ID))
		}
		image := precheck.Choose(p, "image", q.Image, images,
			func(i glance.VisibleImage) (string, string) { return i.ID, i.Name })
		if image != nil && image.Status != "active" {
			p.Add("image %q is %s: it must be active", image.Name, image.Status)
		}
		if err := p.Lines(); err != nil {
			return RebuildPlan{}, err
		}
		b, err := RecordBefore(ctx, c, v)
		return RebuildPlan{Before: b, ImageID: image.ID}, err
	})
}

// RebuildInput says which server is to be rebuilt from which image.
type RebuildInput struct {
	Cloud   string       `json:"cloud"`
	Before  ServerBefore `json:"before"`
	ImageID string       `json:"imageId"`
}

// RebuildServer asks for it, unless an earlier attempt has. It does not wait.
func (a *Activities) RebuildServer(ctx context.Context, in saga.Intent[RebuildInput]) (Accepted, error) {
	return task.Forward(ctx, a.Clouds, in.In.Cloud, func(ctx context.Context, c *cloud.Client) (Accepted, error) {
		b := in.In.Before
		what := fmt.Sprintf("rebuild %s from image %s", resource.Describe(resource.KindServer, b.Name, b.ID),
			in.In.ImageID)
		return RequestOnce(ctx, c, b, "rebuild", what, func(ctx context.Context) error {
			_, err := servers.Rebuild(ctx, c.Compute, b.ID, servers.RebuildOpts{ImageRef: in.In.ImageID}).Extract()
			return err
		})
	})
}

// AwaitRebuildEnd is run when a rebuild is reverted whose answer never came. It brings
// nothing back, as the content of the disk is lost once nova has accepted. It returns
// when nova is no longer at work on the server, so that no run ends while its rebuild
// goes on.
func (a *Activities) AwaitRebuildEnd(ctx context.Context, u saga.Undo[RebuildInput, Accepted]) error {
	return task.Backward(ctx, a.Clouds, u.In.Cloud, func(ctx context.Context, c *cloud.Client) error {
		ours, err := FindRequest(ctx, c, u.In.Before, "rebuild", u.Out == nil)
		if err != nil || ours == "" {
			return cloud.IgnoreGone(err)
		}
		_, err = WaitSettled(ctx, c, u.In.Before.ID, u.In.Before.Name)
		if err == nil {
			resource.Log(ctx, "was rebuilt: what was on its disk is lost", u.In.Before.OwnedObject)
		}
		return cloud.IgnoreGone(err)
	})
}

// RebuildWait says what rebuild to wait for.
type RebuildWait struct {
	RebuildInput
	Request string `json:"request"` // that asked for it
}

// WaitRebuild waits until the server runs or rests with the new image.
func (a *Activities) WaitRebuild(ctx context.Context, w RebuildWait) (Server, error) {
	see := func(ctx context.Context, c *cloud.Client, v Server) (bool, error) {
		if slices.Contains(resizable, v.Status) && v.ImageID == w.ImageID {
			return true, nil
		}
		return false, NotDoneError(ctx, c, v, "rebuild", w.Request)
	}
	return WatchServer(ctx, a.Clouds, w.Cloud, w.Before, see)
}
