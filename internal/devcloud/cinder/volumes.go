package cinder

import (
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"novaflow/internal/devcloud/api"
	"novaflow/internal/devcloud/store"
)

// Volume is a row of cinder.
type Volume struct {
	store.Meta
	User     string             `json:"user"`
	Size     int                `json:"size"` // GiB
	Metadata map[string]string  `json:"metadata,omitempty"`
	Bootable bool               `json:"bootable,omitempty"`
	Image    map[string]string  `json:"image,omitempty"` // volume_image_metadata
	Snapshot string             `json:"snapshot,omitempty"`
	Source   string             `json:"source,omitempty"`
	Attached []VolumeAttachment `json:"attached,omitempty"`
	Growing  int                `json:"growing,omitempty"`  // the size that it is extended to
	Reserved string             `json:"reserved,omitempty"` // the server being built that will have it
}

// VolumeAttachment records which server has a volume.
type VolumeAttachment struct {
	ID     string    `json:"id"`
	Server string    `json:"server"`
	Device string    `json:"device"`
	At     time.Time `json:"at"`
}

// Keys implements store.Object.
func (v *Volume) Keys() []string { return []string{"project=" + v.Project, "name=" + v.Name} }

func (v *Volume) metadata() map[string]string {
	if v.Metadata == nil {
		return map[string]string{}
	}
	return v.Metadata
}

func (c *Cinder) volumeRoutes() []api.Route {
	return []api.Route{
		api.NewRoute("GET /volumes", http.StatusOK,
			func(q *api.Request) (any, error) { return c.listVolumes(q, false) }),
		api.NewRoute("GET /volumes/detail", http.StatusOK,
			func(q *api.Request) (any, error) { return c.listVolumes(q, true) }),
		api.NewRoute("POST /volumes", http.StatusAccepted, c.createVolume),
		api.NewRoute("GET /volumes/{id}", http.StatusOK, c.showVolume),
		api.NewRoute("PUT /volumes/{id}", http.StatusOK, c.updateVolume),
		api.NewRoute("DELETE /volumes/{id}", http.StatusAccepted, c.deleteVolume),
		api.NewRoute("POST /volumes/{id}/action", http.StatusAccepted, c.actVolume),
		api.NewRoute("GET /volumes/{id}/metadata", http.StatusOK, c.showVolumeMetadata),
		api.NewRoute("POST /volumes/{id}/metadata", http.StatusOK,
			func(q *api.Request) (any, error) { return c.setVolumeMetadata(q, true) }),
		api.NewRoute("PUT /volumes/{id}/metadata", http.StatusOK,
			func(q *api.Request) (any, error) { return c.setVolumeMetadata(q, false) }),
		api.NewRoute("DELETE /volumes/{id}/metadata/{key}", http.StatusOK, c.dropVolumeMetadatum),
		api.NewRoute("GET /attachments", http.StatusOK, c.volumeAttachments),
		api.NewRoute("GET /attachments/detail", http.StatusOK, c.volumeAttachments),
		api.NewRoute("POST /attachments", http.StatusOK, c.reserveVolume),
		api.NewRoute("DELETE /attachments/{id}", http.StatusOK, c.dropReservation),
	}
}

func (v *Volume) view(q *api.Request, full bool) obj {
	attached := []obj{}
	for _, a := range v.Attached {
		attached = append(attached, obj{"id": v.ID, "attachment_id": a.ID, "volume_id": v.ID, "server_id": a.Server,
			"host_name": nil, "device": a.Device, "attached_at": api.MicroTime(a.At)})
	}
	updated := any(nil)
	if v.Updated.After(v.Created) {
		updated = api.MicroTime(v.Updated)
	}
	x := obj{"id": v.ID, "status": v.Status, "size": v.Size, "availability_zone": "nova",
		"created_at": api.MicroTime(v.Created), "updated_at": updated, "name": api.OrNull(v.Name),
		"description": api.OrNull(v.Description), "volume_type": volumeType, "snapshot_id": api.OrNull(v.Snapshot),
		"source_volid": api.OrNull(v.Source), "metadata": v.metadata(), "links": q.Links("volumes", v.ID),
		"user_id": v.User, "bootable": strconv.FormatBool(v.Bootable), "encrypted": false, "replication_status": nil,
		"consistencygroup_id": nil, "multiattach": false, "attachments": attached}
	if !full {
		return x
	}
	if q.Minor >= 13 {
		x["group_id"] = nil
	}
	if q.Minor >= 48 {
		x["shared_targets"], x["service_uuid"] = false, api.StableID("cinder-volume")
	}
	if q.Minor >= 63 {
		x["volume_type_id"] = volumeTypeID
	}
	if q.Minor >= 65 {
		x["consumes_quota"] = true
	}
	x["os-vol-tenant-attr:tenant_id"] = v.Project
	if v.Image != nil {
		x["volume_image_metadata"] = v.Image
	}
	if q.Token.Admin {
		x["os-vol-host-attr:host"] = "devcloud@files#files"
		x["os-vol-mig-status-attr:migstat"] = nil
		x["os-vol-mig-status-attr:name_id"] = nil
	}
	return x
}

var pythonPair = regexp.MustCompile(`u?['"]((?:[^'"\\]|\\.)*)['"]\s*:\s*u?['"]((?:[^'"\\]|\\.)*)['"]`)

// pythonDict reads {'k': 'v'} as clients of cinder send it.
func pythonDict(text string) map[string]string {
	m := map[string]string{}
	for _, p := range pythonPair.FindAllStringSubmatch(text, -1) {
		m[p[1]] = p[2]
	}
	return m
}

func (c *Cinder) listVolumes(q *api.Request, detail bool) (any, error) {
	query := q.URL.Query()
	is := func(param, have string) bool { return !query.Has(param) || query.Get(param) == have }
	want := pythonDict(query.Get("metadata"))
	found := slices.DeleteFunc(api.Listed(q, c.Volumes.Find(projectKeys(q)...)), func(v *Volume) bool {
		for k, w := range want {
			if v.Metadata[k] != w {
				return true
			}
		}
		return !ofProject(q, v.Project) || !is("status", v.Status) || !is("name", v.Name) ||
			!is("bootable", strconv.FormatBool(v.Bootable)) || !is("size", strconv.Itoa(v.Size)) ||
			!is("id", v.ID) || !is("display_name", v.Name)
	})
	part, next, err := api.Page(q, api.InOrder(q, found), 1000, 1000, noVolume)
	if err != nil {
		return nil, err
	}
	items := make([]obj, 0, len(part))
	for _, v := range part {
		x := obj{"id": v.ID, "name": api.OrNull(v.Name), "links": q.Links("volumes", v.ID)}
		if detail {
			x = v.view(q, true)
		}
		items = append(items, x)
	}
	return q.List("volumes", items, next), nil
}

// projectKeys returns the index keys that narrow a list to the caller's project and to a
// name. Administrators can ask for all projects.
func projectKeys(q *api.Request) []string {
	keys := q.NameKey()
	all := q.URL.Query().Get("all_tenants")
	if all != "" && all != "0" && !strings.EqualFold(all, "false") && q.Token.Admin {
		return keys
	}
	return append(keys, "project="+q.Token.Project)
}

// ofProject reports whether an administrator's list shows the project: it does unless the
// request names another one.
func ofProject(q *api.Request, project string) bool {
	want := q.URL.Query().Get("project_id")
	return want == "" || !q.Token.Admin || want == project
}

func noVolume(id string) error {
	return api.Fail(http.StatusNotFound, "Volume %s could not be found.", id)
}

// ownVolume gets the volume of the path if the caller may see it.
func (c *Cinder) ownVolume(q *api.Request) (*Volume, error) {
	v, ok := c.Volumes.Get(q.PathValue("id"))
	if !ok || !q.Sees(v.Project) {
		return nil, noVolume(q.PathValue("id"))
	}
	return v, nil
}

func (c *Cinder) showVolume(q *api.Request) (any, error) {
	v, err := c.ownVolume(q)
	if err != nil {
		return nil, err
	}
	return obj{"volume": v.view(q, true)}, nil
}

func (c *Cinder) updateVolume(q *api.Request) (any, error) {
	v, err := c.ownVolume(q)
	if err != nil {
		return nil, err
	}
	var body struct {
		Volume volumeRequest `json:"volume"`
	}
	if err := q.Decode(&body); err != nil {
		return nil, err
	}
	if err := checkVolumeText(map[string]*string{"name": body.Volume.Name,
		"description": body.Volume.Description}); err != nil {
		return nil, err
	}
	if n := body.Volume.Name; n != nil {
		v.Name = *n
	}
	if d := body.Volume.Description; d != nil {
		v.Description = *d
	}
	if m := body.Volume.Metadata; m != nil {
		v.Metadata = m
	}
	v.Updated = q.Now
	c.Volumes.Put(v)
	return obj{"volume": v.view(q, false)}, nil
}

const notDeletable = "Invalid volume: Volume status must be available or error or error_restoring or error_extending " +
	"or error_managing and must not be migrating, attached, belong to a group, have snapshots, awaiting a transfer, " +
	"or be disassociated from snapshots after volume transfer."

func (c *Cinder) deleteVolume(q *api.Request) (any, error) {
	v, err := c.ownVolume(q)
	if err != nil {
		return nil, err
	}
	free := v.Status == "available" || strings.HasPrefix(v.Status, "error")
	if !free || len(v.Attached) > 0 || c.Snapshots.Count("volume="+v.ID) > 0 {
		return nil, api.Fail(http.StatusBadRequest, notDeletable)
	}
	v.Status, v.Updated = "deleting", q.Now
	next := "gone"
	if q.Failure("") != "" {
		next = "error_deleting"
	}
	q.Become("volume", &v.Meta, next, c.Quarter(c.State.DeleteTime))
	c.Volumes.Put(v)
	return nil, nil
}

// DropVolume removes the volume, and its size from what the project uses.
func (c *Cinder) DropVolume(v *Volume) {
	c.Use(v.Project, "gigabytes", -v.Size)
	c.Volumes.Remove(v.ID)
}
