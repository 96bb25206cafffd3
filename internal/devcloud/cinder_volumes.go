package devcloud

import (
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

type volume struct {
	meta
	User     string             `json:"user"`
	Size     int                `json:"size"` // GiB
	Metadata map[string]string  `json:"metadata,omitempty"`
	Bootable bool               `json:"bootable,omitempty"`
	Image    map[string]string  `json:"image,omitempty"` // volume_image_metadata
	Snapshot string             `json:"snapshot,omitempty"`
	Source   string             `json:"source,omitempty"`
	Attached []volumeAttachment `json:"attached,omitempty"`
	Growing  int                `json:"growing,omitempty"`  // the size that it is extended to
	Reserved string             `json:"reserved,omitempty"` // the server being built that will have it
}

type volumeAttachment struct {
	ID     string    `json:"id"`
	Server string    `json:"server"`
	Device string    `json:"device"`
	At     time.Time `json:"at"`
}

func (v *volume) keys() []string { return []string{"project=" + v.Project, "name=" + v.Name} }

func (v *volume) metadata() map[string]string {
	if v.Metadata == nil {
		return map[string]string{}
	}
	return v.Metadata
}

func (c *Cinder) volumeRoutes() []route {
	return []route{
		newRoute("GET /volumes", http.StatusOK, func(q *request) (any, error) { return c.listVolumes(q, false) }),
		newRoute("GET /volumes/detail", http.StatusOK, func(q *request) (any, error) { return c.listVolumes(q, true) }),
		newRoute("POST /volumes", http.StatusAccepted, c.createVolume),
		newRoute("GET /volumes/{id}", http.StatusOK, c.showVolume),
		newRoute("PUT /volumes/{id}", http.StatusOK, c.updateVolume),
		newRoute("DELETE /volumes/{id}", http.StatusAccepted, c.deleteVolume),
		newRoute("POST /volumes/{id}/action", http.StatusAccepted, c.actVolume),
		newRoute("GET /volumes/{id}/metadata", http.StatusOK, c.showVolumeMetadata),
		newRoute("POST /volumes/{id}/metadata", http.StatusOK, func(q *request) (any, error) { return c.setVolumeMetadata(q, true) }),
		newRoute("PUT /volumes/{id}/metadata", http.StatusOK, func(q *request) (any, error) { return c.setVolumeMetadata(q, false) }),
		newRoute("DELETE /volumes/{id}/metadata/{key}", http.StatusOK, c.dropVolumeMetadatum),
		newRoute("GET /attachments", http.StatusOK, c.volumeAttachments),
		newRoute("GET /attachments/detail", http.StatusOK, c.volumeAttachments),
		newRoute("POST /attachments", http.StatusOK, c.reserveVolume),
		newRoute("DELETE /attachments/{id}", http.StatusOK, c.dropReservation),
	}
}

func (v *volume) view(q *request, full bool) obj {
	attached := []obj{}
	for _, a := range v.Attached {
		attached = append(attached, obj{"id": v.ID, "attachment_id": a.ID, "volume_id": v.ID, "server_id": a.Server, "host_name": nil, "device": a.Device, "attached_at": microTime(a.At)})
	}
	updated := any(nil)
	if v.Updated.After(v.Created) {
		updated = microTime(v.Updated)
	}
	x := obj{"id": v.ID, "status": v.Status, "size": v.Size, "availability_zone": "nova", "created_at": microTime(v.Created), "updated_at": updated,
		"name": orNull(v.Name), "description": orNull(v.Description), "volume_type": volumeType, "snapshot_id": orNull(v.Snapshot), "source_volid": orNull(v.Source),
		"metadata": v.metadata(), "links": q.links("volumes", v.ID), "user_id": v.User, "bootable": strconv.FormatBool(v.Bootable), "encrypted": false,
		"replication_status": nil, "consistencygroup_id": nil, "multiattach": false, "attachments": attached}
	if !full {
		return x
	}
	if q.minor >= 13 {
		x["group_id"] = nil
	}
	if q.minor >= 48 {
		x["shared_targets"], x["service_uuid"] = false, stableID("cinder-volume")
	}
	if q.minor >= 63 {
		x["volume_type_id"] = volumeTypeID
	}
	if q.minor >= 65 {
		x["consumes_quota"] = true
	}
	x["os-vol-tenant-attr:tenant_id"] = v.Project
	if v.Image != nil {
		x["volume_image_metadata"] = v.Image
	}
	if q.tok.Admin {
		x["os-vol-host-attr:host"], x["os-vol-mig-status-attr:migstat"], x["os-vol-mig-status-attr:name_id"] = "devcloud@files#files", nil, nil
	}
	return x
}

var pair = regexp.MustCompile(`u?['"]((?:[^'"\\]|\\.)*)['"]\s*:\s*u?['"]((?:[^'"\\]|\\.)*)['"]`)

// pythonDict reads {'k': 'v'} as clients of cinder send it.
func pythonDict(text string) map[string]string {
	m := map[string]string{}
	for _, p := range pair.FindAllStringSubmatch(text, -1) {
		m[p[1]] = p[2]
	}
	return m
}

func (c *Cinder) listVolumes(q *request, detail bool) (any, error) {
	query := q.URL.Query()
	is := func(param, have string) bool { return !query.Has(param) || query.Get(param) == have }
	want := pythonDict(query.Get("metadata"))
	found := slices.DeleteFunc(listed(q, c.volumes.find(projectKeys(q)...)), func(v *volume) bool {
		for k, w := range want {
			if v.Metadata[k] != w {
				return true
			}
		}
		return !ofProject(q, v.Project) || !is("status", v.Status) || !is("name", v.Name) || !is("bootable", strconv.FormatBool(v.Bootable)) || !is("size", strconv.Itoa(v.Size)) ||
			!is("id", v.ID) || !is("display_name", v.Name)
	})
	part, next, err := page(q, inOrder(q, found), 1000, 1000, noVolume)
	if err != nil {
		return nil, err
	}
	items := make([]obj, 0, len(part))
	for _, v := range part {
		x := obj{"id": v.ID, "name": orNull(v.Name), "links": q.links("volumes", v.ID)}
		if detail {
			x = v.view(q, true)
		}
		items = append(items, x)
	}
	return q.withNext("volumes", items, next), nil
}

// projectKeys narrow a list of cinder's to the project, and to a name.
func projectKeys(q *request) []string {
	keys := q.nameKey()
	all := q.URL.Query().Get("all_tenants")
	if all != "" && all != "0" && !strings.EqualFold(all, "false") && q.tok.Admin {
		return keys
	}
	return append(keys, "project="+q.tok.Project)
}

// ofProject says whether a list is of the project, or of all.
func ofProject(q *request, project string) bool {
	want := q.URL.Query().Get("project_id")
	return want == "" || !q.tok.Admin || want == project
}

func noVolume(id string) error { return fail(http.StatusNotFound, "Volume %s could not be found.", id) }

func (c *Cinder) ownVolume(q *request) (*volume, error) {
	v, ok := c.volumes.get(q.PathValue("id"))
	if !ok || !q.sees(v.Project) {
		return nil, noVolume(q.PathValue("id"))
	}
	return v, nil
}

func (c *Cinder) showVolume(q *request) (any, error) {
	v, err := c.ownVolume(q)
	if err != nil {
		return nil, err
	}
	return obj{"volume": v.view(q, true)}, nil
}

func (c *Cinder) updateVolume(q *request) (any, error) {
	v, err := c.ownVolume(q)
	if err != nil {
		return nil, err
	}
	var body struct {
		Volume volumeRequest `json:"volume"`
	}
	if err := q.decode(&body); err != nil {
		return nil, err
	}
	if err := checkVolumeText(map[string]*string{"name": body.Volume.Name, "description": body.Volume.Description}); err != nil {
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
	v.Updated = q.now
	c.volumes.put(v)
	return obj{"volume": v.view(q, false)}, nil
}

const notDeletable = "Invalid volume: Volume status must be available or error or error_restoring or error_extending or error_managing and must not be migrating, attached, belong to a group, have snapshots, awaiting a transfer, or be disassociated from snapshots after volume transfer."

func (c *Cinder) deleteVolume(q *request) (any, error) {
	v, err := c.ownVolume(q)
	if err != nil {
		return nil, err
	}
	free := v.Status == "available" || strings.HasPrefix(v.Status, "error")
	if !free || len(v.Attached) > 0 || c.snapshots.count("volume="+v.ID) > 0 {
		return nil, fail(http.StatusBadRequest, notDeletable)
	}
	v.Status, v.Updated = "deleting", q.now
	next := "gone"
	if q.fails("") != "" {
		next = "error_deleting"
	}
	q.made("volume", &v.meta, next, c.quarter(c.state.DeleteTime))
	c.volumes.put(v)
	return nil, nil
}

func (c *Cinder) dropVolume(v *volume) {
	c.use(v.Project, "gigabytes", -v.Size)
	c.volumes.remove(v.ID)
}
