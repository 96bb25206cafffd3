package keystone

import (
	"novaflow/internal/devcloud/api"
)

func listServices(q *api.Request) (any, error) {
	if err := requireAdmin(q, "list_services"); err != nil {
		return nil, err
	}
	items := []obj{}
	for _, e := range serviceCatalog(q, q.Token.Project) {
		items = append(items, obj{"id": e["id"], "name": e["name"], "type": e["type"], "enabled": true})
	}
	return listBody(q, "services", items), nil
}

func listEndpoints(q *api.Request) (any, error) {
	if err := requireAdmin(q, "list_endpoints"); err != nil {
		return nil, err
	}
	items := []obj{}
	for _, e := range serviceCatalog(q, q.Token.Project) {
		for _, p := range e["endpoints"].([]obj) {
			items = append(items, obj{"id": p["id"], "interface": p["interface"], "url": p["url"],
				"region": "RegionOne", "region_id": "RegionOne", "service_id": e["id"], "enabled": true})
		}
	}
	return listBody(q, "endpoints", items), nil
}

func listRegions(q *api.Request) (any, error) {
	region := obj{"id": "RegionOne", "description": "", "parent_region_id": nil}
	return listBody(q, "regions", []obj{region}), nil
}

// serviceCatalog lists the services at the address by which this request found them.
func serviceCatalog(q *api.Request, project string) []obj {
	if project == "" {
		return []obj{}
	}
	var entries []obj
	for _, e := range [][3]string{
		{"keystone", "identity", "/identity/v3"}, {"nova", "compute", "/compute/v2.1"},
		{"neutron", "network", "/network"},
		{"glance", "image", "/image"}, {"cinderv3", "volumev3", "/volume/v3/" + project},
		{"cinder", "block-storage", "/volume/v3/" + project},
	} {
		points := []obj{}
		for _, face := range []string{"public", "internal", "admin"} {
			points = append(points, obj{"id": api.StableID(e[0] + face), "interface": face, "region_id": "RegionOne",
				"region": "RegionOne", "url": q.BaseURL() + e[2]})
		}
		entries = append(entries, obj{"id": api.StableID(e[0]), "type": e[1], "name": e[0], "endpoints": points})
	}
	return entries
}
