package spec

import (
	"fmt"

	"novaflow/activities/neutron"
	"novaflow/saga"
)

// AddSecurityGroup adds a security group with rules, after a dependency. The ref is to
// the id of the group, once it has all its rules.
func AddSecurityGroup(f *saga.Flow, cloud, name string, rules []Rule, after saga.Dependency) saga.Ref[string] {
	group := saga.Add(f, "security-group", neutron.SecurityGroupAction,
		saga.Value(neutron.CreateSecurityGroupInput{Cloud: cloud, Name: name}), saga.After(after))
	ids := []saga.Ref[string]{saga.From(group, neutron.SecurityGroup.ResourceID)}
	for i, rule := range rules {
		in := saga.From(group, func(g neutron.SecurityGroup) neutron.CreateSecurityGroupRuleInput {
			return neutron.CreateSecurityGroupRuleInput{
				Cloud: cloud, SecurityGroupID: g.ID, EtherType: rule.etherType(),
				Protocol: rule.Protocol, PortMin: rule.Port, PortMax: rule.Port, RemoteCIDR: rule.From,
			}
		})
		added := saga.Add(f, fmt.Sprintf("security-group-rule-%d", i),
			neutron.SecurityGroupRuleAction, in, saga.Summary("admit "+rule.String()))
		ids = append(ids, saga.From(added, func(r neutron.SecurityGroupRule) string { return r.SecurityGroupID }))
	}
	return saga.From(saga.Collect(ids), func(ids []string) string { return ids[0] })
}
