package servers

import (
	"net/http"
	"slices"

	"novaflow/internal/devcloud/api"
	"novaflow/internal/devcloud/nova/compute"
)

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
