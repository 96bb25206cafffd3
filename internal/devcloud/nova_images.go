package devcloud

import (
	"encoding/json"
	"maps"
	"net/http"
	"time"

	"github.com/google/uuid"
)

// imageAPI serves the actions that make images of servers and servers of images.
type imageAPI struct{ *Servers }

// registerImages registers the actions that make images of servers and servers of images.
func (c imageAPI) registerImages() {
	c.onAction("createImage", c.imageServer)
	c.onAction("rebuild", c.rebuildServer)
	c.onEnd("rebuild", c.endRebuild)
}

// imageServer makes an image of the server. Of one that boots from a volume it
// makes snapshots of all its volumes, and an image that only names them.
func (c imageAPI) imageServer(q *request, s *server, raw json.RawMessage) (any, error) {
	var in struct {
		Name     string            `json:"name"`
		Metadata map[string]string `json:"metadata"`
	}
	if err := json.Unmarshal(raw, &in); err != nil || in.Name == "" {
		return nil, fail(http.StatusBadRequest, "Invalid input for field/attribute createImage. Value: %s. 'name' is a required property", python(raw))
	}
	if len([]rune(in.Name)) > 255 {
		return nil, fail(http.StatusBadRequest, "Invalid input for field/attribute name. Value: %s. '%s' is too long", in.Name, in.Name)
	}
	if err := mayAct(s, "createImage", "ACTIVE", "SHUTOFF", "PAUSED", "SUSPENDED"); err != nil {
		return nil, err
	}
	var id string
	if s.Image == "" {
		var err error
		if id, err = c.snapshotVolumes(q, s, in.Name, in.Metadata); err != nil {
			return nil, err
		}
		s.stamp(q, "createImage")
		s.endAction(q.id, q.now, false)
		c.servers.put(s)
	} else {
		id = c.saveServer(q, s, in.Name, in.Metadata)
		c.begin(q, s, change{Action: "createImage", Host: s.Host, Image: id}, "image_uploading", "", s.Status, c.quarter(c.state.BuildTime))
	}
	if q.minor >= 45 {
		return obj{"image_id": id}, nil
	}
	q.header.Set("Location", q.host()+"/image/images/"+id)
	return nil, nil
}

// newImage is an image of the server, as nova describes it: with the properties of
// the image that the server was made from, whatever they say.
func (c *Servers) newImage(q *request, s *server, name string, properties map[string]string) *image {
	all := map[string]string{}
	if base, ok := c.glance.images.get(s.Image); ok {
		maps.Copy(all, base.Properties)
	}
	maps.Copy(all, map[string]string{"base_image_ref": s.Image, "instance_uuid": s.ID, "user_id": q.tok.User, "image_type": "snapshot", "boot_roles": "member,reader"})
	maps.Copy(all, properties)
	return &image{meta: meta{ID: uuid.NewString(), Name: name, Project: s.Project, Status: "queued", Created: q.now, Updated: q.now},
		Visibility: "private", Disk: "raw", Container: "bare", MinDisk: s.Flavor.Disk, Properties: all}
}

// saveServer begins to write the server's disk into an image, and returns its id.
// An error fault on the call lets the image be "killed" by whoever uploads it.
func (c *Servers) saveServer(q *request, s *server, name string, properties map[string]string) string {
	if s.Image == "" {
		return "" // the disk is a volume and stays
	}
	im := c.newImage(q, s, name, properties)
	im.Status = "saving"
	next := "active"
	if q.fails("") != "" {
		next = "gone" // nova deletes the image of a snapshot that failed
	}
	if q.fault != nil && q.fault.verb == "lag" {
		q.hide(im.ID)
	}
	c.later("image", &im.meta, next, c.quarter(c.state.BuildTime))
	c.glance.images.put(im)
	return im.ID
}

// snapshotVolumes makes a snapshot of each volume, then the image that has them.
// As in nova, a failure on the way leaves the snapshots made so far.
func (c imageAPI) snapshotVolumes(q *request, s *server, name string, properties map[string]string) (string, error) {
	if c.exceeds(s.Project, "snapshots", c.cinder.volumeUsage(s.Project, "snapshots"), len(s.Volumes)) {
		return "", fail(http.StatusForbidden, "Quota exceeded for resources: snapshots")
	}
	var mapping []obj
	for i, w := range s.Volumes {
		v, ok := c.cinder.volumes.get(w.ID)
		if !ok {
			continue
		}
		if why := q.fails(""); why != "" && i == len(s.Volumes)-1 {
			return "", fail(http.StatusInternalServerError, "Unexpected API Error. Please report this at http://bugs.launchpad.net/nova/ and attach the Nova API log if possible.\n%s", why)
		}
		if err := c.cinder.gigabyteQuota(v.Project, v.Size); err != nil {
			return "", fail(http.StatusForbidden, "Quota exceeded for resources: gigabytes")
		}
		c.use(v.Project, "gigabytes", v.Size)
		sn := &snapshot{meta: meta{ID: uuid.NewString(), Name: "snapshot for " + name, Description: v.Description, Project: v.Project, Status: "creating", Created: q.now},
			Volume: v.ID, Size: v.Size}
		c.later("snapshot", &sn.meta, "available", c.quarter(c.state.BuildTime))
		c.cinder.snapshots.put(sn)
		boot := any(nil)
		if w.Boot {
			boot = 0
		}
		mapping = append(mapping, obj{"snapshot_id": sn.ID, "source_type": "snapshot", "destination_type": "volume", "volume_size": v.Size,
			"boot_index": boot, "device_name": w.Device, "delete_on_termination": w.Delete, "volume_id": nil, "image_id": nil})
	}
	_, text := asJSON(mapping)
	im := c.newImage(q, s, name, properties)
	im.Disk = "qcow2"
	all := maps.Clone(im.Properties)
	delete(all, "instance_uuid")
	delete(all, "image_type")
	all["block_device_mapping"], all["bdm_v2"], all["root_device_name"] = string(text), "True", "/dev/vda"
	im.Properties = all
	im.fill(nil, q.now)
	q.made("image", &im.meta, "", 0)
	c.glance.images.put(im)
	return im.ID, nil
}

func (c imageAPI) rebuildServer(q *request, s *server, raw json.RawMessage) (any, error) {
	var in struct {
		Image    string             `json:"imageRef"`
		Name     string             `json:"name"`
		Metadata *map[string]string `json:"metadata"`
	}
	if err := json.Unmarshal(raw, &in); err != nil || in.Image == "" {
		return nil, fail(http.StatusBadRequest, "Invalid input for field/attribute rebuild. Value: %s. 'imageRef' is a required property", python(raw))
	}
	im, ok := c.glance.images.get(in.Image)
	if !ok || !im.visible(q) {
		return nil, fail(http.StatusBadRequest, "Cannot find image for rebuild")
	}
	if err := mayAct(s, "rebuild", "ACTIVE", "SHUTOFF", "ERROR"); err != nil {
		return nil, err
	}
	if s.Image == "" && q.minor < 93 {
		return nil, fail(http.StatusBadRequest, "Unable to rebuild with a different image for a volume-backed server.")
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
	c.begin(q, s, change{Action: "rebuild", Host: s.Host, Image: in.Image, Breaks: true}, "rebuilding", "REBUILD", to, time.Duration(c.state.BuildTime))
	return obj{"server": c.serverView(q, s)}, nil
}

func (c imageAPI) endRebuild(s *server, ch change, at time.Time) {
	if !ch.Failing && s.Image != "" {
		s.Image, s.Fault = ch.Image, nil
	}
}
