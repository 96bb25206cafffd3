package neutron

import (
	"cmp"
	"maps"
	"net/http"
	"net/netip"
	"slices"
	"time"

	"github.com/google/uuid"

	"novaflow/internal/devcloud/api"
	"novaflow/internal/devcloud/store"
)

type SecGroup struct {
	store.Meta
	Stateless bool `json:"stateless,omitempty"`
}

// Keys implements store.Object.
func (g *SecGroup) Keys() []string { return baseKeys(&g.Meta) }

// Visible reports whether the caller may see it.
func (g *SecGroup) Visible(_ *Neutron, q *api.Request) bool { return q.Sees(g.Project) }

func (g *SecGroup) view(c *Neutron, q *api.Request) obj {
	v := baseView(&g.Meta)
	rules := c.SecRules.Find("group=" + g.ID)
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
	store.Meta
	Group       string `json:"group"`
	Direction   string `json:"direction"`
	EtherType   string `json:"ethertype"`
	Protocol    string `json:"protocol,omitempty"`
	Min         *int   `json:"min,omitempty"`
	Max         *int   `json:"max,omitempty"`
	CIDR        string `json:"cidr,omitempty"`
	RemoteGroup string `json:"remote_group,omitempty"`
	Given       bool   `json:"given,omitempty"` // created by a user, not with its group
}

// Keys implements store.Object.
func (r *secRule) Keys() []string { return append(baseKeys(&r.Meta), "group="+r.Group) }

// Visible reports whether the caller may see it.
func (r *secRule) Visible(_ *Neutron, q *api.Request) bool { return q.Sees(r.Project) }

func (r *secRule) view(*Neutron, *api.Request) obj {
	v := baseView(&r.Meta)
	delete(v, "name")
	delete(v, "tags")
	maps.Copy(v, obj{
		"security_group_id": r.Group, "direction": r.Direction, "ethertype": r.EtherType,
		"protocol": api.OrNull(r.Protocol), "port_range_min": r.Min, "port_range_max": r.Max,
		"remote_group_id": api.OrNull(r.RemoteGroup), "remote_ip_prefix": api.OrNull(r.CIDR),
		"normalized_cidr": api.OrNull(r.CIDR), "remote_address_group_id": nil,
	})
	if !r.Given {
		v["description"] = nil
	}
	return v
}

func (c *Neutron) secGroupRoutes() []api.Route {
	groups := collection[*SecGroup]{c: c, one: "security_group", many: "security_groups", path: "security-groups",
		table: c.SecGroups, missing: noSecGroup, quota: "security_group", create: c.createSecGroup,
		update: c.updateSecGroup, remove: c.deleteSecGroup}
	rules := collection[*secRule]{c: c, one: "security_group_rule", many: "security_group_rules",
		path: "security-group-rules", table: c.SecRules, missing: noSecRule, quota: "security_group_rule",
		create: c.createSecRule, update: func(*api.Request, *secRule, *fields) error { return nil },
		remove: func(_ *api.Request, r *secRule) error { c.SecRules.Remove(r.ID); return nil }}
	return append(groups.routes(), rules.routes()...)
}

func noSecGroup(id string) error {
	return notFound("SecurityGroupNotFound", "Security group %s does not exist", id)
}

func noSecRule(id string) error {
	return notFound("SecurityGroupRuleNotFound", "Security group rule %s does not exist", id)
}

// AddDefaultRules creates the rules that a new group starts with.
func (c *Neutron) AddDefaultRules(g *SecGroup, now time.Time) {
	for _, kind := range []string{"IPv4", "IPv6"} {
		rule := func(direction, remote string) {
			c.SecRules.Put(&secRule{Meta: store.Meta{ID: uuid.NewString(), Project: g.Project, Created: now,
				Updated: now},
				Group: g.ID, Direction: direction, EtherType: kind, RemoteGroup: remote})
		}
		rule("egress", "")
		if g.Name == "default" {
			rule("ingress", g.ID)
		}
	}
}

// DefaultGroup returns the project's group "default". It creates the group at the first
// need.
func (c *Neutron) DefaultGroup(project string, now time.Time) *SecGroup {
	if found := c.SecGroups.Find("project="+project, "name=default"); len(found) > 0 {
		return found[0]
	}
	g := &SecGroup{Meta: store.Meta{ID: uuid.NewString(), Name: "default", Project: project,
		Description: "Default security group", Created: now, Updated: now, Revision: 1}}
	c.SecGroups.Put(g)
	c.AddDefaultRules(g, now)
	return g
}

func (c *Neutron) createSecGroup(q *api.Request, in *fields) (*SecGroup, error) {
	g := &SecGroup{Meta: newMeta(q, in)}
	stateful := true
	in.read("stateful", &stateful)
	g.Stateless = !stateful
	if err := in.checkUnknown("tags"); err != nil {
		return nil, err
	}
	if g.Name == "default" {
		return nil, conflict("SecurityGroupDefaultAlreadyExists", "Default security group already exists.")
	}
	c.AddDefaultRules(g, q.Now)
	return g, nil
}

func (c *Neutron) updateSecGroup(_ *api.Request, g *SecGroup, in *fields) error {
	stateful := !g.Stateless
	in.read("stateful", &stateful)
	g.Stateless = !stateful
	return in.checkUnknown()
}

func (c *Neutron) deleteSecGroup(q *api.Request, g *SecGroup) error {
	if g.Name == "default" && !q.Token.Admin {
		return conflict("SecurityGroupCannotRemoveDefault", "Insufficient rights for removing default security group.")
	}
	if c.Ports.Count("group="+g.ID) > 0 {
		return conflict("SecurityGroupInUse", "Security Group %s in use.", g.ID)
	}
	for _, r := range c.SecRules.Find("group=" + g.ID) {
		c.SecRules.Remove(r.ID)
	}
	c.SecGroups.Remove(g.ID)
	return nil
}

func (c *Neutron) createSecRule(q *api.Request, in *fields) (*secRule, error) {
	r := &secRule{Meta: newMeta(q, in), EtherType: "IPv4", Given: true}
	r.Name, r.Revision = "", 0
	if err := in.requireID("security_group_id", &r.Group); err != nil {
		return nil, err
	}
	g, ok := c.SecGroups.Get(r.Group)
	if !ok || !q.Sees(g.Project) {
		return nil, noSecGroup(r.Group)
	}
	in.text("direction", &r.Direction)
	in.text("ethertype", &r.EtherType)
	in.text("protocol", &r.Protocol)
	in.read("port_range_min", &r.Min)
	in.read("port_range_max", &r.Max)
	in.text("remote_ip_prefix", &r.CIDR)
	in.text("remote_group_id", &r.RemoteGroup)
	if err := in.checkUnknown("remote_address_group_id"); err != nil {
		return nil, err
	}
	if r.Direction != "ingress" && r.Direction != "egress" {
		return nil, badRequest("Invalid input for direction. Reason: '%s' is not in ['ingress', 'egress'].",
			r.Direction)
	}
	if err := r.checkFamily(); err != nil {
		return nil, err
	}
	for _, old := range c.SecRules.Find("group=" + r.Group) {
		if old.same(r) {
			return nil, conflict("SecurityGroupRuleExists", "Security group rule already exists. Rule id is %s.",
				old.ID)
		}
	}
	g.Touch(q.Now)
	c.SecGroups.Put(g)
	return r, nil
}

// checkFamily refuses a range of addresses of the other IP version, and gives ICMP its
// name on IPv6.
func (r *secRule) checkFamily() error {
	if from, err := netip.ParsePrefix(r.CIDR); err == nil && from.Addr().Is6() != (r.EtherType == "IPv6") {
		return api.NetFail(http.StatusBadRequest, "SecurityGroupRuleParameterConflict",
			"Conflicting value ethertype %s for CIDR %s", r.EtherType, r.CIDR)
	}
	if r.EtherType == "IPv6" && (r.Protocol == "icmp" || r.Protocol == "icmpv6") {
		r.Protocol = "ipv6-icmp"
	}
	return nil
}

// same reports whether two rules of a group do the same.
func (r *secRule) same(o *secRule) bool {
	eq := func(a, b *int) bool { return a == nil && b == nil || a != nil && b != nil && *a == *b }
	return r.Direction == o.Direction && r.EtherType == o.EtherType && r.Protocol == o.Protocol && r.CIDR == o.CIDR &&
		r.RemoteGroup == o.RemoteGroup && eq(r.Min, o.Min) && eq(r.Max, o.Max)
}
