package servers

import (
	"net/http"

	"novaflow/internal/devcloud/api"
	"novaflow/internal/devcloud/neutron"
)

func (c partAPI) serverGroupsOf(q *api.Request) (any, error) {
	s, err := c.OwnServer(q)
	if err != nil {
		return nil, err
	}
	items := []obj{}
	for _, n := range c.groupNames(s) {
		for _, g := range c.neutron.SecGroups.Find("project="+s.Project, "name="+n["name"].(string)) {
			items = append(items, c.oldGroup(g))
		}
	}
	return obj{"security_groups": items}, nil
}

// listOldGroups serves nova's own list of neutron's groups, which ends with microversion
// 2.36.
func (c partAPI) listOldGroups(q *api.Request) (any, error) {
	if q.Minor >= 36 {
		return nil, api.Fail(http.StatusNotFound, "The resource could not be found.")
	}
	items := []obj{}
	for _, g := range api.Listed(q, c.neutron.SecGroups.Find("project="+q.Token.Project)) {
		items = append(items, c.oldGroup(g))
	}
	return obj{"security_groups": items}, nil
}

func (c partAPI) oldGroup(g *neutron.SecGroup) obj {
	return obj{"id": g.ID, "name": g.Name, "description": g.Description, "tenant_id": g.Project, "rules": c.oldRules(g)}
}

// oldRules renders the incoming rules of a group as nova showed its own.
func (c partAPI) oldRules(g *neutron.SecGroup) []obj {
	rules := []obj{}
	for _, r := range c.neutron.SecRules.Find("group=" + g.ID) {
		if r.Direction != "ingress" {
			continue
		}
		v := obj{"id": r.ID, "parent_group_id": g.ID, "ip_protocol": api.OrNull(r.Protocol), "from_port": r.Min,
			"to_port": r.Max, "group": obj{}, "ip_range": obj{}}
		if from, ok := c.neutron.SecGroups.Get(r.RemoteGroup); ok {
			v["group"] = obj{"name": from.Name, "tenant_id": from.Project}
		} else if r.CIDR != "" {
			v["ip_range"] = obj{"cidr": r.CIDR}
		}
		rules = append(rules, v)
	}
	return rules
}
