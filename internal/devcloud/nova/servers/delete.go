package servers

import (
	"net/http"
	"time"

	"novaflow/internal/devcloud/api"
	"novaflow/internal/devcloud/nova/compute"
)

// softDeleted is the status of a deleted server on a cloud that keeps deleted servers for
// a while.
const softDeleted = "SOFT_DELETED"

// deleteServer begins to delete a server. On a cloud that keeps deleted servers only one
// that has never run goes at once. Any other is switched off and keeps its ports and
// volumes, and another DELETE does not change that.
func (c *Servers) deleteServer(q *api.Request) (any, error) {
	s, err := c.OwnServer(q)
	if err != nil {
		return nil, err
	}
	if (s.Task == "deleting" || s.Task == "soft-deleting") && !s.Due.IsZero() {
		return nil, nil
	}
	next := "gone"
	s.Task, s.Change = "deleting", nil
	if c.State.ReclaimInterval > 0 && !s.Launched.IsZero() {
		next, s.Task = softDeleted, "soft-deleting"
	}
	s.RecordAction(q, "delete")
	q.Become("server", &s.Meta, next, time.Duration(c.State.DeleteTime))
	c.Instances.Put(s)
	return nil, nil
}

// keepServer begins the time in which a deleted server can be restored. Lists do
// not show it, and quotas do not count it.
func (c *Servers) keepServer(s *compute.Server) {
	if !s.Kept {
		s.Kept = true
		c.CountKept(s, +1)
	}
	c.Later("server", &s.Meta, "gone", time.Duration(c.State.ReclaimInterval))
}

// forceDelete deletes a server at once, whatever its status.
func (c *Servers) forceDelete(q *api.Request, s *compute.Server) error {
	if s.Task != "" {
		return api.Fail(http.StatusConflict, "Cannot 'forceDelete' instance %s while it is in task_state %s", s.ID,
			s.Task)
	}
	s.Task, s.Change = "deleting", nil
	s.RecordAction(q, "delete")
	q.Become("server", &s.Meta, "gone", time.Duration(c.State.DeleteTime))
	c.Instances.Put(s)
	return nil
}

// restoreServer restores a deleted server that is kept.
func (c *Servers) restoreServer(q *api.Request, s *compute.Server) error {
	if err := MayAct(s, "restore", softDeleted); err != nil {
		return err
	}
	if err := c.serverQuota(s); err != nil {
		return err
	}
	s.Kept = false
	c.CountKept(s, -1)
	c.Begin(q, s, compute.Change{Action: "restore", Host: s.Host}, "restoring", "", "ACTIVE",
		c.Quarter(c.State.BuildTime))
	return nil
}
