package devcloud

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"
)

// change is what is under way with a server. Its end is due like any other.
type change struct {
	Action  string `json:"action"`            // as nova's record of actions calls it
	Request string `json:"request"`           // that asked for it
	Back    string `json:"back"`              // the status before, and again if it fails
	Fails   string `json:"fails,omitempty"`   // why it will fail; "" if it will not
	Host    int    `json:"host"`              // where the server will be
	Flavor  string `json:"flavor,omitempty"`  // id of the one it will have, if another
	Image   string `json:"image,omitempty"`   // id of the one that it is rebuilt from, or saved in
	Move    int    `json:"move,omitempty"`    // id of the migration
	Breaks  bool   `json:"breaks,omitempty"`  // a failure leaves the server in ERROR
	Failing bool   `json:"failing,omitempty"` // Fails has come true
}

// powerVerb is an action that brings a server from one state to another.
type powerVerb struct {
	name string   // in nova's messages and record of actions
	from []string // statuses in which it may be asked for
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

// mayAct says whether nova would take an action on the server now.
func mayAct(s *server, name string, from ...string) error {
	back := s.Status
	if s.Change != nil {
		back = s.Change.Back
	}
	switch {
	case s.Host < 0 && (name == "stop" || name == "start") && !s.Launched.IsZero():
		return fail(http.StatusConflict, "Instance %s is not ready", s.ID)
	case !slices.Contains(from, back):
		return fail(http.StatusConflict, "Cannot '%s' instance %s while it is in vm_state %s", name, s.ID, s.vmState())
	case s.Task != "":
		return fail(http.StatusConflict, "Cannot '%s' instance %s while it is in task_state %s", name, s.ID, s.Task)
	}
	return nil
}

// powerAPI serves the actions that change the power state of a server.
type powerAPI struct{ *Servers }

func (c powerAPI) powerServer(q *request, s *server, v powerVerb) error {
	if v.name == "shelveOffload" && !q.tok.Admin {
		return q.forbid("os_compute_api:os-shelve:shelve_offload")
	}
	if err := mayAct(s, v.name, v.from...); err != nil {
		return err
	}
	ch := change{Action: v.name, Host: s.Host}
	switch v.name {
	case "shelve":
		ch.Image = c.saveServer(q, s, s.Name+"-shelved", nil)
	case "unshelve":
		if s.Host < 0 {
			ch.Host = c.pickHost(s)
		}
		if ch.Host < 0 {
			ch.Fails = "No valid host was found. There are not enough hosts available."
		}
	}
	c.begin(q, s, ch, v.task, "", v.to, c.quarter(c.state.BuildTime))
	return nil
}

func (c powerAPI) rebootServer(q *request, s *server, raw json.RawMessage) (any, error) {
	var in struct {
		Type string `json:"type"`
	}
	if json.Unmarshal(raw, &in) != nil || !slices.Contains([]string{"HARD", "Hard", "hard", "SOFT", "Soft", "soft"}, in.Type) {
		return nil, fail(http.StatusBadRequest, "Invalid input for field/attribute type. Value: %s. '%s' is not one of ['HARD', 'Hard', 'hard', 'SOFT', 'Soft', 'soft']", in.Type, in.Type)
	}
	from, task, show := []string{"ACTIVE"}, "rebooting", "REBOOT"
	if strings.EqualFold(in.Type, "hard") {
		from, task, show = []string{"ACTIVE", "SHUTOFF", "PAUSED", "SUSPENDED", "ERROR"}, "rebooting_hard", "HARD_REBOOT"
	}
	if err := mayAct(s, "reboot", from...); err != nil {
		return nil, err
	}
	if s.Status != "ACTIVE" {
		show = "" // nova shows a reboot of running servers only
	}
	c.begin(q, s, change{Action: "reboot", Host: s.Host}, task, show, "ACTIVE", c.quarter(c.state.BuildTime))
	return nil, nil
}

// begin starts a change. An error fault on the call lets it fail at its end.
func (c *Servers) begin(q *request, s *server, ch change, task, show, next string, takes time.Duration) {
	s.stamp(q, ch.Action)
	s.Task, ch.Request, ch.Back = task, q.id, s.Status
	if show != "" {
		s.Status = show
	}
	if ch.Fails = q.fails(ch.Fails); ch.Fails != "" {
		next = ch.Back
		if ch.Breaks {
			next = "ERROR"
		}
	}
	s.Change = &ch
	q.made("server", &s.meta, next, takes)
	c.servers.put(s)
}

// endChange carries out a change that is due, or takes note that it failed.
func (c *Servers) endChange(s *server, at time.Time) {
	ch := *s.Change
	s.Change = nil
	ch.Failing = ch.Fails != ""
	s.endAction(ch.Request, at, ch.Failing)
	if ch.Failing && (ch.Breaks || ch.Action == "resize" || ch.Action == "migrate") {
		s.Fault = &serverFault{Code: http.StatusInternalServerError, Message: ch.Fails, Created: at}
	}
	if end := c.ends[ch.Action]; end != nil {
		end(s, ch, at)
	}
	c.servers.put(s)
}

// endAction notes the end of an action in the record.
func (s *server) endAction(request string, at time.Time, failed bool) {
	s.Actions = slices.Clone(s.Actions)
	for i := range s.Actions {
		if s.Actions[i].Request == request {
			s.Actions[i].End, s.Actions[i].Failed = at, failed
		}
	}
}

// registerPower registers the actions that change a server's power state, and what they
// do at their end.
func (c powerAPI) registerPower() {
	for name, v := range powerVerbs {
		c.onAction(name, simpleAction(func(q *request, s *server) error { return c.powerServer(q, s, v) }))
	}
	c.onAction("reboot", c.rebootServer)
	c.onEnd("shelve", c.endShelve)
	c.onEnd("shelveOffload", c.endOffload)
	c.onEnd("unshelve", c.endUnshelve)
}

// endShelve goes on to free the host, as nova does by default.
func (c powerAPI) endShelve(s *server, ch change, at time.Time) {
	if ch.Failing {
		c.glance.dropImage(ch.Image)
		return
	}
	s.Shelf = ch.Image
	s.Task, s.Change = "shelving_offloading", &change{Action: "shelveOffload", Back: "SHELVED", Host: s.Host}
	c.later("server", &s.meta, "SHELVED_OFFLOADED", 0)
}

func (c powerAPI) endOffload(s *server, _ change, at time.Time) {
	c.moveTo(s, -1, at)
}

func (c powerAPI) endUnshelve(s *server, ch change, at time.Time) {
	if ch.Failing {
		return
	}
	if s.Host < 0 {
		c.moveTo(s, ch.Host, at)
	}
	c.glance.dropImage(s.Shelf)
	s.Shelf = ""
}

// moveTo gives the server another host, or none (-1), and its ports with it.
func (c *Servers) moveTo(s *server, host int, at time.Time) {
	c.countServer(s, -1)
	s.Host = host
	c.countServer(s, +1)
	for _, sp := range s.Ports {
		if p, ok := c.neutron.ports.get(sp.ID); ok {
			p.Host, p.Status = s.hostName(), "ACTIVE"
			if host < 0 {
				p.Status = "DOWN"
			}
			p.touch(at)
			c.neutron.ports.put(p)
		}
	}
}
