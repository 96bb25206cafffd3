// Package moves exists because a move has rules of its own: it has resize, cold and live
// migration and evacuation, and the record of migrations.
//
// It may import what nova/servers may, and nova/servers.
package moves

import (
	"net/http"
	"slices"

	"github.com/google/uuid"

	"novaflow/internal/devcloud/api"
	"novaflow/internal/devcloud/nova/compute"
	"novaflow/internal/devcloud/nova/servers"
)

// obj is an object of JSON.
type obj = map[string]any

// API serves the actions that move servers to other hosts or flavors, and the record of
// migrations.
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
		To: to, Project: s.Project, User: q.Token.User, Created: q.Now, Updated: q.Now}
	s.Moves = append(slices.Clone(s.Moves), m)
	return m.ID
}

func (c API) listMigrations(q *api.Request) (any, error) {
	if !q.Token.Admin {
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
