package cinder

import (
	"net/http"
	"slices"
	"time"

	"github.com/google/uuid"

	"novaflow/internal/devcloud/api"
	"novaflow/internal/devcloud/store"
)

// snapshotAPI serves /snapshots.
type snapshotAPI struct{ *Cinder }

// Snapshot is a row of cinder.
type Snapshot struct {
	store.Meta
	User     string            `json:"user,omitempty"`
	Volume   string            `json:"volume"`
	Size     int               `json:"size"`
	Metadata map[string]string `json:"metadata,omitempty"`
}

// Keys implements store.Object.
func (s *Snapshot) Keys() []string {
	return []string{"project=" + s.Project, "name=" + s.Name, "volume=" + s.Volume}
}

func (c snapshotAPI) snapshotRoutes() []api.Route {
	return []api.Route{
		api.NewRoute("GET /snapshots", http.StatusOK,
			func(q *api.Request) (any, error) { return c.listSnapshots(q, false) }),
		api.NewRoute("GET /snapshots/detail", http.StatusOK,
			func(q *api.Request) (any, error) { return c.listSnapshots(q, true) }),
		api.NewRoute("POST /snapshots", http.StatusAccepted, c.createSnapshot),
		api.NewRoute("GET /snapshots/{id}", http.StatusOK, c.showSnapshot),
		api.NewRoute("PUT /snapshots/{id}", http.StatusOK, c.updateSnapshot),
		api.NewRoute("DELETE /snapshots/{id}", http.StatusAccepted, c.deleteSnapshot),
	}
}

func (s *Snapshot) view(q *api.Request, full bool) obj {
	m := s.Metadata
	if m == nil {
		m = map[string]string{}
	}
	updated := any(nil)
	if s.Updated.After(s.Created) {
		updated = api.MicroTime(s.Updated)
	}
	v := obj{"id": s.ID, "created_at": api.MicroTime(s.Created), "updated_at": updated, "name": api.OrNull(s.Name),
		"description": api.OrNull(s.Description), "volume_id": s.Volume, "status": s.Status, "size": s.Size,
		"metadata": m}
	if q.Minor >= 14 {
		v["group_snapshot_id"] = nil
	}
	if q.Minor >= 41 {
		v["user_id"] = s.User
	}
	if q.Minor >= 65 {
		v["consumes_quota"] = true
	}
	if full {
		v["os-extended-snapshot-attributes:project_id"] = s.Project
		v["os-extended-snapshot-attributes:progress"] = "100%"
	}
	return v
}

func (c snapshotAPI) listSnapshots(q *api.Request, detail bool) (any, error) {
	query := q.URL.Query()
	keys := projectKeys(q)
	if id := query.Get("volume_id"); id != "" {
		keys = append(keys, "volume="+id)
	}
	want := map[string]string{}
	if q.Minor >= 22 { // before, cinder accepted the filter and ignored it
		want = pythonDict(query.Get("metadata"))
	}
	found := slices.DeleteFunc(api.Listed(q, c.Snapshots.Find(keys...)), func(s *Snapshot) bool {
		for k, w := range want {
			if s.Metadata[k] != w {
				return true
			}
		}
		return !ofProject(q, s.Project) || query.Has("status") && query.Get("status") != s.Status
	})
	part, next, err := api.Page(q, api.InOrder(q, found), 1000, 1000, noSnapshot)
	if err != nil {
		return nil, err
	}
	items := []obj{}
	for _, s := range part {
		items = append(items, s.view(q, detail))
	}
	return q.List("snapshots", items, next), nil
}

func noSnapshot(id string) error {
	return api.Fail(http.StatusNotFound, "Snapshot %s could not be found.", id)
}

func (c snapshotAPI) ownSnapshot(q *api.Request) (*Snapshot, error) {
	s, ok := c.Snapshots.Get(q.PathValue("id"))
	if !ok || !q.Sees(s.Project) {
		return nil, noSnapshot(q.PathValue("id"))
	}
	return s, nil
}

func (c snapshotAPI) showSnapshot(q *api.Request) (any, error) {
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

func (c snapshotAPI) createSnapshot(q *api.Request) (any, error) {
	var body snapshotRequest
	if err := q.Decode(&body); err != nil {
		return nil, err
	}
	in := body.Snapshot
	v, ok := c.Volumes.Get(in.Volume)
	if !ok || !q.Sees(v.Project) {
		return nil, noVolume(in.Volume)
	}
	if v.Status != "available" && v.Status != "in-use" {
		return nil, api.Fail(http.StatusBadRequest,
			"Invalid volume: The snapshot cannot be created when the volume is in %s status.", v.Status)
	}
	forced := in.Force == true || in.Force == "true" || q.Minor >= 66
	if v.Status != "available" && !(forced && v.Status == "in-use") {
		return nil, api.Fail(http.StatusBadRequest,
			"Invalid volume: Volume %s status must be available, but current status is: %s.", v.ID, v.Status)
	}
	if c.Exceeds(v.Project, "snapshots", c.Usage(v.Project, "snapshots"), 1) {
		return nil, api.Fail(http.StatusRequestEntityTooLarge,
			"SnapshotLimitExceeded: Maximum number of snapshots allowed (%d) exceeded", c.Limit(v.Project, "snapshots"))
	}
	if err := c.CheckGigabytes(v.Project, v.Size); err != nil {
		return nil, err
	}
	c.Use(v.Project, "gigabytes", v.Size)
	s := &Snapshot{Meta: store.Meta{ID: uuid.NewString(), Name: in.Name, Description: in.Description,
		Project: v.Project, Status: "creating", Created: q.Now},
		User: q.Token.User, Volume: v.ID, Size: v.Size, Metadata: in.Metadata}
	next := "available"
	if q.Failure("") != "" {
		next = "error"
	}
	answer := obj{"snapshot": s.view(q, false)}
	q.Become("snapshot", &s.Meta, next, c.Quarter(c.State.BuildTime))
	c.Snapshots.Put(s)
	return answer, nil
}

func (c snapshotAPI) updateSnapshot(q *api.Request) (any, error) {
	s, err := c.ownSnapshot(q)
	if err != nil {
		return nil, err
	}
	body := snapshotRequest{}
	body.Snapshot.Name, body.Snapshot.Description = s.Name, s.Description
	if err := q.Decode(&body); err != nil {
		return nil, err
	}
	s.Name, s.Description, s.Updated = body.Snapshot.Name, body.Snapshot.Description, q.Now
	c.Snapshots.Put(s)
	return obj{"snapshot": s.view(q, false)}, nil
}

func (c snapshotAPI) deleteSnapshot(q *api.Request) (any, error) {
	s, err := c.ownSnapshot(q)
	if err != nil {
		return nil, err
	}
	if s.Status != "available" && s.Status != "error" && s.Status != "error_deleting" {
		return nil, api.Fail(http.StatusBadRequest,
			"Invalid snapshot: Snapshot status must be available or error and must not be part of a group.")
	}
	s.Status, s.Updated = "deleting", q.Now
	next := "gone"
	if q.Failure("") != "" {
		next = "error_deleting"
	}
	q.Become("snapshot", &s.Meta, next, c.Quarter(c.State.DeleteTime))
	c.Snapshots.Put(s)
	return nil, nil
}

// ripenSnapshot carries out what is due for the snapshot.
func (c snapshotAPI) ripenSnapshot(id string) {
	s, ok := c.Snapshots.Get(id)
	if !ok || !store.Arrived(&s.Meta, time.Now()) {
		return
	}
	s.Updated = c.Clock()
	if s.Status == "gone" {
		c.Use(s.Project, "gigabytes", -s.Size)
		c.Snapshots.Remove(s.ID)
		return
	}
	c.Snapshots.Put(s)
}
