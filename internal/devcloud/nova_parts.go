package devcloud

import (
	"maps"
	"net/http"
	"slices"
)

// partAPI serves what is below /servers/{id}: metadata, tags, addresses, groups, the record of actions.
type partAPI struct{ *Servers }

func (c partAPI) serverPartRoutes() []route {
	return []route{
		newRoute("GET /servers/{id}/metadata", http.StatusOK, c.showMetadata),
		newRoute("POST /servers/{id}/metadata", http.StatusOK, func(q *request) (any, error) { return c.setMetadata(q, true) }),
		newRoute("PUT /servers/{id}/metadata", http.StatusOK, func(q *request) (any, error) { return c.setMetadata(q, false) }),
		newRoute("GET /servers/{id}/metadata/{key}", http.StatusOK, c.showMetadatum),
		newRoute("PUT /servers/{id}/metadata/{key}", http.StatusOK, c.putMetadatum),
		newRoute("DELETE /servers/{id}/metadata/{key}", http.StatusNoContent, c.deleteMetadatum),
		newRoute("GET /servers/{id}/tags", http.StatusOK, c.serverTags),
		newRoute("PUT /servers/{id}/tags", http.StatusOK, c.replaceServerTags),
		newRoute("DELETE /servers/{id}/tags", http.StatusNoContent, c.clearServerTags),
		newRoute("GET /servers/{id}/tags/{tag}", http.StatusNoContent, c.hasServerTag),
		newRoute("PUT /servers/{id}/tags/{tag}", http.StatusCreated, c.addServerTag),
		newRoute("DELETE /servers/{id}/tags/{tag}", http.StatusNoContent, c.dropServerTag),
		newRoute("GET /servers/{id}/ips", http.StatusOK, c.showIPs),
		newRoute("GET /servers/{id}/os-security-groups", http.StatusOK, c.serverGroupsOf),
		newRoute("GET /os-security-groups", http.StatusOK, c.listOldGroups),
		newRoute("GET /servers/{id}/os-instance-actions", http.StatusOK, c.listActions),
		newRoute("GET /servers/{id}/os-instance-actions/{req}", http.StatusOK, c.showAction),
	}
}

func (c partAPI) showMetadata(q *request) (any, error) {
	s, err := c.ownServer(q)
	if err != nil {
		return nil, err
	}
	return obj{"metadata": s.metadata()}, nil
}

// changeMetadata replaces the server's metadata by what change makes of a copy.
func (c partAPI) changeMetadata(q *request, change func(m map[string]string) error) (*server, error) {
	s, err := c.ownServer(q)
	if err != nil {
		return nil, err
	}
	m := maps.Clone(s.metadata())
	if err := change(m); err != nil {
		return nil, err
	}
	if err := checkMetadata(m); err != nil {
		return nil, err
	}
	if limit := c.limit(s.Project, "metadata_items"); limit >= 0 && len(m) > limit {
		return nil, fail(http.StatusForbidden, "Maximum number of metadata items exceeds %d", limit)
	}
	s.Metadata, s.Updated = m, q.now
	c.servers.put(s)
	return s, nil
}

func (c partAPI) setMetadata(q *request, keep bool) (any, error) {
	var body struct {
		Metadata map[string]string `json:"metadata"`
	}
	if err := q.decode(&body); err != nil {
		return nil, err
	}
	s, err := c.changeMetadata(q, func(m map[string]string) error {
		if !keep {
			clear(m)
		}
		maps.Copy(m, body.Metadata)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return obj{"metadata": s.metadata()}, nil
}

func noMetadatum() error { return fail(http.StatusNotFound, "Metadata item was not found") }

func (c partAPI) showMetadatum(q *request) (any, error) {
	s, err := c.ownServer(q)
	if err != nil {
		return nil, err
	}
	v, ok := s.Metadata[q.PathValue("key")]
	if !ok {
		return nil, noMetadatum()
	}
	return obj{"meta": obj{q.PathValue("key"): v}}, nil
}

func (c partAPI) putMetadatum(q *request) (any, error) {
	var body struct {
		Meta map[string]string `json:"meta"`
	}
	if err := q.decode(&body); err != nil {
		return nil, err
	}
	v, ok := body.Meta[q.PathValue("key")]
	if !ok {
		return nil, fail(http.StatusBadRequest, "Request body and URI mismatch")
	}
	_, err := c.changeMetadata(q, func(m map[string]string) error { m[q.PathValue("key")] = v; return nil })
	return obj{"meta": body.Meta}, err
}

func (c partAPI) deleteMetadatum(q *request) (any, error) {
	_, err := c.changeMetadata(q, func(m map[string]string) error {
		if _, ok := m[q.PathValue("key")]; !ok {
			return noMetadatum()
		}
		delete(m, q.PathValue("key"))
		return nil
	})
	return nil, err
}

func (c partAPI) serverTags(q *request) (any, error) {
	s, err := c.ownServer(q)
	if err != nil {
		return nil, err
	}
	return obj{"tags": tagsOf(&s.meta)}, nil
}

func (c partAPI) changeServerTags(q *request, change func(s *server, old []string) ([]string, error)) (any, error) {
	s, err := c.ownServer(q)
	if err != nil {
		return nil, err
	}
	tags, err := change(s, slices.Clone(s.Tags))
	if err != nil {
		return nil, err
	}
	if err := checkTags(tags); err != nil {
		return nil, err
	}
	s.Tags, s.Updated = tags, q.now
	c.servers.put(s)
	return nil, nil
}

func (c partAPI) replaceServerTags(q *request) (any, error) {
	var body struct {
		Tags []string `json:"tags"`
	}
	if err := q.decode(&body); err != nil {
		return nil, err
	}
	_, err := c.changeServerTags(q, func(*server, []string) ([]string, error) { return sorted(body.Tags), nil })
	return obj{"tags": sorted(body.Tags)}, err
}

func (c partAPI) clearServerTags(q *request) (any, error) {
	return c.changeServerTags(q, func(*server, []string) ([]string, error) { return nil, nil })
}

func (c partAPI) addServerTag(q *request) (any, error) {
	return c.changeServerTags(q, func(_ *server, old []string) ([]string, error) {
		if slices.Contains(old, q.PathValue("tag")) {
			q.status = http.StatusNoContent
		}
		return sorted(append(old, q.PathValue("tag"))), nil
	})
}

func noServerTag(q *request, s *server) error {
	return fail(http.StatusNotFound, "Instance %s has no tag '%s'", s.ID, q.PathValue("tag"))
}

func (c partAPI) hasServerTag(q *request) (any, error) {
	s, err := c.ownServer(q)
	if err == nil && !slices.Contains(s.Tags, q.PathValue("tag")) {
		err = noServerTag(q, s)
	}
	return nil, err
}

func (c partAPI) dropServerTag(q *request) (any, error) {
	return c.changeServerTags(q, func(s *server, old []string) ([]string, error) {
		i := slices.Index(old, q.PathValue("tag"))
		if i < 0 {
			return nil, noServerTag(q, s)
		}
		return slices.Delete(old, i, i+1), nil
	})
}

func (c partAPI) showIPs(q *request) (any, error) {
	s, err := c.ownServer(q)
	if err != nil {
		return nil, err
	}
	return obj{"addresses": c.addresses(s, false)}, nil
}

func (c partAPI) serverGroupsOf(q *request) (any, error) {
	s, err := c.ownServer(q)
	if err != nil {
		return nil, err
	}
	items := []obj{}
	for _, n := range c.groupNames(s) {
		for _, g := range c.neutron.secGroups.find("project="+s.Project, "name="+n["name"].(string)) {
			items = append(items, c.oldGroup(g))
		}
	}
	return obj{"security_groups": items}, nil
}

// listOldGroups is nova's own list of neutron's groups, until microversion 2.36.
func (c partAPI) listOldGroups(q *request) (any, error) {
	if q.minor >= 36 {
		return nil, fail(http.StatusNotFound, "The resource could not be found.")
	}
	items := []obj{}
	for _, g := range listed(q, c.neutron.secGroups.find("project="+q.tok.Project)) {
		items = append(items, c.oldGroup(g))
	}
	return obj{"security_groups": items}, nil
}

func (c partAPI) oldGroup(g *secGroup) obj {
	return obj{"id": g.ID, "name": g.Name, "description": g.Description, "tenant_id": g.Project, "rules": c.oldRules(g)}
}

// oldRules are the incoming rules of a group in the form nova had for its own.
func (c partAPI) oldRules(g *secGroup) []obj {
	rules := []obj{}
	for _, r := range c.neutron.secRules.find("group=" + g.ID) {
		if r.Direction != "ingress" {
			continue
		}
		v := obj{"id": r.ID, "parent_group_id": g.ID, "ip_protocol": orNull(r.Protocol), "from_port": r.Min, "to_port": r.Max, "group": obj{}, "ip_range": obj{}}
		if from, ok := c.neutron.secGroups.get(r.RemoteGroup); ok {
			v["group"] = obj{"name": from.Name, "tenant_id": from.Project}
		} else if r.CIDR != "" {
			v["ip_range"] = obj{"cidr": r.CIDR}
		}
		rules = append(rules, v)
	}
	return rules
}

func actionView(q *request, s *server, a serverAction) obj {
	v := obj{"action": a.Name, "instance_uuid": s.ID, "request_id": a.Request, "user_id": a.User, "project_id": s.Project,
		"start_time": microTime(a.Start), "message": nil}
	if a.Failed {
		v["message"] = "Error"
	}
	if q.minor >= 58 {
		v["updated_at"] = microTime(a.Start)
		if !a.End.IsZero() {
			v["updated_at"] = microTime(a.End)
		}
	}
	return v
}

// events are what the hosts have done for the action. Nova has several for some
// actions; here one stands for them all.
func (a serverAction) events() []obj {
	e := obj{"event": "compute_" + a.Name + "_instance", "start_time": microTime(a.Start), "finish_time": nil, "result": nil}
	if !a.End.IsZero() {
		e["finish_time"], e["result"] = microTime(a.End), map[bool]string{false: "Success", true: "Error"}[a.Failed]
	}
	return []obj{e}
}

func (c partAPI) listActions(q *request) (any, error) {
	s, err := c.ownServer(q)
	if err != nil {
		return nil, err
	}
	items := []obj{}
	for _, a := range slices.Backward(s.Actions) {
		items = append(items, actionView(q, s, a))
	}
	return obj{"instanceActions": items}, nil
}

func (c partAPI) showAction(q *request) (any, error) {
	s, err := c.ownServer(q)
	if err != nil {
		return nil, err
	}
	for _, a := range s.Actions {
		if a.Request == q.PathValue("req") {
			v := actionView(q, s, a)
			v["events"] = []obj{}
			if q.minor >= 51 || q.tok.Admin {
				v["events"] = a.events()
			}
			return obj{"instanceAction": v}, nil
		}
	}
	return nil, fail(http.StatusNotFound, "Action %s not found", q.PathValue("req"))
}
