package compute

import (
	"novaflow/internal/devcloud/api"
)

// Events renders what the hosts have done for the action. Nova has several events for
// some actions; here one stands for them all.
func (a ServerAction) Events() []obj {
	e := obj{"event": "compute_" + a.Name + "_instance", "start_time": api.MicroTime(a.Start), "finish_time": nil,
		"result": nil}
	if !a.End.IsZero() {
		e["finish_time"], e["result"] = api.MicroTime(a.End), map[bool]string{false: "Success", true: "Error"}[a.Failed]
	}
	return []obj{e}
}

// ServerStates are the statuses that users see, with nova's own state behind each.
var ServerStates = map[string]string{"ACTIVE": "active", "BUILD": "building", "ERROR": "error", "SHUTOFF": "stopped",
	"PAUSED": "paused", "SUSPENDED": "suspended", "DELETED": "deleted", "SOFT_DELETED": "soft-delete",
	"RESCUE": "rescued", "SHELVED": "shelved", "SHELVED_OFFLOADED": "shelved_offloaded", "REBOOT": "active",
	"HARD_REBOOT": "active", "RESIZE": "resized", "VERIFY_RESIZE": "resized", "REBUILD": "active",
	"PASSWORD": "active", "MIGRATING": "active", "REVERT_RESIZE": "resized", "UNKNOWN": "active"}

// View renders the fault.
func (f *ServerFault) View() obj {
	return obj{"code": f.Code, "created": api.NetTime(f.Created), "message": f.Message}
}

// powerStates are the states of the machine by status: 1 runs, 3 is paused, 4 is off.
var powerStates = map[string]int{"ACTIVE": 1, "ERROR": 1, "SHUTOFF": 4, "PAUSED": 3, "SUSPENDED": 1, "SHELVED": 4,
	"SHELVED_OFFLOADED": 4, "SOFT_DELETED": 4, "VERIFY_RESIZE": 1}

// PowerState returns the state of the machine itself. A change that is under way has not
// affected it yet.
func (s *Server) PowerState() int {
	switch {
	case s.Change != nil:
		return powerStates[s.Change.Back]
	case s.Resize != nil:
		return powerStates[s.Resize.Status]
	}
	return powerStates[s.Status]
}

// VMState returns nova's own state behind the status. A change that is under way has not
// affected it yet.
func (s *Server) VMState() string {
	if s.Change != nil {
		return ServerStates[s.Change.Back]
	}
	return ServerStates[s.Status]
}

// HostName returns the host that has the server, or "".
func (s *Server) HostName() string {
	if s.Host < 0 {
		return ""
	}
	return HostName(s.Host)
}

// ViewByVersion adds what later microversions show, and what only administrators see.
func (s *Server) ViewByVersion(q *api.Request, v obj) {
	if q.Token.Admin {
		host, name := any(nil), any(nil)
		if s.Host >= 0 {
			host, name = HostName(s.Host), HostName(s.Host)
		}
		v["OS-EXT-SRV-ATTR:host"] = host
		v["OS-EXT-SRV-ATTR:hypervisor_hostname"] = name
		v["OS-EXT-SRV-ATTR:instance_name"] = "instance-" + s.ID[:8]
	}
	if q.Minor >= 9 {
		v["locked"] = s.Locked
	}
	if q.Minor >= 19 {
		v["description"] = api.OrNull(s.Description)
	}
	if q.Minor >= 26 {
		v["tags"] = api.TagsOf(&s.Meta)
	}
	if q.Minor >= 47 {
		v["flavor"] = s.Flavor.embedded()
	}
	if q.Minor >= 63 {
		v["trusted_image_certificates"] = nil
	}
	if q.Minor >= 73 {
		v["locked_reason"] = nil
	}
	if q.Minor >= 90 || q.Minor >= 3 && q.Token.Admin {
		v["OS-EXT-SRV-ATTR:hostname"] = s.Hostname
	}
	if q.Minor >= 3 && q.Token.Admin {
		v["OS-EXT-SRV-ATTR:user_data"] = api.OrNull(s.UserData)
	}
}

// MetadataMap returns the metadata, never nil.
func (s *Server) MetadataMap() map[string]string {
	if s.Metadata == nil {
		return map[string]string{}
	}
	return s.Metadata
}

// Attached lists the volumes of the server as its view shows them.
func (s *Server) Attached(minor int) []obj {
	items := []obj{}
	if s.Task == "scheduling" {
		return items
	}
	for _, w := range s.Volumes {
		x := obj{"id": w.ID}
		if minor >= 3 {
			x["delete_on_termination"] = w.Delete
		}
		items = append(items, x)
	}
	return items
}
