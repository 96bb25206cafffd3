package neutron

import (
	"maps"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"

	"novaflow/internal/devcloud/api"
	"novaflow/internal/devcloud/store"
)

// RouterAPI serves /routers, with their interfaces and gateways.
type RouterAPI struct{ *Neutron }

type Router struct {
	store.Meta
	Down      bool             `json:"down,omitempty"`
	Kind      string           `json:"kind,omitempty"` // see Settings.Routers
	External  string           `json:"external_network,omitempty"`
	Addresses []FixedIP        `json:"external_fixed_ips,omitempty"`
	NoSNAT    bool             `json:"no_snat,omitempty"`
	Routes    []map[string]any `json:"routes,omitempty"`
}

// Keys implements store.Object.
func (r *Router) Keys() []string { return baseKeys(&r.Meta) }

// Visible reports whether the caller may see it.
func (r *Router) Visible(_ *Neutron, q *api.Request) bool { return q.Sees(r.Project) }

func (r *Router) view(*Neutron, *api.Request) obj {
	v := baseView(&r.Meta)
	routes := r.Routes
	if routes == nil {
		routes = []map[string]any{}
	}
	maps.Copy(v, obj{
		"admin_state_up": !r.Down, "status": "ACTIVE", "routes": routes, "flavor_id": nil,
		"availability_zones": []string{}, "availability_zone_hints": []string{}, "external_gateway_info": nil,
	})
	if r.External != "" {
		v["external_gateway_info"] = obj{"network_id": r.External, "external_fixed_ips": r.Addresses,
			"enable_snat": !r.NoSNAT}
	}
	return v
}

func (c RouterAPI) routerCollection() collection[*Router] {
	return collection[*Router]{c: c.Neutron, one: "router", many: "routers", path: "routers", table: c.Routers,
		missing: noRouter, quota: "router", create: c.createRouter, update: c.readRouter, remove: c.deleteRouter}
}

func (c RouterAPI) routerRoutes() []api.Route {
	return append(c.routerCollection().routes(),
		api.NewRoute("PUT /routers/{id}/add_router_interface", http.StatusOK, c.addInterface),
		api.NewRoute("PUT /routers/{id}/remove_router_interface", http.StatusOK, c.removeInterface))
}

func noRouter(id string) error { return notFound("RouterNotFound", "Router %s could not be found", id) }

func badRouter(format string, a ...any) error {
	return api.NetFail(http.StatusBadRequest, "BadRequest", "Bad router request: "+format+".", a...)
}

func (c RouterAPI) createRouter(q *api.Request, in *fields) (*Router, error) {
	r := &Router{Meta: newMeta(q, in), Kind: c.State.Routers}
	in.project(q)
	return r, c.readRouter(q, r, in)
}

func (c RouterAPI) readRouter(q *api.Request, r *Router, in *fields) error {
	up := !r.Down
	in.read("admin_state_up", &up)
	r.Down = !up
	in.read("routes", &r.Routes)
	var gateway *struct {
		Network string `json:"network_id"`
		SNAT    *bool  `json:"enable_snat"`
	}
	changes := in.read("external_gateway_info", &gateway)
	if err := in.checkUnknown("availability_zone_hints", "ha", "distributed", "flavor_id"); err != nil || !changes {
		return err
	}
	if gateway == nil || gateway.Network == "" {
		return c.dropGateway(r)
	}
	if gateway.SNAT != nil && !q.Token.Admin {
		return disallow("(rule:update_router and (rule:update_router:external_gateway_info and " +
			"(rule:update_router:external_gateway_info:network_id and " +
			"rule:update_router:external_gateway_info:enable_snat))) is disallowed by policy")
	}
	if gateway.SNAT != nil {
		r.NoSNAT = !*gateway.SNAT
	}
	if gateway.Network == r.External {
		return nil
	}
	n, ok := c.Networks.Get(gateway.Network)
	if !ok || !n.Visible(c.Neutron, q) {
		return noNetwork(gateway.Network)
	}
	if !n.External {
		return badRouter("Network %s is not an external network", n.ID)
	}
	if err := c.dropGateway(r); err != nil {
		return err
	}
	return c.AddGateway(r, n, q.Now)
}

// AddGateway connects the router to an external network.
func (c RouterAPI) AddGateway(r *Router, n *Network, now time.Time) error {
	p := &Port{Meta: store.Meta{ID: uuid.NewString(), Status: "ACTIVE", Created: now, Updated: now, Revision: 1},
		Network: n.ID, Device: r.ID, Owner: routerGateway, Unsafe: true}
	if err := c.FinishPort(p, nil, false); err != nil {
		return err
	}
	c.Ports.Put(p)
	r.External, r.Addresses = n.ID, p.FixedIPs
	for _, inside := range c.interfaces(r) {
		if err := c.addSNAT(r, inside, now); err != nil {
			return err
		}
	}
	return nil
}

// dropGateway removes that connection unless floating IPs need it.
func (c RouterAPI) dropGateway(r *Router) error {
	if r.External == "" {
		return nil
	}
	if c.FloatingIPs.Count("router="+r.ID) > 0 {
		return conflict("RouterExternalGatewayInUseByFloatingIp",
			"Gateway cannot be updated for router %s, since a gateway to external network %s is required by one or "+
				"more floating IPs.", r.ID, r.External)
	}
	for _, p := range c.Ports.Find("device_id=" + r.ID) {
		if p.Owner == routerGateway {
			c.DropPort(p)
		}
	}
	c.dropSNAT(r, "")
	r.External, r.Addresses = "", nil
	return nil
}

func (c RouterAPI) deleteRouter(_ *api.Request, r *Router) error {
	if held := c.interfaces(r); len(held) > 0 {
		ids := make([]string, 0, len(held))
		for _, p := range held {
			ids = append(ids, p.ID)
		}
		return conflict("RouterInUse", "Router %s has ports still attached: %s", r.ID, strings.Join(ids, ", "))
	}
	if err := c.dropGateway(r); err != nil {
		return err
	}
	c.Routers.Remove(r.ID)
	return nil
}
