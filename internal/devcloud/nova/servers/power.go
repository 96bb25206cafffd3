package servers

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"novaflow/internal/devcloud/api"
	"novaflow/internal/devcloud/nova/compute"
)

// powerVerb is an action that changes the power state of a server.
type powerVerb struct {
	name string   // in nova's messages and record of actions
	from []string // statuses in which nova accepts it
	task string
	to   string
}

var powerVerbs = map[string]powerVerb{
	"os-start":      {"start", []string{"SHUTOFF"}, "powering-on", "ACTIVE"},
	"os-stop":       {"stop", []string{"ACTIVE", "ERROR"}, "powering-off", "SHUTOFF"},
	"pause":         {"pause", []string{"ACTIVE"}, "pausing", "PAUSED"},
	"unpause":       {"unpause", []string{"PAUSED"}, "unpausing", "ACTIVE"},
	"suspend":       {"suspend", []string{"ACTIVE"}, "suspending", "SUSPENDED"},
	"resume":        {"resume", []string{"SUSPENDED"}, "resuming", "ACTIVE"},
	"shelve":        {"shelve", []string{"ACTIVE", "SHUTOFF", "PAUSED", "SUSPENDED"}, "shelving", "SHELVED"},
	"unshelve":      {"unshelve", []string{"SHELVED", "SHELVED_OFFLOADED"}, "unshelving", "ACTIVE"},
	"shelveOffload": {"shelveOffload", []string{"SHELVED"}, "shelving_offloading", "SHELVED_OFFLOADED"},
}

// MayAct refuses an action that nova would refuse in the server's state.
func MayAct(s *compute.Server, name string, from ...string) error {
	back := s.Status
	if s.Change != nil {
		back = s.Change.Back
	}
	switch {
	case s.Host < 0 && (name == "stop" || name == "start") && !s.Launched.IsZero():
		return api.Fail(http.StatusConflict, "Instance %s is not ready", s.ID)
	case !slices.Contains(from, back):
		return api.Fail(http.StatusConflict, "Cannot '%s' instance %s while it is in vm_state %s", name, s.ID,
			s.VMState())
	case s.Task != "":
		return api.Fail(http.StatusConflict, "Cannot '%s' instance %s while it is in task_state %s", name, s.ID, s.Task)
	}
	return nil
}

// powerAPI serves the actions that change the power state of a server.
type powerAPI struct{ *Servers }

func (c powerAPI) powerServer(q *api.Request, s *compute.Server, v powerVerb) error {
	if v.name == "shelveOffload" && !q.Token.Admin {
		return q.Forbid("os_compute_api:os-shelve:shelve_offload")
	}
	if err := MayAct(s, v.name, v.from...); err != nil {
		return err
	}
	ch := compute.Change{Action: v.name, Host: s.Host}
	switch v.name {
	case "shelve":
		ch.Image = c.saveDisk(q, s, s.Name+"-shelved", nil)
	case "unshelve":
		if s.Host < 0 {
			ch.Host = c.PickHost(s)
		}
		if ch.Host < 0 {
			ch.Fails = "No valid host was found. There are not enough hosts available."
		}
	}
	c.Begin(q, s, ch, v.task, "", v.to, c.Quarter(c.State.BuildTime))
	return nil
}

func (c powerAPI) rebootServer(q *api.Request, s *compute.Server, raw json.RawMessage) (any, error) {
	var in struct {
		Type string `json:"type"`
	}
	if json.Unmarshal(raw, &in) != nil || !slices.Contains([]string{"HARD", "Hard", "hard", "SOFT", "Soft", "soft"},
		in.Type) {
		return nil, api.Fail(http.StatusBadRequest,
			"Invalid input for field/attribute type. Value: %s. '%s' is not one of ['HARD', 'Hard', 'hard', 'SOFT', "+
				"'Soft', 'soft']", in.Type, in.Type)
	}
	from, task, show := []string{"ACTIVE"}, "rebooting", "REBOOT"
	if strings.EqualFold(in.Type, "hard") {
		from, task, show = []string{"ACTIVE", "SHUTOFF", "PAUSED", "SUSPENDED", "ERROR"}, "rebooting_hard",
			"HARD_REBOOT"
	}
	if err := MayAct(s, "reboot", from...); err != nil {
		return nil, err
	}
	if s.Status != "ACTIVE" {
		show = "" // nova shows a reboot of running servers only
	}
	c.Begin(q, s, compute.Change{Action: "reboot", Host: s.Host}, task, show, "ACTIVE", c.Quarter(c.State.BuildTime))
	return nil, nil
}

// Begin starts a change. If the call has an error fault, the change fails at its end.
func (c *Servers) Begin(q *api.Request, s *compute.Server, ch compute.Change, task, show, next string,
	takes time.Duration) {
	s.RecordAction(q, ch.Action)
	s.Task, ch.Request, ch.Back = task, q.ID, s.Status
	if show != "" {
		s.Status = show
	}
	if ch.Fails = q.Failure(ch.Fails); ch.Fails != "" {
		next = ch.Back
		if ch.Breaks {
			next = "ERROR"
		}
	}
	s.Change = &ch
	q.Become("server", &s.Meta, next, takes)
	c.Instances.Put(s)
}

// endChange carries out a change that is due, or records that it failed.
func (c *Servers) endChange(s *compute.Server, at time.Time) {
	ch := *s.Change
	s.Change = nil
	ch.Failing = ch.Fails != ""
	s.EndAction(ch.Request, at, ch.Failing)
	if ch.Failing && (ch.Breaks || ch.Action == "resize" || ch.Action == "migrate") {
		s.Fault = &compute.ServerFault{Code: http.StatusInternalServerError, Message: ch.Fails, Created: at}
	}
	if end := c.ends[ch.Action]; end != nil {
		end(s, ch, at)
	}
	c.Instances.Put(s)
}

// registerPower registers the actions that change a server's power state, and what they
// do at their end.
func (c powerAPI) registerPower() {
	for name, v := range powerVerbs {
		c.OnAction(name, simpleAction(func(q *api.Request, s *compute.Server) error { return c.powerServer(q, s, v) }))
	}
	c.OnAction("reboot", c.rebootServer)
	c.OnEnd("shelve", c.endShelve)
	c.OnEnd("shelveOffload", c.endOffload)
	c.OnEnd("unshelve", c.endUnshelve)
}

// endShelve begins to free the host, as nova does by default.
func (c powerAPI) endShelve(s *compute.Server, ch compute.Change, at time.Time) {
	if ch.Failing {
		c.glance.DiscardImage(ch.Image)
		return
	}
	s.Shelf = ch.Image
	s.Task, s.Change = "shelving_offloading", &compute.Change{Action: "shelveOffload", Back: "SHELVED", Host: s.Host}
	c.Later("server", &s.Meta, "SHELVED_OFFLOADED", 0)
}

func (c powerAPI) endOffload(s *compute.Server, _ compute.Change, at time.Time) {
	c.MoveTo(s, -1, at)
}

func (c powerAPI) endUnshelve(s *compute.Server, ch compute.Change, at time.Time) {
	if ch.Failing {
		return
	}
	if s.Host < 0 {
		c.MoveTo(s, ch.Host, at)
	}
	c.glance.DiscardImage(s.Shelf)
	s.Shelf = ""
}

// MoveTo moves the server and its ports to another host, or to none (-1).
func (c *Servers) MoveTo(s *compute.Server, host int, at time.Time) {
	c.CountServer(s, -1)
	s.Host = host
	c.CountServer(s, +1)
	for _, sp := range s.Ports {
		if p, ok := c.neutron.Ports.Get(sp.ID); ok {
			p.Host, p.Status = s.HostName(), "ACTIVE"
			if host < 0 {
				p.Status = "DOWN"
			}
			p.Touch(at)
			c.neutron.Ports.Put(p)
		}
	}
}
