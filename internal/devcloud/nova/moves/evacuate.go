package moves

import (
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"novaflow/internal/devcloud/api"
	"novaflow/internal/devcloud/nova/compute"
)

// evacuateServer rebuilds the server of a dead host on another one.
func (c API) evacuateServer(q *api.Request, s *compute.Server, raw json.RawMessage) (any, error) {
	if !q.Token.Admin {
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
