// Package moves exists because a move has rules of its own: it has resize, cold and live
// migration and evacuation, and the record of migrations.
//
// It may import what nova/servers may, and nova/servers.
package moves

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"novaflow/internal/devcloud/api"
	"novaflow/internal/devcloud/nova/compute"
	"novaflow/internal/devcloud/nova/servers"
)

// obj is an object of JSON.
type obj = map[string]any

// API serves what moves servers between hosts or flavors.
type API struct{ *servers.Servers }

// Routes lists the calls about migrations.
func (c API) Routes() []api.Route {
	return []api.Route{
		api.NewRoute("GET /os-migrations", http.StatusOK, c.listMigrations),
		api.NewRoute("GET /servers/{id}/migrations", http.StatusOK, c.listLive),
		api.NewRoute("GET /servers/{id}/migrations/{move}", http.StatusOK, c.showLive),
		api.NewRoute("DELETE /servers/{id}/migrations/{move}", http.StatusAccepted, c.abortLive),
	}
}

// Register registers the actions that move servers or change their flavor, and what
// they do at their end.
func (c API) Register() {
	c.OnAction("resize", c.resizeServer)
	c.OnAction("migrate", c.migrateServer)
	c.OnAction("confirmResize", c.confirmResize)
	c.OnAction("revertResize", c.revertResize)
	c.OnAction("os-migrateLive", c.liveMigrateServer)
	c.OnAction("evacuate", c.evacuateServer)
	c.OnEnd("resize", c.endResize)
	c.OnEnd("migrate", c.endResize)
	c.OnEnd("confirmResize", c.endConfirm)
	c.OnEnd("revertResize", c.endRevert)
	c.OnEnd("live-migration", c.endLive)
	c.OnEnd("evacuate", c.endEvacuate)
}

// startMove records a migration and returns its id.
func (c API) startMove(q *api.Request, s *compute.Server, kind, status string, to int) int {
	m := compute.Migration{ID: c.NextNumber(), UUID: uuid.NewString(), Kind: kind, Status: status, From: s.Host,
		To: to, Project: s.Project, User: q.Tok.User, Created: q.Now, Updated: q.Now}
	s.Moves = append(slices.Clone(s.Moves), m)
	return m.ID
}

func (c API) resizeServer(q *api.Request, s *compute.Server, raw json.RawMessage) (any, error) {
	var in struct {
		Flavor string `json:"flavorRef"`
	}
	if json.Unmarshal(raw, &in) != nil || in.Flavor == "" {
		return nil, api.Fail(http.StatusBadRequest,
			"Invalid input for field/attribute resize. Value: %s. 'flavorRef' is a required property",
			api.QuotePython(raw))
	}
	if err := servers.MayAct(s, "resize", "ACTIVE", "SHUTOFF"); err != nil {
		return nil, err
	}
	f, ok := c.Flavors.Get(in.Flavor[strings.LastIndex(in.Flavor, "/")+1:])
	switch {
	case !ok:
		return nil, api.Fail(http.StatusBadRequest, "Flavor %s could not be found.", in.Flavor)
	case f.ID == s.Flavor.ID:
		return nil, api.Fail(http.StatusBadRequest, "When resizing, instances must change flavor!")
	case f.Disk == 0 && s.Flavor.Disk != 0 && s.Image != "":
		return nil, api.Fail(http.StatusBadRequest, "Resize to zero disk flavor is not allowed.")
	}
	for _, res := range []struct {
		name string
		n    int
	}{{"cores", f.VCPUs - s.Flavor.VCPUs}, {"ram", f.RAM - s.Flavor.RAM}} {
		if used := c.Usage(s.Project, res.name); res.n > 0 && c.Exceeds(s.Project, res.name, used, res.n) {
			return nil, api.Fail(http.StatusForbidden,
				"Quota exceeded for %s: Requested %d, but already used %d of %d %s", res.name, res.n, used,
				c.Limit(s.Project, res.name), res.name)
		}
	}
	c.beginResize(q, s, "resize", f, "")
	return nil, nil
}

func (c API) migrateServer(q *api.Request, s *compute.Server, raw json.RawMessage) (any, error) {
	if !q.Tok.Admin {
		return nil, q.Forbid("os_compute_api:os-migrate-server:migrate")
	}
	var in struct {
		Host *string `json:"host"`
	}
	if string(raw) != "null" && (q.Minor < 56 || json.Unmarshal(raw, &in) != nil) {
		return nil, api.Fail(http.StatusBadRequest,
			"Invalid input for field/attribute migrate. Value: %s. %s is not of type 'null'", api.QuotePython(raw),
			api.QuotePython(raw))
	}
	if err := servers.MayAct(s, "migrate", "ACTIVE", "SHUTOFF"); err != nil {
		return nil, err
	}
	host := ""
	if in.Host != nil {
		host = *in.Host
		if i, ok := c.HostIndex(host); !ok {
			return nil, api.Fail(http.StatusBadRequest, "Compute host %s could not be found.", host)
		} else if i == s.Host {
			return nil, api.Fail(http.StatusBadRequest, "The target host can't be the same one.")
		}
	}
	c.beginResize(q, s, "migrate", &s.Flavor, host)
	return nil, nil
}

// beginResize starts a move to a host that has the capacity for the flavor.
func (c API) beginResize(q *api.Request, s *compute.Server, action string, f *compute.Flavor, host string) {
	then := *s
	then.Flavor = *f
	ch := compute.Change{Action: action, Flavor: f.ID, Host: c.PickHost(&then)}
	if i, ok := c.HostIndex(host); ok {
		ch.Host = i
	}
	if ch.Host < 0 {
		ch.Fails = "No valid host was found. There are not enough hosts available."
	}
	kind := map[string]string{"resize": "resize", "migrate": "migration"}[action]
	ch.Move = c.startMove(q, s, kind, "migrating", ch.Host)
	c.Begin(q, s, ch, "resize_prep", "RESIZE", "VERIFY_RESIZE", c.Quarter(c.State.BuildTime))
}

func (c API) endResize(s *compute.Server, ch compute.Change, at time.Time) {
	if ch.Failing {
		s.SetMove(ch.Move, "error", at)
		return
	}
	s.SetMove(ch.Move, "finished", at)
	s.Resize = &compute.Resized{Flavor: s.Flavor, Host: s.Host, Status: ch.Back, Move: ch.Move}
	f, ok := c.Flavors.Get(ch.Flavor)
	if !ok {
		f = &s.Flavor
	}
	c.changeFlavor(s, *f, ch.Host, at)
}

// changeFlavor moves the server to a host with another flavor.
func (c API) changeFlavor(s *compute.Server, f compute.Flavor, host int, at time.Time) {
	c.CountServer(s, -1)
	s.Flavor = f
	c.CountServer(s, +1)
	c.MoveTo(s, host, at)
}

// confirmResize shows no task while it is under way, as nova does not.
func (c API) confirmResize(q *api.Request, s *compute.Server, _ json.RawMessage) (any, error) {
	if err := servers.MayAct(s, "confirmResize", "VERIFY_RESIZE"); err != nil {
		return nil, err
	}
	if s.Change != nil {
		return nil, api.Fail(http.StatusBadRequest, "Instance has not been resized.")
	}
	q.Status = http.StatusNoContent
	c.Begin(q, s, compute.Change{Action: "confirmResize", Host: s.Host, Move: s.Resize.Move}, "", "", s.Resize.Status,
		c.Quarter(c.State.BuildTime))
	return nil, nil
}

func (c API) endConfirm(s *compute.Server, ch compute.Change, at time.Time) {
	if !ch.Failing {
		s.SetMove(ch.Move, "confirmed", at)
		s.Resize = nil
	}
}

func (c API) revertResize(q *api.Request, s *compute.Server, _ json.RawMessage) (any, error) {
	if err := servers.MayAct(s, "revertResize", "VERIFY_RESIZE"); err != nil {
		return nil, err
	}
	if s.Change != nil {
		return nil, api.Fail(http.StatusBadRequest, "Instance has not been resized.")
	}
	c.Begin(q, s, compute.Change{Action: "revertResize", Host: s.Resize.Host, Move: s.Resize.Move}, "resize_reverting",
		"REVERT_RESIZE", s.Resize.Status, c.Quarter(c.State.BuildTime))
	return nil, nil
}

func (c API) endRevert(s *compute.Server, ch compute.Change, at time.Time) {
	if ch.Failing {
		return
	}
	s.SetMove(ch.Move, "reverted", at)
	old := s.Resize
	s.Resize = nil
	c.changeFlavor(s, old.Flavor, old.Host, at)
}

func (c API) liveMigrateServer(q *api.Request, s *compute.Server, raw json.RawMessage) (any, error) {
	if !q.Tok.Admin {
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

// evacuateServer rebuilds the server of a dead host on another one.
func (c API) evacuateServer(q *api.Request, s *compute.Server, raw json.RawMessage) (any, error) {
	if !q.Tok.Admin {
		return nil, q.Forbid("os_compute_api:os-evacuate")
	}
	var in struct {
		Host *string `json:"host"`
	}
	if err := json.Unmarshal(raw, &in); err != nil {
		return nil, api.Fail(http.StatusBadRequest,
			"Invalid input for field/attribute evacuate. Value: %s. %s is not of type 'object'", api.QuotePython(raw),
			api.QuotePython(raw))
	}
	if back := s.VMState(); !slices.Contains([]string{"active", "stopped", "error"}, back) {
		return nil, api.Fail(http.StatusConflict, "Cannot 'evacuate' instance %s while it is in vm_state %s", s.ID,
			back)
	}
	if s.Host >= 0 && c.ServiceOf(s.Host).State() == "up" {
		return nil, api.Fail(http.StatusBadRequest, "Compute service of %s is still in use.", s.HostName())
	}
	ch := compute.Change{Action: "evacuate", Host: c.PickHost(s), Breaks: true}
	if in.Host != nil {
		i, ok := c.HostIndex(*in.Host)
		if !ok {
			return nil, api.Fail(http.StatusBadRequest, "Compute host %s could not be found.", *in.Host)
		}
		ch.Host = i
	}
	if ch.Host < 0 {
		ch.Fails = "No valid host was found. There are not enough hosts available to reschedule."
	}
	to := "ACTIVE"
	if s.VMState() == "stopped" {
		to = "SHUTOFF"
	}
	if s.Change != nil { // what was under way died with the host
		s.Status, s.Change, s.Next = s.Change.Back, nil, ""
	}
	ch.Move = c.startMove(q, s, "evacuation", "accepted", ch.Host)
	q.Status = http.StatusOK
	c.Begin(q, s, ch, "rebuilding", "REBUILD", to, time.Duration(c.State.BuildTime))
	return obj{"adminPass": api.RandomText()[:12]}, nil
}

func (c API) endEvacuate(s *compute.Server, ch compute.Change, at time.Time) {
	if ch.Failing {
		s.SetMove(ch.Move, "error", at)
		return
	}
	s.SetMove(ch.Move, "done", at)
	s.Fault = nil
	c.MoveTo(s, ch.Host, at)
}

func (c API) listMigrations(q *api.Request) (any, error) {
	if !q.Tok.Admin {
		return nil, q.Forbid("os_compute_api:os-migrations:index")
	}
	query := q.URL.Query()
	items := []obj{}
	for _, s := range c.Instances.Find() {
		for _, m := range s.Moves {
			if query.Has("instance_uuid") && query.Get("instance_uuid") != s.ID ||
				query.Has("status") && query.Get("status") != m.Status {
				continue
			}
			v := obj{"id": m.ID, "instance_uuid": s.ID, "status": m.Status,
				"source_compute": compute.HostName(m.From), "source_node": compute.HostName(m.From),
				"dest_compute": nil, "dest_node": nil, "dest_host": nil, "old_instance_type_id": 1,
				"new_instance_type_id": 1, "created_at": api.MicroTime(m.Created),
				"updated_at": api.MicroTime(m.Updated)}
			if m.To >= 0 {
				v["dest_compute"] = compute.HostName(m.To)
				v["dest_node"] = compute.HostName(m.To)
				v["dest_host"] = "127.0.0.1"
			}
			if q.Minor >= 23 {
				v["migration_type"] = m.Kind
			}
			if q.Minor >= 59 {
				v["uuid"] = m.UUID
			}
			items = append(items, v)
		}
	}
	slices.SortFunc(items, func(a, b obj) int { return b["id"].(int) - a["id"].(int) })
	return obj{"migrations": items}, nil
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
	if !q.Tok.Admin {
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
	if !q.Tok.Admin {
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
	if !q.Tok.Admin {
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
