package moves

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"novaflow/internal/devcloud/api"
	"novaflow/internal/devcloud/nova/compute"
	"novaflow/internal/devcloud/nova/servers"
)

func (c API) liveMigrateServer(q *api.Request, s *compute.Server, raw json.RawMessage) (any, error) {
	if !q.Token.Admin {
		return nil, q.Forbid("os_compute_api:os-migrate-server:migrate_live")
	}
	var in struct {
		Host  *string `json:"host"`
		Block any     `json:"block_migration"`
	}
	if json.Unmarshal(raw, &in) != nil || in.Block == nil {
		return nil, api.Fail(http.StatusBadRequest,
			"Invalid input for field/attribute os-migrateLive. Value: %s. 'block_migration' is a required property",
			api.QuotePython(raw))
	}
	to := -1
	if in.Host != nil {
		i, ok := c.HostIndex(*in.Host)
		if !ok {
			return nil, api.Fail(http.StatusBadRequest, "Compute host %s could not be found.", *in.Host)
		}
		to = i
	}
	if err := servers.MayAct(s, "os-migrateLive", "ACTIVE", "PAUSED"); err != nil {
		return nil, err
	}
	ch := compute.Change{Action: "live-migration", Host: to}
	switch {
	case to < 0:
		if ch.Host = c.PickHost(s); ch.Host < 0 {
			ch.Fails = "No valid host was found. There are not enough hosts available."
		}
	case to == s.Host:
		ch.Fails = "Migration pre-check error: Unable to migrate instance to current host."
		ch.Host = -1
	case c.ServiceOf(to).State() == "down":
		ch.Fails = "Compute service is unavailable at this time."
		ch.Host = -1
	}
	ch.Move = c.startMove(q, s, "live-migration", "running", ch.Host)
	back := s.Status
	c.Begin(q, s, ch, "migrating", "MIGRATING", back, time.Duration(c.State.BuildTime))
	return nil, nil
}

func (c API) endLive(s *compute.Server, ch compute.Change, at time.Time) {
	if ch.Failing {
		s.SetMove(ch.Move, "error", at)
		return
	}
	s.SetMove(ch.Move, "completed", at)
	c.MoveTo(s, ch.Host, at)
}

func liveView(q *api.Request, s *compute.Server, m compute.Migration) obj {
	v := obj{"id": m.ID, "server_uuid": s.ID, "status": m.Status, "source_compute": compute.HostName(m.From),
		"source_node": compute.HostName(m.From), "dest_compute": nil, "dest_node": nil, "dest_host": nil,
		"created_at": api.MicroTime(m.Created), "updated_at": api.MicroTime(m.Updated), "memory_total_bytes": nil,
		"memory_processed_bytes": nil, "memory_remaining_bytes": nil, "disk_total_bytes": nil,
		"disk_processed_bytes": nil, "disk_remaining_bytes": nil}
	if m.To >= 0 {
		v["dest_compute"], v["dest_node"], v["dest_host"] = compute.HostName(m.To), compute.HostName(m.To), "127.0.0.1"
	}
	return v
}

func (c API) listLive(q *api.Request) (any, error) {
	if !q.Token.Admin {
		return nil, q.Forbid("os_compute_api:servers:migrations:index")
	}
	s, err := c.OwnServer(q)
	if err != nil {
		return nil, err
	}
	items := []obj{}
	for _, m := range s.LiveMigrations() {
		items = append(items, liveView(q, s, m))
	}
	return obj{"migrations": items}, nil
}

// liveMove finds the live migration that a path names.
func (c API) liveMove(q *api.Request) (*compute.Server, compute.Migration, error) {
	s, err := c.OwnServer(q)
	if err != nil {
		return nil, compute.Migration{}, err
	}
	id, _ := strconv.Atoi(q.PathValue("move")) //nolint:errcheck // no number, no migration
	for _, m := range s.Moves {
		if m.ID == id && m.Kind == "live-migration" {
			return s, m, nil
		}
	}
	return nil, compute.Migration{}, api.Fail(http.StatusNotFound, "Migration %s not found for instance %s",
		q.PathValue("move"), s.ID)
}

func (c API) showLive(q *api.Request) (any, error) {
	if !q.Token.Admin {
		return nil, q.Forbid("os_compute_api:servers:migrations:show")
	}
	s, m, err := c.liveMove(q)
	if err == nil && m.Status != "running" {
		err = api.Fail(http.StatusNotFound, "In-progress live migration %d is not found for server %s.", m.ID, s.ID)
	}
	if err != nil {
		return nil, err
	}
	return obj{"migration": liveView(q, s, m)}, nil
}

// abortLive ends a live migration where it is: the server stays on its host.
func (c API) abortLive(q *api.Request) (any, error) {
	if !q.Token.Admin {
		return nil, q.Forbid("os_compute_api:servers:migrations:delete")
	}
	s, m, err := c.liveMove(q)
	switch {
	case err != nil:
		return nil, err
	case s.Task != "migrating":
		return nil, api.Fail(http.StatusConflict,
			"Cannot 'abort live migration' instance %s while it is in task_state %s", s.ID, s.Task)
	case m.Status != "running":
		return nil, api.Fail(http.StatusBadRequest,
			"Migration %d state of instance %s is %s. Cannot abort live migration while the migration is in this "+
				"state.", m.ID, s.ID, m.Status)
	}
	s.RecordAction(q, "live_migration_cancel")
	s.EndAction(q.ID, q.Now, false)
	s.EndAction(s.Change.Request, q.Now, true)
	s.SetMove(m.ID, "cancelled", q.Now)
	s.Status, s.Task, s.Next, s.Due, s.Change = s.Change.Back, "", "", time.Time{}, nil
	c.Instances.Put(s)
	return nil, nil
}
