// Package cinder exists so that servers have volumes: it is the volume API (v3) with
// volumes, snapshots, attachments and quotas. What nova must learn from it, nova
// registers.
//
// It may import store, api, keystone and glance.
package cinder

import (
	"net/http"
	"slices"

	"novaflow/internal/devcloud/api"
	"novaflow/internal/devcloud/glance"
	"novaflow/internal/devcloud/store"
)

// obj is an object of JSON.
type obj = map[string]any

// Cinder serves the volume API.
type Cinder struct {
	*store.Store
	glance    *glance.Glance
	Volumes   *store.Table[*Volume]
	Snapshots *store.Table[*Snapshot]

	// OnDetached is called when a detachment that a server asked for has ended.
	OnDetached func(server, volume string)
}

// New returns cinder with its tables in the store.
func New(s *store.Store, glance *glance.Glance) *Cinder {
	c := &Cinder{
		Store: s, glance: glance,
		Volumes:   store.NewTable(s, "volume", func() *Volume { return &Volume{} }),
		Snapshots: store.NewTable(s, "snapshot", func() *Snapshot { return &Snapshot{} }),
	}
	s.OnDue("volume", c.ripenVolume)
	s.OnDue("snapshot", snapshotAPI{c}.ripenSnapshot)
	return c
}

// Derive computes what projects use from the volumes and snapshots.
func (c *Cinder) Derive() {
	for _, v := range c.Volumes.Find() {
		c.Use(v.Project, "gigabytes", v.Size)
	}
	for _, s := range c.Snapshots.Find() {
		c.Use(s.Project, "gigabytes", s.Size)
	}
}

// maxMinor is the last volume microversion of the Zed release.
const maxMinor = 70

// Routes lists the calls of cinder.
func (c *Cinder) Routes() []api.Route {
	return slices.Concat([]api.Route{
		api.OpenRoute("GET ^/{$}", http.StatusMultipleChoices, listVersions),
		api.NewRoute("GET ^/v3", http.StatusOK, listVersions),
		api.NewRoute("GET /types", http.StatusOK, listVolumeTypes),
		api.NewRoute("GET /types/{id}", http.StatusOK, showVolumeType),
		api.NewRoute("GET /extensions", http.StatusOK, api.EmptyList("extensions")),
		api.NewRoute("GET /os-availability-zone", http.StatusOK, listZones),
		api.NewRoute("GET /limits", http.StatusOK, c.volumeLimits),
		api.NewRoute("GET /os-quota-sets/{project}", http.StatusOK, c.volumeQuotas),
		api.NewRoute("GET /os-quota-sets/{project}/defaults", http.StatusOK, c.volumeDefaults),
		api.NewRoute("PUT /os-quota-sets/{project}", http.StatusOK, c.setVolumeQuotas),
		api.NewRoute("DELETE /os-quota-sets/{project}", http.StatusOK, c.dropVolumeQuotas),
	}, c.volumeRoutes(), snapshotAPI{c}.snapshotRoutes())
}

func listZones(*api.Request) (any, error) {
	return obj{"availabilityZoneInfo": []obj{{"zoneName": "nova", "zoneState": obj{"available": true}}}}, nil
}

func listVersions(q *api.Request) (any, error) {
	q.AnswerHeader.Set("OpenStack-API-Version", "volume 3.0")
	return obj{"versions": []obj{{"id": "v3.0", "status": "CURRENT", "version": "3.70", "min_version": "3.0",
		"updated": "2022-08-31T00:00:00Z",
		"links": []obj{{"rel": "describedby", "type": "text/html", "href": "https://docs.openstack.org/"},
			{"rel": "self", "href": q.BaseURL() + "/volume/v3/"}},
		"media-types": []obj{{"base": "application/json",
			"type": "application/vnd.openstack.volume+json;version=3"}}}}}, nil
}

// ReadMicroversion reads the microversion of a request, and repeats it in the answer.
func ReadMicroversion(q *api.Request) error {
	text := api.Microversion(q.Header, "volume")
	return q.ReadVersion(text, "volume", 3, 0, maxMinor, func(string) {
		q.AnswerHeader.Set("Vary", "OpenStack-API-Version")
		q.AnswerHeader.Set("X-Compute-Request-Id", q.ID)
	})
}

// volumeType is the only type of volumes.
const volumeType = "__DEFAULT__"

var volumeTypeID = "05d40b6a-f86e-402b-b13b-37f4b4c5d213"

func volumeTypeView() obj {
	return obj{"id": volumeTypeID, "name": volumeType, "is_public": true, "description": "Default Volume Type",
		"extra_specs": obj{}, "os-volume-type-access:is_public": true}
}

func listVolumeTypes(*api.Request) (any, error) {
	return obj{"volume_types": []obj{volumeTypeView()}}, nil
}

func showVolumeType(q *api.Request) (any, error) {
	switch id := q.PathValue("id"); id {
	case "default", volumeTypeID:
		v := volumeTypeView()
		delete(v, "os-volume-type-access:is_public")
		return obj{"volume_type": v}, nil
	default:
		return nil, api.Fail(http.StatusNotFound, "Volume type %s could not be found.", id)
	}
}
