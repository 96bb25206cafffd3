package cinder

import (
	"maps"
	"net/http"

	"novaflow/internal/devcloud/api"
)

func (c *Cinder) showVolumeMetadata(q *api.Request) (any, error) {
	v, err := c.ownVolume(q)
	if err != nil {
		return nil, err
	}
	return obj{"metadata": v.metadata()}, nil
}

func (c *Cinder) setVolumeMetadata(q *api.Request, keep bool) (any, error) {
	var body struct {
		Metadata map[string]string `json:"metadata"`
	}
	if err := q.Decode(&body); err != nil {
		return nil, err
	}
	v, err := c.ownVolume(q)
	if err != nil {
		return nil, err
	}
	m := map[string]string{}
	if keep {
		maps.Copy(m, v.Metadata)
	}
	maps.Copy(m, body.Metadata)
	if err := api.CheckMetadata(m); err != nil {
		return nil, err
	}
	v.Metadata, v.Updated = m, q.Now
	c.Volumes.Put(v)
	return obj{"metadata": m}, nil
}

func (c *Cinder) dropVolumeMetadatum(q *api.Request) (any, error) {
	v, err := c.ownVolume(q)
	if err != nil {
		return nil, err
	}
	m := maps.Clone(v.metadata())
	if _, ok := m[q.PathValue("key")]; !ok {
		return nil, api.Fail(http.StatusNotFound, "Volume %s has no metadata with key %s.", v.ID, q.PathValue("key"))
	}
	delete(m, q.PathValue("key"))
	v.Metadata, v.Updated = m, q.Now
	c.Volumes.Put(v)
	return nil, nil
}
