package devcloud

import (
	"net/http"
	"slices"
	"time"

	"github.com/google/uuid"
)

// snapshotAPI serves /snapshots.
type snapshotAPI struct{ *Cinder }

type snapshot struct {
	meta
	User     string            `json:"user,omitempty"`
	Volume   string            `json:"volume"`
	Size     int               `json:"size"`
	Metadata map[string]string `json:"metadata,omitempty"`
}

func (s *snapshot) keys() []string {
	return []string{"project=" + s.Project, "name=" + s.Name, "volume=" + s.Volume}
}

func (c snapshotAPI) snapshotRoutes() []route {
	return []route{
		newRoute("GET /snapshots", http.StatusOK, func(q *request) (any, error) { return c.listSnapshots(q, false) }),
		newRoute("GET /snapshots/detail", http.StatusOK, func(q *request) (any, error) { return c.listSnapshots(q, true) }),
		newRoute("POST /snapshots", http.StatusAccepted, c.createSnapshot),
		newRoute("GET /snapshots/{id}", http.StatusOK, c.showSnapshot),
		newRoute("PUT /snapshots/{id}", http.StatusOK, c.updateSnapshot),
		newRoute("DELETE /snapshots/{id}", http.StatusAccepted, c.deleteSnapshot),
	}
}

func (s *snapshot) view(q *request, full bool) obj {
	m := s.Metadata
	if m == nil {
		m = map[string]string{}
	}
	updated := any(nil)
	if s.Updated.After(s.Created) {
		updated = microTime(s.Updated)
	}
	v := obj{"id": s.ID, "created_at": microTime(s.Created), "updated_at": updated, "name": orNull(s.Name), "description": orNull(s.Description),
		"volume_id": s.Volume, "status": s.Status, "size": s.Size, "metadata": m}
	if q.minor >= 14 {
		v["group_snapshot_id"] = nil
	}
	if q.minor >= 41 {
		v["user_id"] = s.User
	}
	if q.minor >= 65 {
		v["consumes_quota"] = true
	}
	if full {
		v["os-extended-snapshot-attributes:project_id"], v["os-extended-snapshot-attributes:progress"] = s.Project, "100%"
	}
	return v
}

func (c snapshotAPI) listSnapshots(q *request, detail bool) (any, error) {
	query := q.URL.Query()
	keys := projectKeys(q)
	if id := query.Get("volume_id"); id != "" {
		keys = append(keys, "volume="+id)
	}
	want := map[string]string{}
	if q.minor >= 22 { // before, cinder took the filter and did not apply it
		want = pythonDict(query.Get("metadata"))
	}
	found := slices.DeleteFunc(listed(q, c.snapshots.find(keys...)), func(s *snapshot) bool {
		for k, w := range want {
			if s.Metadata[k] != w {
				return true
			}
		}
		return !ofProject(q, s.Project) || query.Has("status") && query.Get("status") != s.Status
	})
	part, next, err := page(q, inOrder(q, found), 1000, 1000, noSnapshot)
	if err != nil {
		return nil, err
	}
	items := []obj{}
	for _, s := range part {
		items = append(items, s.view(q, detail))
	}
	return q.withNext("snapshots", items, next), nil
}

func noSnapshot(id string) error {
	return fail(http.StatusNotFound, "Snapshot %s could not be found.", id)
}

func (c snapshotAPI) ownSnapshot(q *request) (*snapshot, error) {
	s, ok := c.snapshots.get(q.PathValue("id"))
	if !ok || !q.sees(s.Project) {
		return nil, noSnapshot(q.PathValue("id"))
	}
	return s, nil
}

func (c snapshotAPI) showSnapshot(q *request) (any, error) {
	s, err := c.ownSnapshot(q)
	if err != nil {
		return nil, err
	}
	return obj{"snapshot": s.view(q, true)}, nil
}

type snapshotRequest struct {
	Snapshot struct {
		Volume      string            `json:"volume_id"`
		Name        string            `json:"name"`
		Description string            `json:"description"`
		Metadata    map[string]string `json:"metadata"`
		Force       any               `json:"force"`
	} `json:"snapshot"`
}

func (c snapshotAPI) createSnapshot(q *request) (any, error) {
	var body snapshotRequest
	if err := q.decode(&body); err != nil {
		return nil, err
	}
	in := body.Snapshot
	v, ok := c.volumes.get(in.Volume)
	if !ok || !q.sees(v.Project) {
		return nil, noVolume(in.Volume)
	}
	if v.Status != "available" && v.Status != "in-use" {
		return nil, fail(http.StatusBadRequest, "Invalid volume: The snapshot cannot be created when the volume is in %s status.", v.Status)
	}
	forced := in.Force == true || in.Force == "true" || q.minor >= 66
	if v.Status != "available" && !(forced && v.Status == "in-use") {
		return nil, fail(http.StatusBadRequest, "Invalid volume: Volume %s status must be available, but current status is: %s.", v.ID, v.Status)
	}
	if c.exceeds(v.Project, "snapshots", c.volumeUsage(v.Project, "snapshots"), 1) {
		return nil, fail(http.StatusRequestEntityTooLarge, "SnapshotLimitExceeded: Maximum number of snapshots allowed (%d) exceeded", c.limit(v.Project, "snapshots"))
	}
	if err := c.gigabyteQuota(v.Project, v.Size); err != nil {
		return nil, err
	}
	c.use(v.Project, "gigabytes", v.Size)
	s := &snapshot{meta: meta{ID: uuid.NewString(), Name: in.Name, Description: in.Description, Project: v.Project, Status: "creating", Created: q.now},
		User: q.tok.User, Volume: v.ID, Size: v.Size, Metadata: in.Metadata}
	next := "available"
	if q.fails("") != "" {
		next = "error"
	}
	answer := obj{"snapshot": s.view(q, false)}
	q.made("snapshot", &s.meta, next, c.quarter(c.state.BuildTime))
	c.snapshots.put(s)
	return answer, nil
}

func (c snapshotAPI) updateSnapshot(q *request) (any, error) {
	s, err := c.ownSnapshot(q)
	if err != nil {
		return nil, err
	}
	body := snapshotRequest{}
	body.Snapshot.Name, body.Snapshot.Description = s.Name, s.Description
	if err := q.decode(&body); err != nil {
		return nil, err
	}
	s.Name, s.Description, s.Updated = body.Snapshot.Name, body.Snapshot.Description, q.now
	c.snapshots.put(s)
	return obj{"snapshot": s.view(q, false)}, nil
}

func (c snapshotAPI) deleteSnapshot(q *request) (any, error) {
	s, err := c.ownSnapshot(q)
	if err != nil {
		return nil, err
	}
	if s.Status != "available" && s.Status != "error" && s.Status != "error_deleting" {
		return nil, fail(http.StatusBadRequest, "Invalid snapshot: Snapshot status must be available or error and must not be part of a group.")
	}
	s.Status, s.Updated = "deleting", q.now
	next := "gone"
	if q.fails("") != "" {
		next = "error_deleting"
	}
	q.made("snapshot", &s.meta, next, c.quarter(c.state.DeleteTime))
	c.snapshots.put(s)
	return nil, nil
}

// ripenSnapshot carries out what is due for the snapshot.
func (c snapshotAPI) ripenSnapshot(id string) {
	s, ok := c.snapshots.get(id)
	if !ok || !arrived(&s.meta, time.Now()) {
		return
	}
	s.Updated = c.clock()
	if s.Status == "gone" {
		c.use(s.Project, "gigabytes", -s.Size)
		c.snapshots.remove(s.ID)
		return
	}
	c.snapshots.put(s)
}
