package servers

import (
	"maps"
	"net/http"

	"novaflow/internal/devcloud/api"
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

// changeMetadata replaces the server's metadata by a copy that change has changed.
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

func (c partAPI) showIPs(q *api.Request) (any, error) {
	s, err := c.OwnServer(q)
	if err != nil {
		return nil, err
	}
	return obj{"addresses": c.addresses(s, false)}, nil
}
