package servers

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/google/uuid"

	"novaflow/internal/devcloud/api"
	"novaflow/internal/devcloud/neutron"
)

func (c builder) planNetworks(q *api.Request, p *plan, in *createRequest) error {
	for _, g := range in.Groups {
		found := c.neutron.SecGroups.Find("project="+q.Token.Project, "name="+g.Name)
		if sg, ok := c.neutron.SecGroups.Get(g.Name); ok && q.Sees(sg.Project) {
			found = []*neutron.SecGroup{sg}
		}
		if len(found) == 0 {
			return api.Fail(http.StatusBadRequest, "Unable to find security_group with name or id '%s'", g.Name)
		}
		if len(found) > 1 {
			return api.Fail(http.StatusConflict,
				"Multiple security groups found matching '%s'. Use an ID to be more specific.", g.Name)
		}
		p.groups = append(p.groups, found[0].ID)
	}
	switch text := strings.Trim(string(in.Networks), `"`); {
	case text == "none":
		return nil
	case text == "auto" || text == "" || text == "null" || bytes.Equal(in.Networks, []byte("[]")):
		return c.planAuto(q, p)
	}
	if err := json.Unmarshal(in.Networks, &p.nets); err != nil {
		return badNetworks(in.Networks)
	}
	made := 0
	for _, n := range p.nets {
		if err := c.checkNet(q, n, in.Networks); err != nil {
			return err
		}
		if n.Port == "" {
			made++
		}
	}
	if c.Exceeds(q.Token.Project, "port", c.neutron.Ports.Count("project="+q.Token.Project), made) && made > 0 {
		return api.Fail(http.StatusForbidden, "Maximum number of ports exceeded")
	}
	return nil
}

func badNetworks(raw json.RawMessage) error {
	return api.Fail(http.StatusBadRequest, "Invalid input for field/attribute networks. Value: %s. %s is not valid "+
		"under any of the given schemas", api.QuotePython(raw), api.QuotePython(raw))
}

// planAuto chooses the project's only network. Without one the server gets no port.
func (c builder) planAuto(q *api.Request, p *plan) error {
	var own []*neutron.Network
	for _, n := range c.neutron.Networks.Find() {
		if !n.External && (n.Shared || n.Project == q.Token.Project) {
			own = append(own, n)
		}
	}
	if len(own) > 1 {
		return api.Fail(http.StatusConflict, "Multiple possible networks found, use a Network ID to be more specific.")
	}
	for _, n := range own {
		p.nets = append(p.nets, networkRequest{UUID: n.ID})
	}
	return nil
}

func (c *Servers) checkNet(q *api.Request, n networkRequest, raw json.RawMessage) error {
	if n.Port != "" {
		port, ok := c.neutron.Ports.Get(n.Port)
		if !ok || !port.Visible(c.neutron, q) {
			return api.Fail(http.StatusBadRequest, "Port id %s could not be found.", n.Port)
		}
		if port.Device != "" {
			return api.Fail(http.StatusConflict, "Port %s is still in use.", n.Port)
		}
		return nil
	}
	if _, err := uuid.Parse(n.UUID); err != nil {
		return badNetworks(raw)
	}
	net, ok := c.neutron.Networks.Get(n.UUID)
	if !ok || !net.Visible(c.neutron, q) {
		return api.Fail(http.StatusBadRequest, "Network %s could not be found.", n.UUID)
	}
	if net.External && !net.Shared && !q.Sees(net.Project) {
		return api.Fail(http.StatusForbidden, "It is not allowed to create an interface on external network %s", n.UUID)
	}
	if c.neutron.Subnets.Count("network_id="+net.ID) == 0 {
		return api.Fail(http.StatusBadRequest, "Network %s requires a subnet in order to boot instances on.", n.UUID)
	}
	return nil
}
