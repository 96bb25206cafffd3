package servers

import (
	"net/http"
	"slices"

	"novaflow/internal/devcloud/api"
	"novaflow/internal/devcloud/nova/compute"
)

func actionView(q *api.Request, s *compute.Server, a compute.ServerAction) obj {
	v := obj{"action": a.Name, "instance_uuid": s.ID, "request_id": a.Request, "user_id": a.User,
		"project_id": s.Project, "start_time": api.MicroTime(a.Start), "message": nil}
	if a.Failed {
		v["message"] = "Error"
	}
	if q.Minor >= 58 {
		v["updated_at"] = api.MicroTime(a.Start)
		if !a.End.IsZero() {
			v["updated_at"] = api.MicroTime(a.End)
		}
	}
	return v
}

func (c partAPI) listActions(q *api.Request) (any, error) {
	s, err := c.OwnServer(q)
	if err != nil {
		return nil, err
	}
	items := []obj{}
	for _, a := range slices.Backward(s.Actions) {
		items = append(items, actionView(q, s, a))
	}
	return obj{"instanceActions": items}, nil
}

func (c partAPI) showAction(q *api.Request) (any, error) {
	s, err := c.OwnServer(q)
	if err != nil {
		return nil, err
	}
	for _, a := range s.Actions {
		if a.Request == q.PathValue("req") {
			v := actionView(q, s, a)
			v["events"] = []obj{}
			if q.Minor >= 51 || q.Token.Admin {
				v["events"] = a.Events()
			}
			return obj{"instanceAction": v}, nil
		}
	}
	return nil, api.Fail(http.StatusNotFound, "Action %s not found", q.PathValue("req"))
}
