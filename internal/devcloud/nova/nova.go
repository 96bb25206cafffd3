// Package nova exists so that the parts of the compute API (v2.1) are one service: it
// builds them and lists their routes. nova/compute has the rows, hosts, flavors and
// quotas, nova/servers the life of a server, and nova/moves what moves servers between
// hosts.
//
// It may import all services, and its parts: compute <- servers <- moves <- nova.
package nova

import (
	"net/http"
	"slices"
	"strconv"

	"novaflow/internal/devcloud/api"
	"novaflow/internal/devcloud/cinder"
	"novaflow/internal/devcloud/glance"
	"novaflow/internal/devcloud/keystone"
	"novaflow/internal/devcloud/neutron"
	"novaflow/internal/devcloud/nova/compute"
	"novaflow/internal/devcloud/nova/moves"
	"novaflow/internal/devcloud/nova/servers"
	"novaflow/internal/devcloud/store"
)

// obj is an object of JSON.
type obj = map[string]any

// maxMinor is the last compute microversion of the Zed release.
const maxMinor = 93

// Nova serves the compute API.
type Nova struct{ *servers.Servers }

// New returns nova on top of the other services.
func New(s *store.Store, keystone *keystone.Keystone, glance *glance.Glance, cinder *cinder.Cinder,
	neutron *neutron.Neutron) *Nova {
	all := servers.New(compute.New(s, keystone), glance, cinder, neutron)
	moves.API{Servers: all}.Register()
	return &Nova{all}
}

// Routes lists the calls of nova.
func (c *Nova) Routes() []api.Route {
	return slices.Concat([]api.Route{
		api.OpenRoute("GET ^/{$}", http.StatusOK, listVersions),
		api.OpenRoute("GET ^/v2.1", http.StatusOK, showVersion),
		api.NewRoute("GET /extensions", http.StatusOK, api.EmptyList("extensions")),
	}, c.CommonRoutes(), c.ServerRoutes(), moves.API{Servers: c.Servers}.Routes())
}

func versionView(q *api.Request) obj {
	return obj{"id": "v2.1", "status": "CURRENT", "version": "2." + strconv.Itoa(maxMinor), "min_version": "2.1",
		"updated": "2013-07-23T11:33:21Z", "links": []obj{{"rel": "self", "href": q.BaseURL() + "/compute/v2.1/"}}}
}

func listVersions(q *api.Request) (any, error) { return obj{"versions": []obj{versionView(q)}}, nil }

func showVersion(q *api.Request) (any, error) {
	v := versionView(q)
	v["media-types"] = []obj{{"base": "application/json", "type": "application/vnd.openstack.compute+json;version=2.1"}}
	return obj{"version": v}, nil
}

// ReadMicroversion reads the microversion of a request, and repeats it in the answer.
func ReadMicroversion(q *api.Request) error {
	text := q.Header.Get("X-OpenStack-Nova-API-Version")
	if given := api.Microversion(q.Header, "compute"); given != "" {
		text = given
	}
	return q.ReadVersion(text, "compute", 2, 1, maxMinor, func(v string) {
		q.AnswerHeader.Set("X-OpenStack-Nova-API-Version", v)
		q.AnswerHeader.Set("Vary", "OpenStack-API-Version, X-OpenStack-Nova-API-Version")
		q.AnswerHeader.Set("X-Compute-Request-Id", q.ID)
	})
}
