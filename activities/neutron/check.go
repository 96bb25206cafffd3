package neutron

import (
	"context"
	"net/netip"
	"strings"

	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/precheck"
	"novaflow/activities/internal/resource"
	"novaflow/activities/internal/task"
	"novaflow/saga"
)

// CheckNetworkAction looks everything up that a network needs.
var CheckNetworkAction = saga.Read((*Activities)(nil).CheckNetwork).With(task.CheckOptions)

// NetworkQuery says what a network is to be created from. Names may be ids.
type NetworkQuery struct {
	Cloud string `json:"cloud"`
	// the run that asks; its own network of the same name does not count
	Run        string   `json:"run,omitempty"`
	Name       string   `json:"name"`
	CIDRs      []string `json:"cidrs,omitempty"`      // of the subnets
	Interfaces int      `json:"interfaces,omitempty"` // how many ports the router gets on the network
	NewRouter  bool     `json:"newRouter,omitempty"`  // one is to be created
	Router     string   `json:"router,omitempty"`     // one that exists and is to serve the network; "": none
	// for the new router's gateway; "": none; AutoNetwork: the only one
	ExternalNetwork string `json:"externalNetwork,omitempty"`
	SecurityGroup   bool   `json:"securityGroup,omitempty"` // a new one is wanted
	Rules           int    `json:"rules,omitempty"`         // to be created in it
}

// NetworkPlan is what the names stand for.
type NetworkPlan struct {
	RouterID        string     `json:"routerId,omitempty"` // of the router that exists
	ExternalNetwork NetworkRef `json:"externalNetwork,omitzero"`
}

// CheckNetwork looks everything up that the request names, before the first
// effect. If anything is wrong it returns one terminal error of type
// InvalidRequest with every problem on a line of its own.
func (a *Activities) CheckNetwork(ctx context.Context, q NetworkQuery) (NetworkPlan, error) {
	return task.Forward(ctx, a.Clouds, q.Cloud, func(ctx context.Context, c *cloud.Client) (NetworkPlan, error) {
		f, err := gatherNetwork(ctx, c, q)
		if err != nil {
			return NetworkPlan{}, err
		}
		plan, problems := f.plan(q)
		if len(problems) > 0 {
			return NetworkPlan{}, cloud.Invalid("network %q cannot be created on cloud %q:\n- %s", q.Name, q.Cloud,
				strings.Join(problems, "\n- "))
		}
		return plan, nil
	})
}

// networkPlanner turns facts into a plan and collects the problems.
type networkPlanner struct {
	precheck.Problems
	facts networkFacts
	q     NetworkQuery
	out   NetworkPlan
}

// plan decides, from facts alone, what the names of the query stand for and what
// is wrong with it.
func (f networkFacts) plan(q NetworkQuery) (NetworkPlan, []string) {
	p := &networkPlanner{facts: f, q: q}
	p.namesake()
	p.existingRouter()
	p.gateway()
	p.ranges()
	p.CheckQuota(f.quotas, q.needs())
	return p.out, p.List()
}

func (p *networkPlanner) namesake() {
	for _, n := range p.facts.namesakes {
		if run := n.Mark.Run(); run != "" && run != p.q.Run {
			p.Add(
				"network %q exists already (%s, created by run %s): choose another name, or delete that network first",
				n.Name, n.ID, run)
		}
	}
}

func (p *networkPlanner) existingRouter() {
	if p.q.Router == "" {
		return
	}
	if r := precheck.Choose(&p.Problems, "router", p.q.Router, p.facts.routers,
		func(r Router) (string, string) { return r.ID, r.Name }); r != nil {
		p.out.RouterID = r.ID
	}
}

// gateway finds the external network. One that exists and is not external is
// told apart from one that does not exist.
func (p *networkPlanner) gateway() {
	wanted := p.q.ExternalNetwork
	is := func(n VisibleNetwork) bool { return n.ID == wanted || n.Name == wanted }
	for _, n := range p.facts.networks {
		if !n.External && is(n) && !hasExternal(p.facts.networks, is) {
			p.Add("network %q (%s) is not external, so no gateway can lead there%s", n.Name, n.ID,
				precheck.Advise("", externalNames(p.facts.networks)))
			return
		}
	}
	p.out.ExternalNetwork = ChooseExternalNetwork(&p.Problems, p.facts.networks, wanted, "a gateway")
}

func hasExternal(all []VisibleNetwork, is func(VisibleNetwork) bool) bool {
	for _, n := range all {
		if n.External && is(n) {
			return true
		}
	}
	return false
}

func externalNames(all []VisibleNetwork) (names []string) {
	for _, n := range all {
		if n.External {
			names = append(names, n.Name)
		}
	}
	return names
}

// ranges compares the new subnets with those that the router serves or will lead
// to: neutron refuses two with the same addresses on one router.
func (p *networkPlanner) ranges() {
	if p.q.Interfaces == 0 {
		return
	}
	for _, cidr := range p.q.CIDRs {
		asked, err := netip.ParsePrefix(cidr)
		if err != nil {
			p.Add("%q is no range of addresses in CIDR form", cidr)
			continue
		}
		for _, s := range p.facts.subnets {
			there, err := netip.ParsePrefix(s.CIDR)
			served := p.facts.served[s.ID] || p.out.ExternalNetwork.ID != "" && s.NetworkID == p.out.ExternalNetwork.ID
			if err == nil && served && there.Overlaps(asked) {
				p.Add("subnet %s overlaps with %s of %s, which the router serves too: choose another range", asked,
					there, resource.Describe(resource.KindSubnet, s.Name, s.ID))
			}
		}
		p.outside(asked)
	}
}

// outside compares a new subnet with the addresses that the existing router has on
// its external network, whose subnets are not shown to everybody.
func (p *networkPlanner) outside(asked netip.Prefix) {
	for _, r := range p.facts.routers {
		for _, text := range r.ExternalIPs {
			ip, err := netip.ParseAddr(text)
			if r.ID == p.out.RouterID && err == nil && asked.Contains(ip) {
				p.Add("subnet %s overlaps with the external network of %s, which has address %s there: choose "+
					"another range", asked, resource.Describe(resource.KindRouter, r.Name, r.ID), ip)
			}
		}
	}
}

// needs counts what the request takes of each line of the quotas.
func (q NetworkQuery) needs() map[string]int {
	n := map[string]int{"network": 1, "subnet": len(q.CIDRs), "port": q.Interfaces}
	if q.NewRouter {
		n["router"] = 1
	}
	if q.SecurityGroup {
		n["security_group"], n["security_group_rule"] = 1, q.Rules+DefaultRules
	}
	return n
}
