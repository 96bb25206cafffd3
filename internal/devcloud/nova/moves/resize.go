package moves

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"novaflow/internal/devcloud/api"
	"novaflow/internal/devcloud/nova/compute"
	"novaflow/internal/devcloud/nova/servers"
)

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
	if !q.Token.Admin {
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
