package activities

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gophercloud/gophercloud/v2/openstack/blockstorage/v3/snapshots"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/servers"
	"github.com/gophercloud/gophercloud/v2/openstack/image/v2/images"

	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/resource"
	"novaflow/activities/internal/task"
	"novaflow/saga"
)

// The actions that make an image of a server: look whether it may be, ask for it
// (and take it away), wait, and give it its name.
var (
	CheckServerImageAction = saga.Read((*novaActivities)(nil).CheckServerImage).With(task.CheckOptions)
	ServerImageAction      = saga.Do((*novaActivities)(nil).CreateServerImage).UndoneBy((*novaActivities)(nil).DeleteServerImage).With(imageOptionsOfNova).UndoWith(task.DeleteOptions)
	WaitServerImageAction  = saga.Read((*novaActivities)(nil).WaitServerImage).With(task.WaitOptions)
	NameServerImageAction  = saga.Do((*novaActivities)(nil).NameServerImage).NoUndo("the image goes as a whole, by the undo of the task that made it").With(task.SubmitOptions)
)

// imageOptionsOfNova leaves nova time: it makes the snapshots of all volumes before it answers.
var imageOptionsOfNova = saga.Options{Timeout: 5 * time.Minute, Heartbeat: task.HeartbeatTimeout}

// Nova writes the mark into the image's properties, and the image's name into the
// names of the snapshots that it makes of a server's volumes. It keeps no other
// record of these: where it fails half way, or its answer is lost, they are left
// without anything that says whose they are. So an image is asked for under a name
// that has the mark in it, gets its own name once it is there, and the snapshots
// keep theirs.

// WorkingName is what nova calls the image at first.
func WorkingName(name string, m saga.Mark) string {
	const room = 255 - len("snapshot for ") - len(" ()")
	for len(name) > room-len(m.Digest()) { // glance and cinder count characters, this counts bytes
		name = name[:len(name)-1]
	}
	return fmt.Sprintf("%s (%s)", strings.ToValidUTF8(name, ""), m.Digest())
}

// madeAs reports whether nova has called something by the working name of the mark.
func madeAs(name string, m saga.Mark) bool { return strings.HasSuffix(name, "("+m.Digest()+")") }

// ServerImage is an image of a server. Its volumes are in the snapshots.
type ServerImage struct {
	resource.OwnedObject
	Snapshots []string `json:"snapshots,omitempty"` // ids, in cinder
}

const KindVolumeSnapshot = "volume snapshot"

// Its property carries the mark.
var ServerImages = resource.Kind[ServerImage]{
	Name: resource.KindImage, Service: cloud.Glance,
	List: func(ctx context.Context, c *cloud.Client, m saga.Mark) ([]ServerImage, error) {
		pages, err := images.List(c.Image, imagesWith{mark: m, owner: c.Project}).AllPages(ctx)
		if err != nil {
			return nil, err
		}
		all, err := images.ExtractImages(pages)
		out := make([]ServerImage, 0, len(all))
		for _, im := range all {
			out = append(out, ToServerImage(c, &im))
		}
		return resource.KeepMarked(m, out), err
	},
	Show: func(ctx context.Context, c *cloud.Client, id string) (ServerImage, error) {
		im, err := images.Get(ctx, c.Image, id).Extract()
		return ToServerImage(c, im), err
	},
	Delete: func(ctx context.Context, c *cloud.Client, v ServerImage) error {
		return images.Delete(ctx, c.Image, v.ID).ExtractErr()
	},
}

// imagesWith lists the images that have the mark as a property, which gophercloud
// has no option for.
type imagesWith struct {
	mark   saga.Mark
	owner  string
	hidden bool // those that lists do not show unless they are asked for
}

// ToImageListQuery implements images.ListOptsBuilder.
func (o imagesWith) ToImageListQuery() (string, error) {
	q := url.Values{"owner": {o.owner}}
	if o.mark != "" {
		q.Set(resource.MarkKey, string(o.mark))
	}
	if o.hidden {
		q.Set("os_hidden", "true")
	}
	return "?" + q.Encode(), nil
}

func ToServerImage(c *cloud.Client, im *images.Image) ServerImage {
	if im == nil {
		return ServerImage{}
	}
	out := ServerImage{OwnedObject: resource.OwnedObject{Cloud: c.Name, Kind: resource.KindImage, ID: im.ID, Name: im.Name, Status: string(im.Status), Mark: ownMark(im), Created: im.CreatedAt, Project: im.Owner}}
	var mapping []struct {
		SnapshotID string `json:"snapshot_id"`
	}
	if text, ok := im.Properties["block_device_mapping"].(string); ok && json.Unmarshal([]byte(text), &mapping) == nil {
		for _, m := range mapping {
			if m.SnapshotID != "" {
				out.Snapshots = append(out.Snapshots, m.SnapshotID)
			}
		}
	}
	return out
}

// SelfKey is the property by which a named image says that its mark is its own.
const SelfKey = "novaflow_image"

// ownMark is the mark of an image, or "" where it is that of another one. Nova
// copies the properties of an image into the images of all servers that were made
// from it (nova.compute.utils.initialize_instance_snapshot_metadata), the mark
// among them: those are somebody else's. So a mark counts only with the working
// name, or with the image's own id beside it.
func ownMark(im *images.Image) saga.Mark {
	text, _ := im.Properties[resource.MarkKey].(string)
	m := resource.ParseMark(text)
	if m == "" || im.Properties[SelfKey] == im.ID || madeAs(im.Name, m) {
		return m
	}
	return ""
}

// VolumeSnapshot is a snapshot that nova made of a server's volume.
type VolumeSnapshot struct{ resource.OwnedObject }

// Its name carries the digest of the mark; find is given none.
var VolumeSnapshots = resource.Kind[VolumeSnapshot]{
	Name: KindVolumeSnapshot, Service: cloud.Cinder,
	Show: func(ctx context.Context, c *cloud.Client, id string) (VolumeSnapshot, error) {
		s, err := snapshots.Get(ctx, c.Volume, id).Extract()
		return toVolumeSnapshot(c, s), err
	},
	Delete: func(ctx context.Context, c *cloud.Client, v VolumeSnapshot) error {
		return snapshots.Delete(ctx, c.Volume, v.ID).ExtractErr()
	},
	DeleteAgain: func(v VolumeSnapshot) bool { return v.Status == "error_deleting" },
}

func toVolumeSnapshot(c *cloud.Client, s *snapshots.Snapshot) VolumeSnapshot {
	if s == nil {
		return VolumeSnapshot{}
	}
	return VolumeSnapshot{resource.OwnedObject{Cloud: c.Name, Kind: KindVolumeSnapshot, ID: s.ID, Name: s.Name, Status: s.Status}}
}

// ListVolumeSnapshots lists the snapshots that have the digest of the mark in their names.
func ListVolumeSnapshots(ctx context.Context, c *cloud.Client, m saga.Mark) ([]VolumeSnapshot, error) {
	op := cloud.Cinder.Op(cloud.Listing, "list the snapshots of "+string(m))
	pages, err := snapshots.List(c.Volume, snapshots.ListOpts{}).AllPages(ctx)
	if err != nil {
		return nil, op.Wrap(ctx, err)
	}
	all, err := snapshots.ExtractSnapshots(pages)
	var out []VolumeSnapshot
	for _, s := range all {
		if madeAs(s.Name, m) {
			out = append(out, toVolumeSnapshot(c, &s))
		}
	}
	return out, op.Wrap(ctx, err)
}

// ServerImageQuery asks whether an image of a server can be made.
type ServerImageQuery struct {
	Cloud  string `json:"cloud"`
	Server string `json:"server"` // id, or exact name
}

// imagable are the statuses in which nova makes an image of a server.
var imagable = []string{"ACTIVE", "SHUTOFF", "PAUSED", "SUSPENDED"}

// CheckServerImage looks whether an image of the server can be made.
func (a *novaActivities) CheckServerImage(ctx context.Context, q ServerImageQuery) (Server, error) {
	return task.Forward(ctx, a.Clouds, q.Cloud, func(ctx context.Context, c *cloud.Client) (Server, error) {
		v, err := ResolveServer(ctx, c, q.Server)
		if err != nil {
			return Server{}, err
		}
		if !slices.Contains(imagable, v.Status) {
			return Server{}, cloud.Invalid("%s is %s: an image can be made of a server that is %s", resource.Describe(resource.KindServer, v.Name, v.ID), v.Status, strings.Join(imagable, ", "))
		}
		if busy := DescribeBusy(v); busy != "" {
			return Server{}, cloud.Invalid("%s", busy)
		}
		return v, nil
	})
}

// CreateServerImageInput says of which server to make an image.
type CreateServerImageInput struct {
	Cloud    string `json:"cloud"`
	ServerID string `json:"serverId"`
	Server   string `json:"server,omitempty"` // its name, for messages
	Name     string `json:"name"`             // that the image will have
}

// CreateServerImage asks for an image of the server, or adopts the one with the
// mark. It does not wait for it. Snapshots that an earlier attempt has left
// without an image are taken away first.
func (a *novaActivities) CreateServerImage(ctx context.Context, in saga.Intent[CreateServerImageInput]) (ServerImage, error) {
	return task.Forward(ctx, a.Clouds, in.In.Cloud, func(ctx context.Context, c *cloud.Client) (ServerImage, error) {
		what := "make an image of " + resource.Describe(resource.KindServer, in.In.Server, in.In.ServerID)
		return ServerImages.Ensure(ctx, c, what, in.Mark, func(ctx context.Context) (ServerImage, error) {
			if err := DropSnapshots(ctx, c, in.Mark, nil); err != nil {
				return ServerImage{}, err
			}
			name := WorkingName(in.In.Name, in.Mark)
			made := servers.CreateImage(ctx, c.Compute, in.In.ServerID, servers.CreateImageOpts{Name: name, Metadata: resource.MarkMetadata(in.Mark)})
			id, err := made.ExtractImageID()
			if err != nil {
				return ServerImage{}, cloud.Nova.Op(cloud.Creating, what).Wrap(ctx, err)
			}
			return ServerImage{OwnedObject: resource.OwnedObject{Cloud: c.Name, Kind: resource.KindImage, ID: id, Name: name, Status: "queued", Mark: in.Mark}}, nil
		})
	})
}

// DeleteServerImage makes sure that image and snapshots are absent, and returns
// when they are gone and nova is no longer at work on the image. The snapshots go
// first: while the image is there, it tells which they are.
func (a *novaActivities) DeleteServerImage(ctx context.Context, u saga.Undo[CreateServerImageInput, ServerImage]) error {
	return task.Backward(ctx, a.Clouds, u.In.Cloud, func(ctx context.Context, c *cloud.Client) error {
		found, err := ServerImages.Search(ctx, c, u.Mark, u.Out == nil)
		if err != nil {
			return err
		}
		var mapped []string
		for _, im := range found {
			mapped = append(mapped, im.Snapshots...)
		}
		if err := DropSnapshots(ctx, c, u.Mark, mapped); err != nil {
			return err
		}
		if err := ServerImages.DeleteMarked(ctx, c, resource.IDOf(u.Out), u.Mark); err != nil {
			return err
		}
		begun := time.Now()
		return cloud.IgnoreGone(Servers.Watch(ctx, c, u.In.ServerID, func(v Server) (bool, error) {
			task.Say(ctx, task.DescribeWait(resource.Describe(resource.KindServer, v.Name, v.ID), v.Status+" "+v.TaskState, begun))
			return !strings.HasPrefix(v.TaskState, "image_"), nil
		}))
	})
}

// DropSnapshots takes away the snapshots that have the mark in their names, and
// those with the ids.
func DropSnapshots(ctx context.Context, c *cloud.Client, m saga.Mark, ids []string) error {
	all, err := ListVolumeSnapshots(ctx, c, m)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if resource.Contains(all, id) {
			continue
		}
		s, err := VolumeSnapshots.Get(ctx, c, id)
		if cloud.ClassOf(err) == cloud.Gone {
			continue
		}
		if err != nil {
			return err
		}
		all = append(all, s)
	}
	for _, s := range all {
		if err := VolumeSnapshots.DeleteAndWait(ctx, c, s); err != nil {
			return err
		}
	}
	return nil
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
func (a *novaActivities) WaitServerImage(ctx context.Context, w ServerImageWait) (ServerImage, error) {
	return task.Forward(ctx, a.Clouds, w.Cloud, func(ctx context.Context, c *cloud.Client) (ServerImage, error) {
		var last ServerImage
		begun := time.Now()
		err := ServerImages.Watch(ctx, c, w.ID, func(v ServerImage) (bool, error) {
			last = v
			task.Say(ctx, task.DescribeWait(resource.Describe(resource.KindImage, v.Name, v.ID), v.Status, begun))
			if v.Status == "killed" || v.Status == "deleted" {
				return false, unfilled(w)
			}
			return v.Status == "active", nil
		})
		if cloud.ClassOf(err) == cloud.Gone {
			err = unfilled(w)
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

func unfilled(w ServerImageWait) error {
	return &cloud.Error{Class: cloud.Terminal, Type: cloud.ServerError, Message: fmt.Sprintf(
		"nova could not save server %s: its image %s is gone again; \"openstack server event list --long %s\" says more", w.ServerID, w.ID, w.ServerID)}
}

func waitSnapshot(ctx context.Context, c *cloud.Client, id string, begun time.Time) error {
	return VolumeSnapshots.Watch(ctx, c, id, func(v VolumeSnapshot) (bool, error) {
		name := resource.Describe(KindVolumeSnapshot, v.Name, v.ID)
		task.Say(ctx, task.DescribeWait(name, v.Status, begun))
		if v.Status == "error" {
			return false, &cloud.Error{Class: cloud.Terminal, Type: cloud.VolumeError, Message: name + " reached status error"}
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

// NameServerImage gives the image its name, and in the same request what tells it
// from images that inherit its mark. Repeating it changes nothing.
func (a *novaActivities) NameServerImage(ctx context.Context, in saga.Intent[NameServerImageInput]) (ServerImage, error) {
	return task.Forward(ctx, a.Clouds, in.In.Cloud, func(ctx context.Context, c *cloud.Client) (ServerImage, error) {
		patch, cancel, err := task.Uninterrupted(ctx)
		if err != nil {
			return ServerImage{}, err
		}
		defer cancel()
		im, err := images.Update(patch, c.Image, in.In.ID, images.UpdateOpts{
			images.ReplaceImageName{NewName: in.In.Name},
			images.UpdateImageProperty{Op: images.AddOp, Name: SelfKey, Value: in.In.ID},
		}).Extract()
		return ToServerImage(c, im), cloud.Glance.Op(cloud.Changing, fmt.Sprintf("name %s %q", resource.Describe(resource.KindImage, "", in.In.ID), in.In.Name)).Wrap(ctx, err)
	})
}
