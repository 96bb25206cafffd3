package activities

import (
	"context"
	"fmt"
	"slices"

	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/servers"

	"novaflow/saga"
)

// The actions that write a server's disk anew from an image: look, ask, wait. What
// was on the disk is lost, so there is no way back.
var (
	CheckRebuildAction = saga.Read((*novaActivities)(nil).CheckRebuild).With(checks)
	RebuildAction      = saga.Do((*novaActivities)(nil).RebuildServer).UndoneBy((*novaActivities)(nil).AwaitRebuildEnd).With(submit).UndoWith(untilGone)
	WaitRebuildAction  = saga.Read((*novaActivities)(nil).WaitRebuild).With(waits)
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
func (a *novaActivities) CheckRebuild(ctx context.Context, q RebuildQuery) (RebuildPlan, error) {
	return forward(ctx, a.Clouds, q.Cloud, func(ctx context.Context, c *client) (RebuildPlan, error) {
		v, err := oneServer(ctx, c, q.Server)
		if err != nil {
			return RebuildPlan{}, err
		}
		images, err := findImages(ctx, c, q.Image)
		if err != nil {
			return RebuildPlan{}, err
		}
		p := &Problems{}
		checkMovable(p, v, []string{"ACTIVE", "SHUTOFF", "ERROR"})
		if v.ImageID == "" {
			p.Add("%s boots from a volume: nova does not write that anew; make another server, or another volume", named(KindServer, v.Name, v.ID))
		}
		image := choose(p, "image", q.Image, images, func(i imageFact) (string, string) { return i.ID, i.Name })
		if image != nil && image.Status != "active" {
			p.Add("image %q is %s: it must be active", image.Name, image.Status)
		}
		if err := p.Lines(); err != nil {
			return RebuildPlan{}, err
		}
		b, err := before(ctx, c, v)
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
func (a *novaActivities) RebuildServer(ctx context.Context, in saga.Intent[RebuildInput]) (Accepted, error) {
	return forward(ctx, a.Clouds, in.In.Cloud, func(ctx context.Context, c *client) (Accepted, error) {
		b := in.In.Before
		what := fmt.Sprintf("rebuild %s from image %s", named(KindServer, b.Name, b.ID), in.In.ImageID)
		return askOnce(ctx, c, b, "rebuild", what, func(ctx context.Context) error {
			_, err := servers.Rebuild(ctx, c.compute, b.ID, servers.RebuildOpts{ImageRef: in.In.ImageID}).Extract()
			return err
		})
	})
}

// AwaitRebuildEnd is the undo of a rebuild whose answer never came. It brings nothing
// back: what was on the disk is lost if nova has accepted. It returns when nova is
// no longer at work on the server, so that no run ends while its rebuild goes on.
func (a *novaActivities) AwaitRebuildEnd(ctx context.Context, u saga.Undo[RebuildInput, Accepted]) error {
	return backward(ctx, a.Clouds, u.In.Cloud, func(ctx context.Context, c *client) error {
		ours, err := asked(ctx, c, u.In.Before, "rebuild", u.Out == nil)
		if err != nil || ours == "" {
			return goneIsFine(err)
		}
		_, err = settled(ctx, c, u.In.Before.ID, u.In.Before.Name)
		if err == nil {
			log(ctx, "was rebuilt: what was on its disk is lost", u.In.Before.OwnedObject)
		}
		return goneIsFine(err)
	})
}

// RebuildWait says what rebuild to wait for.
type RebuildWait struct {
	RebuildInput
	Request string `json:"request"` // that asked for it
}

// WaitRebuild waits until the server runs or rests with the new image.
func (a *novaActivities) WaitRebuild(ctx context.Context, w RebuildWait) (Server, error) {
	return watchServer(ctx, a.Clouds, w.Cloud, w.Before, func(ctx context.Context, c *client, v Server) (bool, error) {
		if slices.Contains(resizable, v.Status) && v.ImageID == w.ImageID {
			return true, nil
		}
		return false, notDone(ctx, c, v, "rebuild", w.Request)
	})
}
