package neutron

import (
	"context"
	"fmt"
	"strings"

	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/security/rules"

	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/resource"
	"novaflow/activities/internal/task"
	"novaflow/saga"
)

// SecurityGroupRuleAction creates a rule and deletes it.
var SecurityGroupRuleAction = saga.Do((*Activities)(nil).CreateSecurityGroupRule).
	UndoneBy((*Activities)(nil).DeleteSecurityGroupRule).With(task.SubmitOptions).UndoWith(task.DeleteOptions)

// CreateSecurityGroupRuleInput says what traffic a group lets through.
type CreateSecurityGroupRuleInput struct {
	Cloud           string `json:"cloud"`
	SecurityGroupID string `json:"securityGroupId"`
	Direction       string `json:"direction,omitempty"` // ingress (default) or egress
	EtherType       string `json:"etherType,omitempty"` // IPv4 (default) or IPv6
	Protocol        string `json:"protocol,omitempty"`  // tcp, udp, icmp, ...; "": any
	PortMin         int    `json:"portMin,omitempty"`   // first port; for icmp the type
	PortMax         int    `json:"portMax,omitempty"`   // last port; for icmp the code
	RemoteCIDR      string `json:"remoteCidr,omitempty"`
}

// SecurityGroupRule is a rule of a neutron security group.
type SecurityGroupRule struct {
	resource.OwnedObject
	SecurityGroupID string `json:"securityGroupId"`
}

// Its description carries the mark.
var securityGroupRules = resource.Kind[SecurityGroupRule]{
	Name: resource.KindSecurityGroupRule, Service: cloud.Neutron,
	List: findSecurityGroupRules,
	Show: func(ctx context.Context, c *cloud.Client, id string) (SecurityGroupRule, error) {
		r, err := rules.Get(ctx, c.Network, id).Extract()
		return toSecurityGroupRule(c, r), err
	},
	Delete: func(ctx context.Context, c *cloud.Client, v SecurityGroupRule) error {
		return rules.Delete(ctx, c.Network, v.ID).ExtractErr()
	},
}

// CreateSecurityGroupRule creates a rule, or adopts the one with the mark.
func (a *Activities) CreateSecurityGroupRule(ctx context.Context,
	in saga.Intent[CreateSecurityGroupRuleInput]) (SecurityGroupRule, error) {
	return task.Forward(ctx, a.Clouds, in.In.Cloud,
		func(ctx context.Context, c *cloud.Client) (SecurityGroupRule, error) {
			what := fmt.Sprintf("create rule %q in security group %s", in.In, in.In.SecurityGroupID)
			return securityGroupRules.Ensure(ctx, c, what, in.Mark,
				func(ctx context.Context) (SecurityGroupRule, error) {
					r, err := rules.Create(ctx, c.Network, ruleOptions(in.In, in.Mark)).Extract()
					return toSecurityGroupRule(c, r), err
				})
		})
}

// DeleteSecurityGroupRule makes sure that the rule is absent. Its mark cannot be taken
// away, so the mark of its group counts: a rule of a released group is left alone.
func (a *Activities) DeleteSecurityGroupRule(ctx context.Context,
	u saga.Undo[CreateSecurityGroupRuleInput, SecurityGroupRule]) error {
	return task.Backward(ctx, a.Clouds, u.In.Cloud, func(ctx context.Context, c *cloud.Client) error {
		g, err := SecurityGroups.Get(ctx, c, u.In.SecurityGroupID)
		if err != nil || g.Mark.Run() != u.Mark.Run() {
			return cloud.IgnoreGone(err)
		}
		return securityGroupRules.DeleteMarked(ctx, c, resource.IDOf(u.Out), u.Mark)
	})
}

// String says what the rule lets through, such as ingress IPv4 tcp 22-22.
func (in CreateSecurityGroupRuleInput) String() string {
	in = in.withDefaults()
	words := []string{in.Direction, in.EtherType}
	if in.Protocol != "" {
		words = append(words, in.Protocol)
	}
	if in.PortMin != 0 || in.PortMax != 0 {
		words = append(words, fmt.Sprintf("%d-%d", in.PortMin, in.PortMax))
	}
	if in.RemoteCIDR != "" {
		words = append(words, in.RemoteCIDR)
	}
	return strings.Join(words, " ")
}

func (in CreateSecurityGroupRuleInput) withDefaults() CreateSecurityGroupRuleInput {
	if in.Direction == "" {
		in.Direction = string(rules.DirIngress)
	}
	if in.EtherType == "" {
		in.EtherType = string(rules.EtherType4)
	}
	return in
}

func ruleOptions(in CreateSecurityGroupRuleInput, m saga.Mark) rules.CreateOpts {
	in = in.withDefaults()
	return rules.CreateOpts{
		SecGroupID: in.SecurityGroupID, Description: string(m),
		Direction: rules.RuleDirection(in.Direction), EtherType: rules.RuleEtherType(in.EtherType),
		Protocol: rules.RuleProtocol(in.Protocol), PortRangeMin: in.PortMin, PortRangeMax: in.PortMax,
		RemoteIPPrefix: in.RemoteCIDR,
	}
}

func findSecurityGroupRules(ctx context.Context, c *cloud.Client, m saga.Mark) ([]SecurityGroupRule, error) {
	pages, err := rules.List(c.Network, rules.ListOpts{Description: string(m), ProjectID: c.Project}).AllPages(ctx)
	if err != nil {
		return nil, err
	}
	all, err := rules.ExtractRules(pages)
	var found []SecurityGroupRule
	for _, r := range all {
		found = append(found, toSecurityGroupRule(c, &r))
	}
	return resource.KeepMarked(m, found), err
}

func toSecurityGroupRule(c *cloud.Client, r *rules.SecGroupRule) SecurityGroupRule {
	if r == nil {
		return SecurityGroupRule{}
	}
	return SecurityGroupRule{
		OwnedObject: resource.OwnedObject{Cloud: c.Name, Kind: resource.KindSecurityGroupRule, ID: r.ID,
			Mark: resource.ParseMark(r.Description)},
		SecurityGroupID: r.SecGroupID,
	}
}
