package servers

import (
	"encoding/json"
	"maps"
	"net/http"
	"time"

	"github.com/google/uuid"

	"novaflow/internal/devcloud/api"
	"novaflow/internal/devcloud/cinder"
	"novaflow/internal/devcloud/glance"
	"novaflow/internal/devcloud/nova/compute"
	"novaflow/internal/devcloud/store"
)

// imageAPI serves the actions that make images of servers and servers of images.
type imageAPI struct{ *Servers }

// registerImages registers the actions that make images of servers and servers of images.
func (c imageAPI) registerImages() {
	c.OnAction("createImage", c.imageServer)
	c.OnAction("rebuild", c.rebuildServer)
	c.OnEnd("rebuild", c.endRebuild)
}

// imageServer creates an image of the server. If the server boots from a volume, it
// creates snapshots of all volumes, and an image that only names them.
func (c imageAPI) imageServer(q *api.Request, s *compute.Server, raw json.RawMessage) (any, error) {
	var in struct {
		Name     string            `json:"name"`
		Metadata map[string]string `json:"metadata"`
	}
	if err := json.Unmarshal(raw, &in); err != nil || in.Name == "" {
		return nil, api.Fail(http.StatusBadRequest,
			"Invalid input for field/attribute createImage. Value: %s. 'name' is a required property",
			api.QuotePython(raw))
	}
	if len([]rune(in.Name)) > 255 {
		return nil, api.Fail(http.StatusBadRequest,
			"Invalid input for field/attribute name. Value: %s. '%s' is too long", in.Name, in.Name)
	}
	if err := MayAct(s, "createImage", "ACTIVE", "SHUTOFF", "PAUSED", "SUSPENDED"); err != nil {
		return nil, err
	}
	var id string
	if s.Image == "" {
		var err error
		if id, err = c.snapshotVolumes(q, s, in.Name, in.Metadata); err != nil {
			return nil, err
		}
		s.RecordAction(q, "createImage")
		s.EndAction(q.ID, q.Now, false)
		c.Instances.Put(s)
	} else {
		id = c.saveDisk(q, s, in.Name, in.Metadata)
		c.Begin(q, s, compute.Change{Action: "createImage", Host: s.Host, Image: id}, "image_uploading", "", s.Status,
			c.Quarter(c.State.BuildTime))
	}
	if q.Minor >= 45 {
		return obj{"image_id": id}, nil
	}
	q.AnswerHeader.Set("Location", q.BaseURL()+"/image/images/"+id)
	return nil, nil
}

// newImage creates an image of the server as nova does. The image has the properties of
// the image that the server was created from.
func (c *Servers) newImage(q *api.Request, s *compute.Server, name string, properties map[string]string) *glance.Image {
	all := map[string]string{}
	if base, ok := c.glance.Images.Get(s.Image); ok {
		maps.Copy(all, base.Properties)
	}
	maps.Copy(all, map[string]string{"base_image_ref": s.Image, "instance_uuid": s.ID, "user_id": q.Token.User,
		"image_type": "snapshot", "boot_roles": "member,reader"})
	maps.Copy(all, properties)
	return &glance.Image{Meta: store.Meta{ID: uuid.NewString(), Name: name, Project: s.Project, Status: "queued",
		Created: q.Now, Updated: q.Now},
		Visibility: "private", Disk: "raw", Container: "bare", MinDisk: s.Flavor.Disk, Properties: all}
}

// saveDisk begins to write the server's disk into an image, and returns the id of the
// image. With an error fault on the call the image is deleted at the end.
func (c *Servers) saveDisk(q *api.Request, s *compute.Server, name string, properties map[string]string) string {
	if s.Image == "" {
		return "" // the disk is a volume and stays
	}
	im := c.newImage(q, s, name, properties)
	im.Status = "saving"
	next := "active"
	if q.Failure("") != "" {
		next = "gone" // nova deletes the image of a snapshot that failed
	}
	if q.Faulted("lag") {
		q.Hide(im.ID)
	}
	c.Later("image", &im.Meta, next, c.Quarter(c.State.BuildTime))
	c.glance.Images.Put(im)
	return im.ID
}

// snapshotVolumes creates a snapshot of each volume, then the image that names them. As
// in nova, a failure on the way leaves the snapshots created so far.
func (c imageAPI) snapshotVolumes(
	q *api.Request, s *compute.Server, name string, properties map[string]string,
) (string, error) {
	if c.Exceeds(s.Project, "snapshots", c.cinder.Usage(s.Project, "snapshots"), len(s.Volumes)) {
		return "", api.Fail(http.StatusForbidden, "Quota exceeded for resources: snapshots")
	}
	var mapping []obj
	for i, w := range s.Volumes {
		v, ok := c.cinder.Volumes.Get(w.ID)
		if !ok {
			continue
		}
		if why := q.Failure(""); why != "" && i == len(s.Volumes)-1 {
			return "", api.Fail(http.StatusInternalServerError,
				"Unexpected API Error. Please report this at http://bugs.launchpad.net/nova/ and attach the Nova API "+
					"log if possible.\n%s", why)
		}
		if err := c.cinder.CheckGigabytes(v.Project, v.Size); err != nil {
			return "", api.Fail(http.StatusForbidden, "Quota exceeded for resources: gigabytes")
		}
		c.Use(v.Project, "gigabytes", v.Size)
		sn := &cinder.Snapshot{Meta: store.Meta{ID: uuid.NewString(), Name: "snapshot for " + name,
			Description: v.Description, Project: v.Project, Status: "creating", Created: q.Now},
			Volume: v.ID, Size: v.Size}
		c.Later("snapshot", &sn.Meta, "available", c.Quarter(c.State.BuildTime))
		c.cinder.Snapshots.Put(sn)
		boot := any(nil)
		if w.Boot {
			boot = 0
		}
		mapping = append(mapping, obj{"snapshot_id": sn.ID, "source_type": "snapshot", "destination_type": "volume",
			"volume_size": v.Size, "boot_index": boot, "device_name": w.Device, "delete_on_termination": w.Delete,
			"volume_id": nil, "image_id": nil})
	}
	_, text := api.EncodeJSON(mapping)
	im := c.newImage(q, s, name, properties)
	im.Disk = "qcow2"
	all := maps.Clone(im.Properties)
	delete(all, "instance_uuid")
	delete(all, "image_type")
	all["block_device_mapping"], all["bdm_v2"], all["root_device_name"] = string(text), "True", "/dev/vda"
	im.Properties = all
	im.Fill(nil, q.Now)
	q.Become("image", &im.Meta, "", 0)
	c.glance.Images.Put(im)
	return im.ID, nil
}

func (c imageAPI) rebuildServer(q *api.Request, s *compute.Server, raw json.RawMessage) (any, error) {
	var in struct {
		Image    string             `json:"imageRef"`
		Name     string             `json:"name"`
		Metadata *map[string]string `json:"metadata"`
	}
	if err := json.Unmarshal(raw, &in); err != nil || in.Image == "" {
		return nil, api.Fail(http.StatusBadRequest,
			"Invalid input for field/attribute rebuild. Value: %s. 'imageRef' is a required property",
			api.QuotePython(raw))
	}
	im, ok := c.glance.Images.Get(in.Image)
	if !ok || !im.Visible(q) {
		return nil, api.Fail(http.StatusBadRequest, "Cannot find image for rebuild")
	}
	if err := MayAct(s, "rebuild", "ACTIVE", "SHUTOFF", "ERROR"); err != nil {
		return nil, err
	}
	if s.Image == "" && q.Minor < 93 {
		return nil, api.Fail(http.StatusBadRequest,
			"Unable to rebuild with a different image for a volume-backed server.")
	}
	if err := c.checkImage(q, in.Image, &s.Flavor); err != nil {
		return nil, err
	}
	to := "ACTIVE"
	if s.Status == "SHUTOFF" {
		to = "SHUTOFF"
	}
	if in.Name != "" {
		s.Name = in.Name
	}
	if in.Metadata != nil {
		s.Metadata = *in.Metadata
	}
	c.Begin(q, s, compute.Change{Action: "rebuild", Host: s.Host, Image: in.Image, Breaks: true}, "rebuilding",
		"REBUILD", to, time.Duration(c.State.BuildTime))
	return obj{"server": c.serverView(q, s)}, nil
}

func (c imageAPI) endRebuild(s *compute.Server, ch compute.Change, at time.Time) {
	if !ch.Failing && s.Image != "" {
		s.Image, s.Fault = ch.Image, nil
	}
}
