package servers

import (
	"maps"
	"net/http"
	"slices"

	"novaflow/internal/devcloud/api"
	"novaflow/internal/devcloud/neutron"
	"novaflow/internal/devcloud/nova/compute"
)

// partAPI serves what is below /servers/{id}: metadata, tags, addresses, groups and the
// record of actions.
type partAPI struct{ *Servers }

func (c partAPI) serverPartRoutes() []api.Route {
	return []api.Route{
		api.NewRoute("GET /servers/{id}/metadata", http.StatusOK, c.showMetadata),
		api.NewRoute("POST /servers/{id}/metadata", http.StatusOK,
			func(q *api.Request) (any, error) { return c.setMetadata(q, true) }),
		api.NewRoute("PUT /servers/{id}/metadata", http.StatusOK,
			func(q *api.Request) (any, error) { return c.setMetadata(q, false) }),
		api.NewRoute("GET /servers/{id}/metadata/{key}", http.StatusOK, c.showMetadatum),
		api.NewRoute("PUT /servers/{id}/metadata/{key}", http.StatusOK, c.putMetadatum),
		api.NewRoute("DELETE /servers/{id}/metadata/{key}", http.StatusNoContent, c.deleteMetadatum),
		api.NewRoute("GET /servers/{id}/tags", http.StatusOK, c.serverTags),
		api.NewRoute("PUT /servers/{id}/tags", http.StatusOK, c.replaceServerTags),
		api.NewRoute("DELETE /servers/{id}/tags", http.StatusNoContent, c.clearServerTags),
		api.NewRoute("GET /servers/{id}/tags/{tag}", http.StatusNoContent, c.hasServerTag),
		api.NewRoute("PUT /servers/{id}/tags/{tag}", http.StatusCreated, c.addServerTag),
		api.NewRoute("DELETE /servers/{id}/tags/{tag}", http.StatusNoContent, c.dropServerTag),
		api.NewRoute("GET /servers/{id}/ips", http.StatusOK, c.showIPs),
		api.NewRoute("GET /servers/{id}/os-security-groups", http.StatusOK, c.serverGroupsOf),
		api.NewRoute("GET /os-security-groups", http.StatusOK, c.listOldGroups),
		api.NewRoute("GET /servers/{id}/os-instance-actions", http.StatusOK, c.listActions),
		api.NewRoute("GET /servers/{id}/os-instance-actions/{req}", http.StatusOK, c.showAction),
	}
}

func (c partAPI) showMetadata(q *api.Request) (any, error) {
	s, err := c.OwnServer(q)
	if err != nil {
		return nil, err
	}
	return obj{"metadata": s.MetadataMap()}, nil
}

// changeMetadata replaces the server's metadata by what change makes of a copy.
func (c partAPI) changeMetadata(q *api.Request, change func(m map[string]string) error) (*compute.Server, error) {
	s, err := c.OwnServer(q)
	if err != nil {
		return nil, err
	}
	m := maps.Clone(s.MetadataMap())
	if err := change(m); err != nil {
		return nil, err
	}
	if err := api.CheckMetadata(m); err != nil {
		return nil, err
	}
	if limit := c.Limit(s.Project, "metadata_items"); limit >= 0 && len(m) > limit {
		return nil, api.Fail(http.StatusForbidden, "Maximum number of metadata items exceeds %d", limit)
	}
	s.Metadata, s.Updated = m, q.Now
	c.Instances.Put(s)
	return s, nil
}

func (c partAPI) setMetadata(q *api.Request, keep bool) (any, error) {
	var body struct {
		Metadata map[string]string `json:"metadata"`
	}
	if err := q.Decode(&body); err != nil {
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
	return obj{"metadata": s.MetadataMap()}, nil
}

func noMetadatum() error { return api.Fail(http.StatusNotFound, "Metadata item was not found") }

func (c partAPI) showMetadatum(q *api.Request) (any, error) {
	s, err := c.OwnServer(q)
	if err != nil {
		return nil, err
	}
	v, ok := s.Metadata[q.PathValue("key")]
	if !ok {
		return nil, noMetadatum()
	}
	return obj{"meta": obj{q.PathValue("key"): v}}, nil
}

func (c partAPI) putMetadatum(q *api.Request) (any, error) {
	var body struct {
		Meta map[string]string `json:"meta"`
	}
	if err := q.Decode(&body); err != nil {
		return nil, err
	}
	v, ok := body.Meta[q.PathValue("key")]
	if !ok {
		return nil, api.Fail(http.StatusBadRequest, "Request body and URI mismatch")
	}
	_, err := c.changeMetadata(q, func(m map[string]string) error { m[q.PathValue("key")] = v; return nil })
	return obj{"meta": body.Meta}, err
}

func (c partAPI) deleteMetadatum(q *api.Request) (any, error) {
	_, err := c.changeMetadata(q, func(m map[string]string) error {
		if _, ok := m[q.PathValue("key")]; !ok {
			return noMetadatum()
		}
		delete(m, q.PathValue("key"))
		return nil
	})
	return nil, err
}

func (c partAPI) serverTags(q *api.Request) (any, error) {
	s, err := c.OwnServer(q)
	if err != nil {
		return nil, err
	}
	return obj{"tags": api.TagsOf(&s.Meta)}, nil
}

func (c partAPI) changeServerTags(
	q *api.Request, change func(s *compute.Server, old []string) ([]string, error),
) (any, error) {
	s, err := c.OwnServer(q)
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
	s.Tags, s.Updated = tags, q.Now
	c.Instances.Put(s)
	return nil, nil
}

func (c partAPI) replaceServerTags(q *api.Request) (any, error) {
	var body struct {
		Tags []string `json:"tags"`
	}
	if err := q.Decode(&body); err != nil {
		return nil, err
	}
	_, err := c.changeServerTags(q, func(*compute.Server, []string) ([]string, error) {
		return api.TagSet(body.Tags), nil
	})
	return obj{"tags": api.TagSet(body.Tags)}, err
}

func (c partAPI) clearServerTags(q *api.Request) (any, error) {
	return c.changeServerTags(q, func(*compute.Server, []string) ([]string, error) { return nil, nil })
}

func (c partAPI) addServerTag(q *api.Request) (any, error) {
	return c.changeServerTags(q, func(_ *compute.Server, old []string) ([]string, error) {
		if slices.Contains(old, q.PathValue("tag")) {
			q.Status = http.StatusNoContent
		}
		return api.TagSet(append(old, q.PathValue("tag"))), nil
	})
}

func noServerTag(q *api.Request, s *compute.Server) error {
	return api.Fail(http.StatusNotFound, "Instance %s has no tag '%s'", s.ID, q.PathValue("tag"))
}

func (c partAPI) hasServerTag(q *api.Request) (any, error) {
	s, err := c.OwnServer(q)
	if err == nil && !slices.Contains(s.Tags, q.PathValue("tag")) {
		err = noServerTag(q, s)
	}
	return nil, err
}

func (c partAPI) dropServerTag(q *api.Request) (any, error) {
	return c.changeServerTags(q, func(s *compute.Server, old []string) ([]string, error) {
		i := slices.Index(old, q.PathValue("tag"))
		if i < 0 {
			return nil, noServerTag(q, s)
		}
		return slices.Delete(old, i, i+1), nil
	})
}

func (c partAPI) showIPs(q *api.Request) (any, error) {
	s, err := c.OwnServer(q)
	if err != nil {
		return nil, err
	}
	return obj{"addresses": c.addresses(s, false)}, nil
}

func (c partAPI) serverGroupsOf(q *api.Request) (any, error) {
	s, err := c.OwnServer(q)
	if err != nil {
		return nil, err
	}
	items := []obj{}
	for _, n := range c.groupNames(s) {
		for _, g := range c.neutron.SecGroups.Find("project="+s.Project, "name="+n["name"].(string)) {
			items = append(items, c.oldGroup(g))
		}
	}
	return obj{"security_groups": items}, nil
}

// listOldGroups serves nova's own list of neutron's groups, which ends with microversion
// 2.36.
func (c partAPI) listOldGroups(q *api.Request) (any, error) {
	if q.Minor >= 36 {
		return nil, api.Fail(http.StatusNotFound, "The resource could not be found.")
	}
	items := []obj{}
	for _, g := range api.Listed(q, c.neutron.SecGroups.Find("project="+q.Tok.Project)) {
		items = append(items, c.oldGroup(g))
	}
	return obj{"security_groups": items}, nil
}

func (c partAPI) oldGroup(g *neutron.SecGroup) obj {
	return obj{"id": g.ID, "name": g.Name, "description": g.Description, "tenant_id": g.Project, "rules": c.oldRules(g)}
}

// oldRules renders the incoming rules of a group as nova showed its own.
func (c partAPI) oldRules(g *neutron.SecGroup) []obj {
	rules := []obj{}
	for _, r := range c.neutron.SecRules.Find("group=" + g.ID) {
		if r.Direction != "ingress" {
			continue
		}
		v := obj{"id": r.ID, "parent_group_id": g.ID, "ip_protocol": api.OrNull(r.Protocol), "from_port": r.Min,
			"to_port": r.Max, "group": obj{}, "ip_range": obj{}}
		if from, ok := c.neutron.SecGroups.Get(r.RemoteGroup); ok {
			v["group"] = obj{"name": from.Name, "tenant_id": from.Project}
		} else if r.CIDR != "" {
			v["ip_range"] = obj{"cidr": r.CIDR}
		}
		rules = append(rules, v)
	}
	return rules
}

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
			if q.Minor >= 51 || q.Tok.Admin {
				v["events"] = a.Events()
			}
			return obj{"instanceAction": v}, nil
		}
	}
	return nil, api.Fail(http.StatusNotFound, "Action %s not found", q.PathValue("req"))
}
