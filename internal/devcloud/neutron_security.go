package devcloud

import (
	"cmp"
	"net/http"
	"net/netip"
	"slices"
	"time"

	"github.com/google/uuid"
)

type secGroup struct {
	meta
	Stateless bool `json:"stateless,omitempty"`
}

func (g *secGroup) keys() []string { return netKeys(&g.meta) }

func (g *secGroup) visible(_ *Neutron, q *request) bool { return q.sees(g.Project) }

func (g *secGroup) view(c *Neutron, q *request) obj {
	v := netView(&g.meta)
	rules := c.secRules.find("group=" + g.ID)
	slices.SortFunc(rules, func(a, b *secRule) int { return cmp.Compare(a.ID, b.ID) })
	views := make([]obj, 0, len(rules))
	for _, r := range rules {
		x := r.view(c, q)
		x["tags"] = []string{}
		views = append(views, x)
	}
	v["stateful"], v["shared"], v["security_group_rules"] = !g.Stateless, false, views
	return v
}

type secRule struct {
	meta
	Group       string `json:"group"`
	Direction   string `json:"direction"`
	EtherType   string `json:"ethertype"`
	Protocol    string `json:"protocol,omitempty"`
	Min         *int   `json:"min,omitempty"`
	Max         *int   `json:"max,omitempty"`
	CIDR        string `json:"cidr,omitempty"`
	RemoteGroup string `json:"remote_group,omitempty"`
	Given       bool   `json:"given,omitempty"` // made by a user, not with its group
}

func (r *secRule) keys() []string { return append(netKeys(&r.meta), "group="+r.Group) }

func (r *secRule) visible(_ *Neutron, q *request) bool { return q.sees(r.Project) }

func (r *secRule) view(*Neutron, *request) obj {
	v := netView(&r.meta)
	delete(v, "name")
	delete(v, "tags")
	v["security_group_id"], v["direction"], v["ethertype"], v["protocol"] = r.Group, r.Direction, r.EtherType, orNull(r.Protocol)
	v["port_range_min"], v["port_range_max"], v["remote_group_id"] = r.Min, r.Max, orNull(r.RemoteGroup)
	v["remote_ip_prefix"], v["normalized_cidr"], v["remote_address_group_id"] = orNull(r.CIDR), orNull(r.CIDR), nil
	if !r.Given {
		v["description"] = nil
	}
	return v
}

func (c *Neutron) secGroupRoutes() []route {
	groups := collection[*secGroup]{c: c, one: "security_group", many: "security_groups", path: "security-groups", table: c.secGroups, missing: noSecGroup,
		quota: "security_group", create: c.createSecGroup, update: c.updateSecGroup, remove: c.deleteSecGroup}
	rules := collection[*secRule]{c: c, one: "security_group_rule", many: "security_group_rules", path: "security-group-rules", table: c.secRules, missing: noSecRule,
		quota: "security_group_rule", create: c.createSecRule, update: func(*request, *secRule, *fields) error { return nil },
		remove: func(_ *request, r *secRule) error { c.secRules.remove(r.ID); return nil }}
	return append(groups.routes(), rules.routes()...)
}

func noSecGroup(id string) error {
	return netFail(http.StatusNotFound, "SecurityGroupNotFound", "Security group %s does not exist", id)
}

func noSecRule(id string) error {
	return netFail(http.StatusNotFound, "SecurityGroupRuleNotFound", "Security group rule %s does not exist", id)
}

// addRules gives a new group the rules that it starts with.
func (c *Neutron) addRules(g *secGroup, now time.Time) {
	for _, kind := range []string{"IPv4", "IPv6"} {
		rule := func(direction, remote string) {
			c.secRules.put(&secRule{meta: meta{ID: uuid.NewString(), Project: g.Project, Created: now, Updated: now},
				Group: g.ID, Direction: direction, EtherType: kind, RemoteGroup: remote})
		}
		rule("egress", "")
		if g.Name == "default" {
			rule("ingress", g.ID)
		}
	}
}

// defaultGroup is the project's group "default", made at the first need.
func (c *Neutron) defaultGroup(project string, now time.Time) *secGroup {
	if found := c.secGroups.find("project="+project, "name=default"); len(found) > 0 {
		return found[0]
	}
	g := &secGroup{meta: meta{ID: uuid.NewString(), Name: "default", Project: project, Description: "Default security group", Created: now, Updated: now, Revision: 1}}
	c.secGroups.put(g)
	c.addRules(g, now)
	return g
}

func (c *Neutron) createSecGroup(q *request, in *fields) (*secGroup, error) {
	g := &secGroup{meta: newMeta(q, in)}
	stateful := true
	in.read("stateful", &stateful)
	g.Stateless = !stateful
	if err := in.done("tags"); err != nil {
		return nil, err
	}
	if g.Name == "default" {
		return nil, netFail(http.StatusConflict, "SecurityGroupDefaultAlreadyExists", "Default security group already exists.")
	}
	c.addRules(g, q.now)
	return g, nil
}

func (c *Neutron) updateSecGroup(_ *request, g *secGroup, in *fields) error {
	stateful := !g.Stateless
	in.read("stateful", &stateful)
	g.Stateless = !stateful
	return in.done()
}

func (c *Neutron) deleteSecGroup(q *request, g *secGroup) error {
	if g.Name == "default" && !q.tok.Admin {
		return netFail(http.StatusConflict, "SecurityGroupCannotRemoveDefault", "Insufficient rights for removing default security group.")
	}
	if c.ports.count("group="+g.ID) > 0 {
		return netFail(http.StatusConflict, "SecurityGroupInUse", "Security Group %s in use.", g.ID)
	}
	for _, r := range c.secRules.find("group=" + g.ID) {
		c.secRules.remove(r.ID)
	}
	c.secGroups.remove(g.ID)
	return nil
}

func (c *Neutron) createSecRule(q *request, in *fields) (*secRule, error) {
	r := &secRule{meta: newMeta(q, in), EtherType: "IPv4", Given: true}
	r.Name, r.Revision = "", 0
	if err := in.need("security_group_id", &r.Group); err != nil {
		return nil, err
	}
	g, ok := c.secGroups.get(r.Group)
	if !ok || !q.sees(g.Project) {
		return nil, noSecGroup(r.Group)
	}
	in.text("direction", &r.Direction)
	in.text("ethertype", &r.EtherType)
	in.text("protocol", &r.Protocol)
	in.read("port_range_min", &r.Min)
	in.read("port_range_max", &r.Max)
	in.text("remote_ip_prefix", &r.CIDR)
	in.text("remote_group_id", &r.RemoteGroup)
	if err := in.done("remote_address_group_id"); err != nil {
		return nil, err
	}
	if r.Direction != "ingress" && r.Direction != "egress" {
		return nil, netFail(http.StatusBadRequest, "HTTPBadRequest", "Invalid input for direction. Reason: '%s' is not in ['ingress', 'egress'].", r.Direction)
	}
	if err := r.checkFamily(); err != nil {
		return nil, err
	}
	for _, old := range c.secRules.find("group=" + r.Group) {
		if old.same(r) {
			return nil, netFail(http.StatusConflict, "SecurityGroupRuleExists", "Security group rule already exists. Rule id is %s.", old.ID)
		}
	}
	g.touch(q.now)
	c.secGroups.put(g)
	return r, nil
}

// checkFamily refuses a range of addresses of the other IP version, and gives
// ICMP the name that it has on IPv6.
func (r *secRule) checkFamily() error {
	if from, err := netip.ParsePrefix(r.CIDR); err == nil && from.Addr().Is6() != (r.EtherType == "IPv6") {
		return netFail(http.StatusBadRequest, "SecurityGroupRuleParameterConflict", "Conflicting value ethertype %s for CIDR %s", r.EtherType, r.CIDR)
	}
	if r.EtherType == "IPv6" && (r.Protocol == "icmp" || r.Protocol == "icmpv6") {
		r.Protocol = "ipv6-icmp"
	}
	return nil
}

func (r *secRule) same(o *secRule) bool {
	eq := func(a, b *int) bool { return a == nil && b == nil || a != nil && b != nil && *a == *b }
	return r.Direction == o.Direction && r.EtherType == o.EtherType && r.Protocol == o.Protocol && r.CIDR == o.CIDR &&
		r.RemoteGroup == o.RemoteGroup && eq(r.Min, o.Min) && eq(r.Max, o.Max)
}
