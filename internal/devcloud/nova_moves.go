package devcloud

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// resized is what a server can go back to until its resize is confirmed.
type resized struct {
	Flavor flavor `json:"flavor"`
	Host   int    `json:"host"`
	Status string `json:"status"` // ACTIVE or SHUTOFF
	Move   int    `json:"move"`   // id of the migration
}

// migration is a move of a server from one host to another, or a resize.
type migration struct {
	ID      int       `json:"id"`
	UUID    string    `json:"uuid"`
	Kind    string    `json:"kind"` // migration, resize, live-migration or evacuation
	Status  string    `json:"status"`
	From    int       `json:"from"`
	To      int       `json:"to"` // -1 for none
	Project string    `json:"project"`
	User    string    `json:"user"`
	Created time.Time `json:"created"`
	Updated time.Time `json:"updated"`
}

// Moves serves what moves servers between hosts or flavors.
type Moves struct{ *Servers }

func (c Moves) moveRoutes() []route {
	return []route{
		newRoute("GET /os-migrations", http.StatusOK, c.listMigrations),
		newRoute("GET /servers/{id}/migrations", http.StatusOK, c.listLive),
		newRoute("GET /servers/{id}/migrations/{move}", http.StatusOK, c.showLive),
		newRoute("DELETE /servers/{id}/migrations/{move}", http.StatusAccepted, c.abortLive),
	}
}

// registerMoves registers the actions that move servers or change their flavor, and what
// they do at their end.
func (c Moves) registerMoves() {
	c.onAction("resize", c.resizeServer)
	c.onAction("migrate", c.migrateServer)
	c.onAction("confirmResize", c.confirmResize)
	c.onAction("revertResize", c.revertResize)
	c.onAction("os-migrateLive", c.liveMigrateServer)
	c.onAction("evacuate", c.evacuateServer)
	c.onEnd("resize", c.endResize)
	c.onEnd("migrate", c.endResize)
	c.onEnd("confirmResize", c.endConfirm)
	c.onEnd("revertResize", c.endRevert)
	c.onEnd("live-migration", c.endLive)
	c.onEnd("evacuate", c.endEvacuate)
}

// startMove notes a migration and returns its id.
func (c Moves) startMove(q *request, s *server, kind, status string, to int) int {
	m := migration{ID: c.number(), UUID: uuid.NewString(), Kind: kind, Status: status, From: s.Host, To: to, Project: s.Project, User: q.tok.User, Created: q.now, Updated: q.now}
	s.Moves = append(slices.Clone(s.Moves), m)
	return m.ID
}

func (s *server) setMove(id int, status string, at time.Time) {
	s.Moves = slices.Clone(s.Moves)
	for i := range s.Moves {
		if s.Moves[i].ID == id {
			s.Moves[i].Status, s.Moves[i].Updated = status, at
		}
	}
}

func (c Moves) resizeServer(q *request, s *server, raw json.RawMessage) (any, error) {
	var in struct {
		Flavor string `json:"flavorRef"`
	}
	if json.Unmarshal(raw, &in) != nil || in.Flavor == "" {
		return nil, fail(http.StatusBadRequest, "Invalid input for field/attribute resize. Value: %s. 'flavorRef' is a required property", python(raw))
	}
	if err := mayAct(s, "resize", "ACTIVE", "SHUTOFF"); err != nil {
		return nil, err
	}
	f, ok := c.flavors.get(in.Flavor[strings.LastIndex(in.Flavor, "/")+1:])
	switch {
	case !ok:
		return nil, fail(http.StatusBadRequest, "Flavor %s could not be found.", in.Flavor)
	case f.ID == s.Flavor.ID:
		return nil, fail(http.StatusBadRequest, "When resizing, instances must change flavor!")
	case f.Disk == 0 && s.Flavor.Disk != 0 && s.Image != "":
		return nil, fail(http.StatusBadRequest, "Resize to zero disk flavor is not allowed.")
	}
	for _, res := range []struct {
		name string
		n    int
	}{{"cores", f.VCPUs - s.Flavor.VCPUs}, {"ram", f.RAM - s.Flavor.RAM}} {
		if used := c.usage(s.Project, res.name); res.n > 0 && c.exceeds(s.Project, res.name, used, res.n) {
			return nil, fail(http.StatusForbidden, "Quota exceeded for %s: Requested %d, but already used %d of %d %s", res.name, res.n, used, c.limit(s.Project, res.name), res.name)
		}
	}
	c.beginResize(q, s, "resize", f, "")
	return nil, nil
}

func (c Moves) migrateServer(q *request, s *server, raw json.RawMessage) (any, error) {
	if !q.tok.Admin {
		return nil, q.forbid("os_compute_api:os-migrate-server:migrate")
	}
	var in struct {
		Host *string `json:"host"`
	}
	if string(raw) != "null" && (q.minor < 56 || json.Unmarshal(raw, &in) != nil) {
		return nil, fail(http.StatusBadRequest, "Invalid input for field/attribute migrate. Value: %s. %s is not of type 'null'", python(raw), python(raw))
	}
	if err := mayAct(s, "migrate", "ACTIVE", "SHUTOFF"); err != nil {
		return nil, err
	}
	host := ""
	if in.Host != nil {
		host = *in.Host
		if i, ok := c.hostIndex(host); !ok {
			return nil, fail(http.StatusBadRequest, "Compute host %s could not be found.", host)
		} else if i == s.Host {
			return nil, fail(http.StatusBadRequest, "The target host can't be the same one.")
		}
	}
	c.beginResize(q, s, "migrate", &s.Flavor, host)
	return nil, nil
}

// beginResize starts a move to a host that has room for the flavor.
func (c Moves) beginResize(q *request, s *server, action string, f *flavor, host string) {
	then := *s
	then.Flavor = *f
	ch := change{Action: action, Flavor: f.ID, Host: c.pickHost(&then)}
	if i, ok := c.hostIndex(host); ok {
		ch.Host = i
	}
	if ch.Host < 0 {
		ch.Fails = "No valid host was found. There are not enough hosts available."
	}
	kind := map[string]string{"resize": "resize", "migrate": "migration"}[action]
	ch.Move = c.startMove(q, s, kind, "migrating", ch.Host)
	c.begin(q, s, ch, "resize_prep", "RESIZE", "VERIFY_RESIZE", c.quarter(c.state.BuildTime))
}

func (c Moves) endResize(s *server, ch change, at time.Time) {
	if ch.Failing {
		s.setMove(ch.Move, "error", at)
		return
	}
	s.setMove(ch.Move, "finished", at)
	s.Resize = &resized{Flavor: s.Flavor, Host: s.Host, Status: ch.Back, Move: ch.Move}
	f, ok := c.flavors.get(ch.Flavor)
	if !ok {
		f = &s.Flavor
	}
	c.changeFlavor(s, *f, ch.Host, at)
}

// changeFlavor moves the server and what it uses.
func (c Moves) changeFlavor(s *server, f flavor, host int, at time.Time) {
	c.countServer(s, -1)
	s.Flavor = f
	c.countServer(s, +1)
	c.moveTo(s, host, at)
}

// confirmResize shows no task while it is under way, as nova does not.
func (c Moves) confirmResize(q *request, s *server, _ json.RawMessage) (any, error) {
	if err := mayAct(s, "confirmResize", "VERIFY_RESIZE"); err != nil {
		return nil, err
	}
	if s.Change != nil {
		return nil, fail(http.StatusBadRequest, "Instance has not been resized.")
	}
	q.status = http.StatusNoContent
	c.begin(q, s, change{Action: "confirmResize", Host: s.Host, Move: s.Resize.Move}, "", "", s.Resize.Status, c.quarter(c.state.BuildTime))
	return nil, nil
}

func (c Moves) endConfirm(s *server, ch change, at time.Time) {
	if !ch.Failing {
		s.setMove(ch.Move, "confirmed", at)
		s.Resize = nil
	}
}

func (c Moves) revertResize(q *request, s *server, _ json.RawMessage) (any, error) {
	if err := mayAct(s, "revertResize", "VERIFY_RESIZE"); err != nil {
		return nil, err
	}
	if s.Change != nil {
		return nil, fail(http.StatusBadRequest, "Instance has not been resized.")
	}
	c.begin(q, s, change{Action: "revertResize", Host: s.Resize.Host, Move: s.Resize.Move}, "resize_reverting", "REVERT_RESIZE", s.Resize.Status, c.quarter(c.state.BuildTime))
	return nil, nil
}

func (c Moves) endRevert(s *server, ch change, at time.Time) {
	if ch.Failing {
		return
	}
	s.setMove(ch.Move, "reverted", at)
	old := s.Resize
	s.Resize = nil
	c.changeFlavor(s, old.Flavor, old.Host, at)
}

func (c Moves) liveMigrateServer(q *request, s *server, raw json.RawMessage) (any, error) {
	if !q.tok.Admin {
		return nil, q.forbid("os_compute_api:os-migrate-server:migrate_live")
	}
	var in struct {
		Host  *string `json:"host"`
		Block any     `json:"block_migration"`
	}
	if json.Unmarshal(raw, &in) != nil || in.Block == nil {
		return nil, fail(http.StatusBadRequest, "Invalid input for field/attribute os-migrateLive. Value: %s. 'block_migration' is a required property", python(raw))
	}
	to := -1
	if in.Host != nil {
		i, ok := c.hostIndex(*in.Host)
		if !ok {
			return nil, fail(http.StatusBadRequest, "Compute host %s could not be found.", *in.Host)
		}
		to = i
	}
	if err := mayAct(s, "os-migrateLive", "ACTIVE", "PAUSED"); err != nil {
		return nil, err
	}
	ch := change{Action: "live-migration", Host: to}
	switch {
	case to < 0:
		if ch.Host = c.pickHost(s); ch.Host < 0 {
			ch.Fails = "No valid host was found. There are not enough hosts available."
		}
	case to == s.Host:
		ch.Fails = "Migration pre-check error: Unable to migrate instance to current host."
		ch.Host = -1
	case c.serviceOf(to).state() == "down":
		ch.Fails = "Compute service is unavailable at this time."
		ch.Host = -1
	}
	ch.Move = c.startMove(q, s, "live-migration", "running", ch.Host)
	back := s.Status
	c.begin(q, s, ch, "migrating", "MIGRATING", back, time.Duration(c.state.BuildTime))
	return nil, nil
}

func (c Moves) endLive(s *server, ch change, at time.Time) {
	if ch.Failing {
		s.setMove(ch.Move, "error", at)
		return
	}
	s.setMove(ch.Move, "completed", at)
	c.moveTo(s, ch.Host, at)
}

// evacuateServer builds the server of a dead host anew on another one.
func (c Moves) evacuateServer(q *request, s *server, raw json.RawMessage) (any, error) {
	if !q.tok.Admin {
		return nil, q.forbid("os_compute_api:os-evacuate")
	}
	var in struct {
		Host *string `json:"host"`
	}
	if err := json.Unmarshal(raw, &in); err != nil {
		return nil, fail(http.StatusBadRequest, "Invalid input for field/attribute evacuate. Value: %s. %s is not of type 'object'", python(raw), python(raw))
	}
	if back := s.vmState(); !slices.Contains([]string{"active", "stopped", "error"}, back) {
		return nil, fail(http.StatusConflict, "Cannot 'evacuate' instance %s while it is in vm_state %s", s.ID, back)
	}
	if s.Host >= 0 && c.serviceOf(s.Host).state() == "up" {
		return nil, fail(http.StatusBadRequest, "Compute service of %s is still in use.", s.hostName())
	}
	ch := change{Action: "evacuate", Host: c.pickHost(s), Breaks: true}
	if in.Host != nil {
		i, ok := c.hostIndex(*in.Host)
		if !ok {
			return nil, fail(http.StatusBadRequest, "Compute host %s could not be found.", *in.Host)
		}
		ch.Host = i
	}
	if ch.Host < 0 {
		ch.Fails = "No valid host was found. There are not enough hosts available to reschedule."
	}
	to := "ACTIVE"
	if s.vmState() == "stopped" {
		to = "SHUTOFF"
	}
	if s.Change != nil { // what was under way died with the host
		s.Status, s.Change, s.Next = s.Change.Back, nil, ""
	}
	ch.Move = c.startMove(q, s, "evacuation", "accepted", ch.Host)
	q.status = http.StatusOK
	c.begin(q, s, ch, "rebuilding", "REBUILD", to, time.Duration(c.state.BuildTime))
	return obj{"adminPass": randomText()[:12]}, nil
}

func (c Moves) endEvacuate(s *server, ch change, at time.Time) {
	if ch.Failing {
		s.setMove(ch.Move, "error", at)
		return
	}
	s.setMove(ch.Move, "done", at)
	s.Fault = nil
	c.moveTo(s, ch.Host, at)
}

func (c Moves) listMigrations(q *request) (any, error) {
	if !q.tok.Admin {
		return nil, q.forbid("os_compute_api:os-migrations:index")
	}
	query := q.URL.Query()
	items := []obj{}
	for _, s := range c.servers.find() {
		for _, m := range s.Moves {
			if query.Has("instance_uuid") && query.Get("instance_uuid") != s.ID || query.Has("status") && query.Get("status") != m.Status {
				continue
			}
			v := obj{"id": m.ID, "instance_uuid": s.ID, "status": m.Status, "source_compute": hostName(m.From), "source_node": hostName(m.From),
				"dest_compute": nil, "dest_node": nil, "dest_host": nil, "old_instance_type_id": 1, "new_instance_type_id": 1,
				"created_at": microTime(m.Created), "updated_at": microTime(m.Updated)}
			if m.To >= 0 {
				v["dest_compute"], v["dest_node"], v["dest_host"] = hostName(m.To), hostName(m.To), "127.0.0.1"
			}
			if q.minor >= 23 {
				v["migration_type"] = m.Kind
			}
			if q.minor >= 59 {
				v["uuid"] = m.UUID
			}
			items = append(items, v)
		}
	}
	slices.SortFunc(items, func(a, b obj) int { return b["id"].(int) - a["id"].(int) })
	return obj{"migrations": items}, nil
}

// live are the live migrations of the server that are under way.
func (s *server) live() (running []migration) {
	for _, m := range s.Moves {
		if m.Kind == "live-migration" && m.Status == "running" {
			running = append(running, m)
		}
	}
	return running
}

func liveView(q *request, s *server, m migration) obj {
	v := obj{"id": m.ID, "server_uuid": s.ID, "status": m.Status, "source_compute": hostName(m.From), "source_node": hostName(m.From),
		"dest_compute": nil, "dest_node": nil, "dest_host": nil, "created_at": microTime(m.Created), "updated_at": microTime(m.Updated),
		"memory_total_bytes": nil, "memory_processed_bytes": nil, "memory_remaining_bytes": nil, "disk_total_bytes": nil, "disk_processed_bytes": nil, "disk_remaining_bytes": nil}
	if m.To >= 0 {
		v["dest_compute"], v["dest_node"], v["dest_host"] = hostName(m.To), hostName(m.To), "127.0.0.1"
	}
	return v
}

func (c Moves) listLive(q *request) (any, error) {
	if !q.tok.Admin {
		return nil, q.forbid("os_compute_api:servers:migrations:index")
	}
	s, err := c.ownServer(q)
	if err != nil {
		return nil, err
	}
	items := []obj{}
	for _, m := range s.live() {
		items = append(items, liveView(q, s, m))
	}
	return obj{"migrations": items}, nil
}

// liveMove finds the live migration that a path names.
func (c Moves) liveMove(q *request) (*server, migration, error) {
	s, err := c.ownServer(q)
	if err != nil {
		return nil, migration{}, err
	}
	id, _ := strconv.Atoi(q.PathValue("move")) //nolint:errcheck // no number, no migration
	for _, m := range s.Moves {
		if m.ID == id && m.Kind == "live-migration" {
			return s, m, nil
		}
	}
	return nil, migration{}, fail(http.StatusNotFound, "Migration %s not found for instance %s", q.PathValue("move"), s.ID)
}

func (c Moves) showLive(q *request) (any, error) {
	if !q.tok.Admin {
		return nil, q.forbid("os_compute_api:servers:migrations:show")
	}
	s, m, err := c.liveMove(q)
	if err == nil && m.Status != "running" {
		err = fail(http.StatusNotFound, "In-progress live migration %d is not found for server %s.", m.ID, s.ID)
	}
	if err != nil {
		return nil, err
	}
	return obj{"migration": liveView(q, s, m)}, nil
}

// abortLive ends a live migration where it is: the server stays on its host.
func (c Moves) abortLive(q *request) (any, error) {
	if !q.tok.Admin {
		return nil, q.forbid("os_compute_api:servers:migrations:delete")
	}
	s, m, err := c.liveMove(q)
	switch {
	case err != nil:
		return nil, err
	case s.Task != "migrating":
		return nil, fail(http.StatusConflict, "Cannot 'abort live migration' instance %s while it is in task_state %s", s.ID, s.Task)
	case m.Status != "running":
		return nil, fail(http.StatusBadRequest, "Migration %d state of instance %s is %s. Cannot abort live migration while the migration is in this state.", m.ID, s.ID, m.Status)
	}
	s.stamp(q, "live_migration_cancel")
	s.endAction(q.id, q.now, false)
	s.endAction(s.Change.Request, q.now, true)
	s.setMove(m.ID, "cancelled", q.now)
	s.Status, s.Task, s.Next, s.Due, s.Change = s.Change.Back, "", "", time.Time{}, nil
	c.servers.put(s)
	return nil, nil
}
