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

	"novaflow/saga"
)

// The actions that make an image of a server: look whether it may be, ask for it
// (and take it away), wait, and give it its name.
var (
	CheckServerImageAction = saga.Read((*novaActivities)(nil).CheckServerImage).With(checks)
	ServerImageAction      = saga.Do((*novaActivities)(nil).CreateServerImage).UndoneBy((*novaActivities)(nil).DeleteServerImage).With(imaging).UndoWith(untilGone)
	WaitServerImageAction  = saga.Read((*novaActivities)(nil).WaitServerImage).With(waits)
	NameServerImageAction  = saga.Do((*novaActivities)(nil).NameServerImage).NoUndo("the image goes as a whole, by the undo of the task that made it").With(submit)
)

// imaging leaves nova time: it makes the snapshots of all volumes before it answers.
var imaging = saga.Options{Timeout: 5 * time.Minute, Heartbeat: HeartbeatTimeout}

// Nova writes the mark into the image's properties, and the image's name into the
// names of the snapshots that it makes of a server's volumes. It keeps no other
// record of these: where it fails half way, or its answer is lost, they are left
// without anything that says whose they are. So an image is asked for under a name
// that has the mark in it, gets its own name once it is there, and the snapshots
// keep theirs.

// workingName is what nova calls the image at first.
func workingName(name string, m saga.Mark) string {
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
	OwnedObject
	Snapshots []string `json:"snapshots,omitempty"` // ids, in cinder
}

const kindVolumeSnapshot = "volume snapshot"

// Its property carries the mark.
var serverImageResource = resource[ServerImage]{
	kind: KindImage, service: Glance,
	find: func(ctx context.Context, c *client, m saga.Mark) ([]ServerImage, error) {
		pages, err := images.List(c.image, imagesWith{mark: m, owner: c.project}).AllPages(ctx)
		if err != nil {
			return nil, err
		}
		all, err := images.ExtractImages(pages)
		out := make([]ServerImage, 0, len(all))
		for _, im := range all {
			out = append(out, toServerImage(c, &im))
		}
		return withMark(m, out), err
	},
	get: func(ctx context.Context, c *client, id string) (ServerImage, error) {
		im, err := images.Get(ctx, c.image, id).Extract()
		return toServerImage(c, im), err
	},
	remove: func(ctx context.Context, c *client, v ServerImage) error {
		return images.Delete(ctx, c.image, v.ID).ExtractErr()
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
		q.Set(markKey, string(o.mark))
	}
	if o.hidden {
		q.Set("os_hidden", "true")
	}
	return "?" + q.Encode(), nil
}

func toServerImage(c *client, im *images.Image) ServerImage {
	if im == nil {
		return ServerImage{}
	}
	out := ServerImage{OwnedObject: OwnedObject{Cloud: c.name, Kind: KindImage, ID: im.ID, Name: im.Name, Status: string(im.Status), Mark: ownMark(im), Created: im.CreatedAt, Project: im.Owner}}
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

// selfKey is the property by which a named image says that its mark is its own.
const selfKey = "novaflow_image"

// ownMark is the mark of an image, or "" where it is that of another one. Nova
// copies the properties of an image into the images of all servers that were made
// from it (nova.compute.utils.initialize_instance_snapshot_metadata), the mark
// among them: those are somebody else's. So a mark counts only with the working
// name, or with the image's own id beside it.
func ownMark(im *images.Image) saga.Mark {
	text, _ := im.Properties[markKey].(string)
	m := markIn(text)
	if m == "" || im.Properties[selfKey] == im.ID || madeAs(im.Name, m) {
		return m
	}
	return ""
}

// volumeSnapshot is a snapshot that nova made of a server's volume.
type volumeSnapshot struct{ OwnedObject }

// Its name carries the digest of the mark; find is given none.
var volumeSnapshotResource = resource[volumeSnapshot]{
	kind: kindVolumeSnapshot, service: Cinder,
	get: func(ctx context.Context, c *client, id string) (volumeSnapshot, error) {
		s, err := snapshots.Get(ctx, c.volume, id).Extract()
		return toVolumeSnapshot(c, s), err
	},
	remove: func(ctx context.Context, c *client, v volumeSnapshot) error {
		return snapshots.Delete(ctx, c.volume, v.ID).ExtractErr()
	},
	again: func(v volumeSnapshot) bool { return v.Status == "error_deleting" },
}

func toVolumeSnapshot(c *client, s *snapshots.Snapshot) volumeSnapshot {
	if s == nil {
		return volumeSnapshot{}
	}
	return volumeSnapshot{OwnedObject{Cloud: c.name, Kind: kindVolumeSnapshot, ID: s.ID, Name: s.Name, Status: s.Status}}
}

// snapshotsOf lists the snapshots that have the digest of the mark in their names.
func snapshotsOf(ctx context.Context, c *client, m saga.Mark) ([]volumeSnapshot, error) {
	op := Op{Cinder, Listing, "list the snapshots of " + string(m)}
	pages, err := snapshots.List(c.volume, snapshots.ListOpts{}).AllPages(ctx)
	if err != nil {
		return nil, op.wrap(ctx, err)
	}
	all, err := snapshots.ExtractSnapshots(pages)
	var out []volumeSnapshot
	for _, s := range all {
		if madeAs(s.Name, m) {
			out = append(out, toVolumeSnapshot(c, &s))
		}
	}
	return out, op.wrap(ctx, err)
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
	return forward(ctx, a.Clouds, q.Cloud, func(ctx context.Context, c *client) (Server, error) {
		v, err := oneServer(ctx, c, q.Server)
		if err != nil {
			return Server{}, err
		}
		if !slices.Contains(imagable, v.Status) {
			return Server{}, invalid("%s is %s: an image can be made of a server that is %s", named(KindServer, v.Name, v.ID), v.Status, strings.Join(imagable, ", "))
		}
		if busy := idle(v); busy != "" {
			return Server{}, invalid("%s", busy)
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
	return forward(ctx, a.Clouds, in.In.Cloud, func(ctx context.Context, c *client) (ServerImage, error) {
		what := "make an image of " + named(KindServer, in.In.Server, in.In.ServerID)
		return serverImageResource.ensure(ctx, c, what, in.Mark, func(ctx context.Context) (ServerImage, error) {
			if err := dropSnapshots(ctx, c, in.Mark, nil); err != nil {
				return ServerImage{}, err
			}
			name := workingName(in.In.Name, in.Mark)
			made := servers.CreateImage(ctx, c.compute, in.In.ServerID, servers.CreateImageOpts{Name: name, Metadata: metadata(in.Mark)})
			id, err := made.ExtractImageID()
			if err != nil {
				return ServerImage{}, Op{Nova, Creating, what}.wrap(ctx, err)
			}
			return ServerImage{OwnedObject: OwnedObject{Cloud: c.name, Kind: KindImage, ID: id, Name: name, Status: "queued", Mark: in.Mark}}, nil
		})
	})
}

// DeleteServerImage makes sure that image and snapshots are absent, and returns
// when they are gone and nova is no longer at work on the image. The snapshots go
// first: while the image is there, it tells which they are.
func (a *novaActivities) DeleteServerImage(ctx context.Context, u saga.Undo[CreateServerImageInput, ServerImage]) error {
	return backward(ctx, a.Clouds, u.In.Cloud, func(ctx context.Context, c *client) error {
		found, err := serverImageResource.search(ctx, c, u.Mark, u.Out == nil)
		if err != nil {
			return err
		}
		var mapped []string
		for _, im := range found {
			mapped = append(mapped, im.Snapshots...)
		}
		if err := dropSnapshots(ctx, c, u.Mark, mapped); err != nil {
			return err
		}
		if err := serverImageResource.absent(ctx, c, idOf(u.Out), u.Mark); err != nil {
			return err
		}
		begun := time.Now()
		return goneIsFine(serverResource.watch(ctx, c, u.In.ServerID, func(v Server) (bool, error) {
			say(ctx, waiting(named(KindServer, v.Name, v.ID), v.Status+" "+v.TaskState, begun))
			return !strings.HasPrefix(v.TaskState, "image_"), nil
		}))
	})
}

// dropSnapshots takes away the snapshots that have the mark in their names, and
// those with the ids.
func dropSnapshots(ctx context.Context, c *client, m saga.Mark, ids []string) error {
	all, err := snapshotsOf(ctx, c, m)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if contains(all, id) {
			continue
		}
		s, err := volumeSnapshotResource.fetch(ctx, c, id)
		if classOf(err) == Gone {
			continue
		}
		if err != nil {
			return err
		}
		all = append(all, s)
	}
	for _, s := range all {
		if err := volumeSnapshotResource.destroy(ctx, c, s); err != nil {
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
	return forward(ctx, a.Clouds, w.Cloud, func(ctx context.Context, c *client) (ServerImage, error) {
		var last ServerImage
		begun := time.Now()
		err := serverImageResource.watch(ctx, c, w.ID, func(v ServerImage) (bool, error) {
			last = v
			say(ctx, waiting(named(KindImage, v.Name, v.ID), v.Status, begun))
			if v.Status == "killed" || v.Status == "deleted" {
				return false, unfilled(w)
			}
			return v.Status == "active", nil
		})
		if classOf(err) == Gone {
			err = unfilled(w)
		}
		for _, id := range last.Snapshots {
			if err == nil {
				err = waitSnapshot(ctx, c, id, begun)
			}
		}
		if err == nil {
			_, err = settled(ctx, c, w.ServerID, "")
			err = goneIsFine(err)
		}
		return last, err
	})
}

func unfilled(w ServerImageWait) error {
	return &Error{Class: Terminal, Type: ServerError, Message: fmt.Sprintf(
		"nova could not save server %s: its image %s is gone again; \"openstack server event list --long %s\" says more", w.ServerID, w.ID, w.ServerID)}
}

func waitSnapshot(ctx context.Context, c *client, id string, begun time.Time) error {
	return volumeSnapshotResource.watch(ctx, c, id, func(v volumeSnapshot) (bool, error) {
		name := named(kindVolumeSnapshot, v.Name, v.ID)
		say(ctx, waiting(name, v.Status, begun))
		if v.Status == "error" {
			return false, &Error{Class: Terminal, Type: VolumeError, Message: name + " reached status error"}
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
	return forward(ctx, a.Clouds, in.In.Cloud, func(ctx context.Context, c *client) (ServerImage, error) {
		patch, cancel, err := uninterrupted(ctx)
		if err != nil {
			return ServerImage{}, err
		}
		defer cancel()
		im, err := images.Update(patch, c.image, in.In.ID, images.UpdateOpts{
			images.ReplaceImageName{NewName: in.In.Name},
			images.UpdateImageProperty{Op: images.AddOp, Name: selfKey, Value: in.In.ID},
		}).Extract()
		return toServerImage(c, im), Op{Glance, Changing, fmt.Sprintf("name %s %q", named(KindImage, "", in.In.ID), in.In.Name)}.wrap(ctx, err)
	})
}
