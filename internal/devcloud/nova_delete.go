package devcloud

import (
	"net/http"
	"time"
)

// keptServers is what is counted of servers that can be restored, beside the quotas.
const keptServers = "kept servers"

// softDeleted is the status of a server that was deleted on a cloud that keeps
// such servers for a while.
const softDeleted = "SOFT_DELETED"

// deleteServer asks for a server to go. Where deleted servers are kept, only one
// that has never run goes at once; any other stays, switched off and with its
// ports and volumes, and another DELETE changes nothing of that.
func (c *Servers) deleteServer(q *request) (any, error) {
	s, err := c.ownServer(q)
	if err != nil {
		return nil, err
	}
	if (s.Task == "deleting" || s.Task == "soft-deleting") && !s.Due.IsZero() {
		return nil, nil
	}
	next := "gone"
	s.Task, s.Change = "deleting", nil
	if c.state.ReclaimInterval > 0 && !s.Launched.IsZero() {
		next, s.Task = softDeleted, "soft-deleting"
	}
	s.stamp(q, "delete")
	q.made("server", &s.meta, next, time.Duration(c.state.DeleteTime))
	c.servers.put(s)
	return nil, nil
}

// keepServer begins the time in which a deleted server can be restored. Lists do
// not show it, and quotas do not count it.
func (c *Servers) keepServer(s *server) {
	if !s.Kept {
		s.Kept = true
		c.countKept(s, +1)
	}
	c.later("server", &s.meta, "gone", time.Duration(c.state.ReclaimInterval))
}

// countKept takes a server that is kept out of the usage of its project, or counts
// it again. It stays on its host.
func (c *Compute) countKept(s *server, sign int) {
	c.use(s.Project, "cores", -sign*s.Flavor.VCPUs)
	c.use(s.Project, "ram", -sign*s.Flavor.RAM)
	c.use(s.Project, keptServers, sign)
}

// forceDelete lets a server go at once, whatever its status.
func (c *Servers) forceDelete(q *request, s *server) error {
	if s.Task != "" {
		return fail(http.StatusConflict, "Cannot 'forceDelete' instance %s while it is in task_state %s", s.ID, s.Task)
	}
	s.Task, s.Change = "deleting", nil
	s.stamp(q, "delete")
	q.made("server", &s.meta, "gone", time.Duration(c.state.DeleteTime))
	c.servers.put(s)
	return nil
}

// restoreServer brings a deleted server back.
func (c *Servers) restoreServer(q *request, s *server) error {
	if err := mayAct(s, "restore", softDeleted); err != nil {
		return err
	}
	if err := c.serverQuota(s); err != nil {
		return err
	}
	s.Kept = false
	c.countKept(s, -1)
	c.begin(q, s, change{Action: "restore", Host: s.Host}, "restoring", "", "ACTIVE", c.quarter(c.state.BuildTime))
	return nil
}
