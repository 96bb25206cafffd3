package activities

import (
	"context"
	"fmt"

	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/security/groups"

	"novaflow/saga"
)

// SecurityGroupAction makes a security group and takes it away.
var SecurityGroupAction = saga.Do((*neutronActivities)(nil).CreateSecurityGroup).UndoneBy((*neutronActivities)(nil).DeleteSecurityGroup).With(submit).UndoWith(untilGone)

// CreateSecurityGroupInput says what group to make. Neutron gives a new group
// two rules that let everything out.
type CreateSecurityGroupInput struct {
	Cloud string `json:"cloud"`
	Name  string `json:"name"`
}

// SecurityGroup is a neutron security group.
type SecurityGroup struct{ OwnedObject }

// Its description carries the mark.
var securityGroupResource = resource[SecurityGroup]{
	kind: KindSecurityGroup, service: Neutron,
	find: findSecurityGroups,
	get: func(ctx context.Context, c *client, id string) (SecurityGroup, error) {
		g, err := groups.Get(ctx, c.network, id).Extract()
		return toSecurityGroup(c, g), err
	},
	remove: func(ctx context.Context, c *client, v SecurityGroup) error {
		return groups.Delete(ctx, c.network, v.ID).ExtractErr()
	},
}

// CreateSecurityGroup makes a group, or adopts the one with the mark.
func (a *neutronActivities) CreateSecurityGroup(ctx context.Context, in saga.Intent[CreateSecurityGroupInput]) (SecurityGroup, error) {
	return forward(ctx, a.Clouds, in.In.Cloud, func(ctx context.Context, c *client) (SecurityGroup, error) {
		what := fmt.Sprintf("create security group %q", in.In.Name)
		return securityGroupResource.ensure(ctx, c, what, in.Mark, func(ctx context.Context) (SecurityGroup, error) {
			g, err := groups.Create(ctx, c.network, groups.CreateOpts{Name: in.In.Name, Description: string(in.Mark)}).Extract()
			return toSecurityGroup(c, g), err
		})
	})
}

// DeleteSecurityGroup makes sure that the group is absent. Its rules go with
// it. While a port uses it, neutron refuses, and that is waited out.
func (a *neutronActivities) DeleteSecurityGroup(ctx context.Context, u saga.Undo[CreateSecurityGroupInput, SecurityGroup]) error {
	return backward(ctx, a.Clouds, u.In.Cloud, func(ctx context.Context, c *client) error {
		return securityGroupResource.absent(ctx, c, idOf(u.Out), u.Mark)
	})
}

func findSecurityGroups(ctx context.Context, c *client, m saga.Mark) ([]SecurityGroup, error) {
	all, err := allSecurityGroups(ctx, c, string(m))
	return withMark(m, all), err
}

// allSecurityGroups lists the groups of the project, those with a description if
// one is given.
func allSecurityGroups(ctx context.Context, c *client, description string) ([]SecurityGroup, error) {
	pages, err := groups.List(c.network, groups.ListOpts{Description: description, ProjectID: c.project}).AllPages(ctx)
	if err != nil {
		return nil, err
	}
	all, err := groups.ExtractGroups(pages)
	var found []SecurityGroup
	for _, g := range all {
		found = append(found, toSecurityGroup(c, &g))
	}
	return found, err
}

func toSecurityGroup(c *client, g *groups.SecGroup) SecurityGroup {
	if g == nil {
		return SecurityGroup{}
	}
	return SecurityGroup{OwnedObject{Cloud: c.name, Kind: KindSecurityGroup, ID: g.ID, Name: g.Name, Mark: markIn(g.Description), Text: textIn(g.Description), Created: g.CreatedAt, Project: g.ProjectID}}
}

// RemoveSecurityGroupAction removes a security group that a run of the past made.
var RemoveSecurityGroupAction = saga.Do((*neutronActivities)(nil).RemoveSecurityGroup).NoUndo(removed).With(untilGone)

// RemoveSecurityGroup does for a security group what RemoveServer does for a
// server. Its rules go with it.
func (a *neutronActivities) RemoveSecurityGroup(ctx context.Context, in saga.Intent[OwnedObject]) (Removed, error) {
	return remove(ctx, a.Clouds, securityGroupResource, in.In)
}
