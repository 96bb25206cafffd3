package compute

import (
	"net/http"
	"slices"
	"strconv"

	"novaflow/internal/devcloud/api"
	"novaflow/internal/devcloud/store"
)

// Flavor is a row of nova.
type Flavor struct {
	store.Meta
	VCPUs     int               `json:"vcpus"`
	RAM       int               `json:"ram"`  // MiB
	Disk      int               `json:"disk"` // GiB
	Ephemeral int               `json:"ephemeral,omitempty"`
	Swap      int               `json:"swap,omitempty"` // MiB
	Specs     map[string]string `json:"extra_specs,omitempty"`
}

// Keys implements store.Object.
func (f *Flavor) Keys() []string { return []string{"name=" + f.Name} }

// flavorAPI serves /flavors.
type flavorAPI struct{ *Compute }

func (c flavorAPI) flavorRoutes() []api.Route {
	return []api.Route{
		api.NewRoute("GET /flavors", http.StatusOK,
			func(q *api.Request) (any, error) { return c.listFlavors(q, false) }),
		api.NewRoute("GET /flavors/detail", http.StatusOK,
			func(q *api.Request) (any, error) { return c.listFlavors(q, true) }),
		api.NewRoute("GET /flavors/{id}", http.StatusOK, c.showFlavor),
		api.NewRoute("POST /flavors", http.StatusOK, c.createFlavor),
		api.NewRoute("DELETE /flavors/{id}", http.StatusAccepted, c.deleteFlavor),
		api.NewRoute("GET /flavors/{id}/os-extra_specs", http.StatusOK, c.showSpecs),
		api.NewRoute("POST /flavors/{id}/os-extra_specs", http.StatusOK, c.createSpecs),
	}
}

func (f *Flavor) specs() map[string]string {
	if f.Specs == nil {
		return map[string]string{}
	}
	return f.Specs
}

func flavorView(q *api.Request, f *Flavor) obj {
	v := obj{"id": f.ID, "name": f.Name, "ram": f.RAM, "disk": f.Disk, "swap": f.Swap, "vcpus": f.VCPUs,
		"rxtx_factor": 1.0, "OS-FLV-EXT-DATA:ephemeral": f.Ephemeral, "OS-FLV-DISABLED:disabled": false,
		"os-flavor-access:is_public": true, "links": q.Links("flavors", f.ID)}
	if q.Minor < 75 && f.Swap == 0 {
		v["swap"] = ""
	}
	if q.Minor >= 55 {
		v["description"] = api.OrNull(f.Description)
	}
	if q.Minor >= 61 {
		v["extra_specs"] = f.specs()
	}
	return v
}

// embedded renders the flavor as servers show it.
func (f *Flavor) embedded() obj {
	return obj{"vcpus": f.VCPUs, "ram": f.RAM, "disk": f.Disk, "ephemeral": f.Ephemeral, "swap": f.Swap,
		"original_name": f.Name, "extra_specs": f.specs()}
}

func (c flavorAPI) listFlavors(q *api.Request, detail bool) (any, error) {
	least := func(name string) int { n, _ := strconv.Atoi(q.URL.Query().Get(name)); return n }
	minRAM, minDisk := least("minRam"), least("minDisk")
	found := slices.DeleteFunc(c.Flavors.Find(), func(f *Flavor) bool { return f.RAM < minRAM || f.Disk < minDisk })
	part, next, err := api.Page(q, found, 1000, 1000, BadMarker)
	if err != nil {
		return nil, err
	}
	items := []obj{}
	for _, f := range part {
		v := obj{"id": f.ID, "name": f.Name, "links": q.Links("flavors", f.ID)}
		if detail {
			v = flavorView(q, f)
		}
		items = append(items, v)
	}
	return q.List("flavors", items, next), nil
}

func noFlavor(id string) error {
	return api.Fail(http.StatusNotFound, "Flavor %s could not be found.", id)
}

func (c flavorAPI) showFlavor(q *api.Request) (any, error) {
	f, ok := c.Flavors.Get(q.PathValue("id"))
	if !ok {
		return nil, noFlavor(q.PathValue("id"))
	}
	return obj{"flavor": flavorView(q, f)}, nil
}

func (c flavorAPI) showSpecs(q *api.Request) (any, error) {
	f, ok := c.Flavors.Get(q.PathValue("id"))
	if !ok {
		return nil, noFlavor(q.PathValue("id"))
	}
	return obj{"extra_specs": f.specs()}, nil
}

func (c flavorAPI) createSpecs(q *api.Request) (any, error) {
	if !q.Token.Admin {
		return nil, q.Forbid("os_compute_api:os-flavor-extra-specs:create")
	}
	f, ok := c.Flavors.Get(q.PathValue("id"))
	if !ok {
		return nil, noFlavor(q.PathValue("id"))
	}
	var body struct {
		Specs map[string]string `json:"extra_specs"`
	}
	if err := q.Decode(&body); err != nil {
		return nil, err
	}
	f.Specs = body.Specs
	c.Flavors.Put(f)
	return obj{"extra_specs": f.specs()}, nil
}

func (c flavorAPI) createFlavor(q *api.Request) (any, error) {
	if !q.Token.Admin {
		return nil, q.Forbid("os_compute_api:os-flavor-manage:create")
	}
	var body struct {
		Flavor struct {
			ID, Name         string
			VCPUs, RAM, Disk int
			Description      string
		} `json:"flavor"`
	}
	if err := q.Decode(&body); err != nil {
		return nil, err
	}
	b := body.Flavor
	if b.ID == "" || b.ID == "auto" {
		b.ID = q.ID[len("req-"):]
	}
	if _, ok := c.Flavors.Get(b.ID); ok || c.Flavors.Count("name="+b.Name) > 0 {
		return nil, api.Fail(http.StatusConflict, "Flavor with name %s already exists.", b.Name)
	}
	f := &Flavor{Meta: store.Meta{ID: b.ID, Name: b.Name, Description: b.Description, Created: q.Now}, VCPUs: b.VCPUs,
		RAM: b.RAM, Disk: b.Disk}
	c.Flavors.Put(f)
	return obj{"flavor": flavorView(q, f)}, nil
}

func (c flavorAPI) deleteFlavor(q *api.Request) (any, error) {
	if !q.Token.Admin {
		return nil, q.Forbid("os_compute_api:os-flavor-manage:delete")
	}
	if _, ok := c.Flavors.Get(q.PathValue("id")); !ok {
		return nil, noFlavor(q.PathValue("id"))
	}
	c.Flavors.Remove(q.PathValue("id"))
	return nil, nil
}
