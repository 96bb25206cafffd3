package devcloud

import (
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
)

// RouterAPI serves /routers, with their interfaces and gateways.
type RouterAPI struct{ *Neutron }

type router struct {
	meta
	Down      bool             `json:"down,omitempty"`
	Kind      string           `json:"kind,omitempty"` // see Settings.Routers
	External  string           `json:"external_network,omitempty"`
	Addresses []fixedIP        `json:"external_fixed_ips,omitempty"`
	NoSNAT    bool             `json:"no_snat,omitempty"`
	Routes    []map[string]any `json:"routes,omitempty"`
}

func (r *router) keys() []string { return netKeys(&r.meta) }

func (r *router) visible(_ *Neutron, q *request) bool { return q.sees(r.Project) }

func (r *router) view(*Neutron, *request) obj {
	v := netView(&r.meta)
	routes := r.Routes
	if routes == nil {
		routes = []map[string]any{}
	}
	v["admin_state_up"], v["status"], v["routes"], v["flavor_id"] = !r.Down, "ACTIVE", routes, nil
	v["availability_zones"], v["availability_zone_hints"], v["external_gateway_info"] = []string{}, []string{}, nil
	if r.External != "" {
		v["external_gateway_info"] = obj{"network_id": r.External, "external_fixed_ips": r.Addresses, "enable_snat": !r.NoSNAT}
	}
	return v
}

func (c RouterAPI) routerCollection() collection[*router] {
	return collection[*router]{c: c.Neutron, one: "router", many: "routers", path: "routers", table: c.routers, missing: noRouter,
		quota: "router", create: c.createRouter, update: c.readRouter, remove: c.deleteRouter}
}

func (c RouterAPI) routerRoutes() []route {
	return append(c.routerCollection().routes(),
		newRoute("PUT /routers/{id}/add_router_interface", http.StatusOK, c.addInterface),
		newRoute("PUT /routers/{id}/remove_router_interface", http.StatusOK, c.removeInterface))
}

func noRouter(id string) error {
	return netFail(http.StatusNotFound, "RouterNotFound", "Router %s could not be found", id)
}

func badRouter(format string, a ...any) error {
	return netFail(http.StatusBadRequest, "BadRequest", "Bad router request: "+format+".", a...)
}

func (c RouterAPI) createRouter(q *request, in *fields) (*router, error) {
	r := &router{meta: newMeta(q, in), Kind: c.state.Routers}
	in.project(q)
	return r, c.readRouter(q, r, in)
}

func (c RouterAPI) readRouter(q *request, r *router, in *fields) error {
	up := !r.Down
	in.read("admin_state_up", &up)
	r.Down = !up
	in.read("routes", &r.Routes)
	var gateway *struct {
		Network string `json:"network_id"`
		SNAT    *bool  `json:"enable_snat"`
	}
	changes := in.read("external_gateway_info", &gateway)
	if err := in.done("availability_zone_hints", "ha", "distributed", "flavor_id"); err != nil || !changes {
		return err
	}
	if gateway == nil || gateway.Network == "" {
		return c.dropGateway(r)
	}
	if gateway.SNAT != nil && !q.tok.Admin {
		return netFail(http.StatusForbidden, "PolicyNotAuthorized", "(rule:update_router and (rule:update_router:external_gateway_info and (rule:update_router:external_gateway_info:network_id and rule:update_router:external_gateway_info:enable_snat))) is disallowed by policy")
	}
	if gateway.SNAT != nil {
		r.NoSNAT = !*gateway.SNAT
	}
	if gateway.Network == r.External {
		return nil
	}
	n, ok := c.networks.get(gateway.Network)
	if !ok || !n.visible(c.Neutron, q) {
		return noNetwork(gateway.Network)
	}
	if !n.External {
		return badRouter("Network %s is not an external network", n.ID)
	}
	if err := c.dropGateway(r); err != nil {
		return err
	}
	return c.addGateway(r, n, q.now)
}

func (c RouterAPI) addGateway(r *router, n *network, now time.Time) error {
	p := &port{meta: meta{ID: uuid.NewString(), Status: "ACTIVE", Created: now, Updated: now, Revision: 1},
		Network: n.ID, Device: r.ID, Owner: routerGateway, Unsafe: true}
	if err := c.finishPort(p, nil, false); err != nil {
		return err
	}
	c.ports.put(p)
	r.External, r.Addresses = n.ID, p.FixedIPs
	for _, inside := range c.interfaces(r) {
		if err := c.addSNAT(r, inside, now); err != nil {
			return err
		}
	}
	return nil
}

func (c RouterAPI) dropGateway(r *router) error {
	if r.External == "" {
		return nil
	}
	if c.floatingIPs.count("router="+r.ID) > 0 {
		return netFail(http.StatusConflict, "RouterExternalGatewayInUseByFloatingIp", "Gateway cannot be updated for router %s, since a gateway to external network %s is required by one or more floating IPs.", r.ID, r.External)
	}
	for _, p := range c.ports.find("device_id=" + r.ID) {
		if p.Owner == routerGateway {
			c.dropPort(p)
		}
	}
	c.dropSNAT(r, "")
	r.External, r.Addresses = "", nil
	return nil
}

func (c RouterAPI) deleteRouter(_ *request, r *router) error {
	if held := c.interfaces(r); len(held) > 0 {
		ids := make([]string, 0, len(held))
		for _, p := range held {
			ids = append(ids, p.ID)
		}
		return netFail(http.StatusConflict, "RouterInUse", "Router %s has ports still attached: %s", r.ID, strings.Join(ids, ", "))
	}
	if err := c.dropGateway(r); err != nil {
		return err
	}
	c.routers.remove(r.ID)
	return nil
}
