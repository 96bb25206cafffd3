package devcloud

import (
	"net/http"
	"slices"
	"strconv"
)

type flavor struct {
	meta
	VCPUs     int               `json:"vcpus"`
	RAM       int               `json:"ram"`  // MiB
	Disk      int               `json:"disk"` // GiB
	Ephemeral int               `json:"ephemeral,omitempty"`
	Swap      int               `json:"swap,omitempty"` // MiB
	Specs     map[string]string `json:"extra_specs,omitempty"`
}

func (f *flavor) keys() []string { return []string{"name=" + f.Name} }

// flavorAPI serves /flavors.
type flavorAPI struct{ *Compute }

func (c flavorAPI) flavorRoutes() []route {
	return []route{
		newRoute("GET /flavors", http.StatusOK, func(q *request) (any, error) { return c.listFlavors(q, false) }),
		newRoute("GET /flavors/detail", http.StatusOK, func(q *request) (any, error) { return c.listFlavors(q, true) }),
		newRoute("GET /flavors/{id}", http.StatusOK, c.showFlavor),
		newRoute("POST /flavors", http.StatusOK, c.createFlavor),
		newRoute("DELETE /flavors/{id}", http.StatusAccepted, c.deleteFlavor),
		newRoute("GET /flavors/{id}/os-extra_specs", http.StatusOK, c.showSpecs),
		newRoute("POST /flavors/{id}/os-extra_specs", http.StatusOK, c.createSpecs),
	}
}

func (f *flavor) specs() map[string]string {
	if f.Specs == nil {
		return map[string]string{}
	}
	return f.Specs
}

func flavorView(q *request, f *flavor) obj {
	v := obj{"id": f.ID, "name": f.Name, "ram": f.RAM, "disk": f.Disk, "swap": f.Swap, "vcpus": f.VCPUs, "rxtx_factor": 1.0,
		"OS-FLV-EXT-DATA:ephemeral": f.Ephemeral, "OS-FLV-DISABLED:disabled": false, "os-flavor-access:is_public": true, "links": q.links("flavors", f.ID)}
	if q.minor < 75 && f.Swap == 0 {
		v["swap"] = ""
	}
	if q.minor >= 55 {
		v["description"] = orNull(f.Description)
	}
	if q.minor >= 61 {
		v["extra_specs"] = f.specs()
	}
	return v
}

// embedded is the flavor as servers show it.
func (f *flavor) embedded() obj {
	return obj{"vcpus": f.VCPUs, "ram": f.RAM, "disk": f.Disk, "ephemeral": f.Ephemeral, "swap": f.Swap, "original_name": f.Name, "extra_specs": f.specs()}
}

func (c flavorAPI) listFlavors(q *request, detail bool) (any, error) {
	least := func(name string) int { n, _ := strconv.Atoi(q.URL.Query().Get(name)); return n }
	minRAM, minDisk := least("minRam"), least("minDisk")
	found := slices.DeleteFunc(c.flavors.find(), func(f *flavor) bool { return f.RAM < minRAM || f.Disk < minDisk })
	part, next, err := page(q, found, 1000, 1000, badMarker)
	if err != nil {
		return nil, err
	}
	items := []obj{}
	for _, f := range part {
		v := obj{"id": f.ID, "name": f.Name, "links": q.links("flavors", f.ID)}
		if detail {
			v = flavorView(q, f)
		}
		items = append(items, v)
	}
	return q.withNext("flavors", items, next), nil
}

// withNext is a collection of nova or cinder, with a link when more follows.
func (q *request) withNext(name string, items []obj, next string) obj {
	body := obj{name: items}
	if next != "" {
		body[name+"_links"] = []obj{{"rel": "next", "href": next}}
	}
	return body
}

func noFlavor(id string) error {
	return fail(http.StatusNotFound, "Flavor %s could not be found.", id)
}

func (c flavorAPI) showFlavor(q *request) (any, error) {
	f, ok := c.flavors.get(q.PathValue("id"))
	if !ok {
		return nil, noFlavor(q.PathValue("id"))
	}
	return obj{"flavor": flavorView(q, f)}, nil
}

func (c flavorAPI) showSpecs(q *request) (any, error) {
	f, ok := c.flavors.get(q.PathValue("id"))
	if !ok {
		return nil, noFlavor(q.PathValue("id"))
	}
	return obj{"extra_specs": f.specs()}, nil
}

func (c flavorAPI) createSpecs(q *request) (any, error) {
	if !q.tok.Admin {
		return nil, q.forbid("os_compute_api:os-flavor-extra-specs:create")
	}
	f, ok := c.flavors.get(q.PathValue("id"))
	if !ok {
		return nil, noFlavor(q.PathValue("id"))
	}
	var body struct {
		Specs map[string]string `json:"extra_specs"`
	}
	if err := q.decode(&body); err != nil {
		return nil, err
	}
	f.Specs = body.Specs
	c.flavors.put(f)
	return obj{"extra_specs": f.specs()}, nil
}

func (c flavorAPI) createFlavor(q *request) (any, error) {
	if !q.tok.Admin {
		return nil, q.forbid("os_compute_api:os-flavor-manage:create")
	}
	var body struct {
		Flavor struct {
			ID, Name         string
			VCPUs, RAM, Disk int
			Description      string
		} `json:"flavor"`
	}
	if err := q.decode(&body); err != nil {
		return nil, err
	}
	b := body.Flavor
	if b.ID == "" || b.ID == "auto" {
		b.ID = q.id[len("req-"):]
	}
	if _, ok := c.flavors.get(b.ID); ok || c.flavors.count("name="+b.Name) > 0 {
		return nil, fail(http.StatusConflict, "Flavor with name %s already exists.", b.Name)
	}
	f := &flavor{meta: meta{ID: b.ID, Name: b.Name, Description: b.Description, Created: q.now}, VCPUs: b.VCPUs, RAM: b.RAM, Disk: b.Disk}
	c.flavors.put(f)
	return obj{"flavor": flavorView(q, f)}, nil
}

func (c flavorAPI) deleteFlavor(q *request) (any, error) {
	if !q.tok.Admin {
		return nil, q.forbid("os_compute_api:os-flavor-manage:delete")
	}
	if _, ok := c.flavors.get(q.PathValue("id")); !ok {
		return nil, noFlavor(q.PathValue("id"))
	}
	c.flavors.remove(q.PathValue("id"))
	return nil, nil
}
