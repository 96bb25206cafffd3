package neutron

import (
	"context"
	"fmt"

	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/security/groups"

	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/resource"
	"novaflow/activities/internal/task"
	"novaflow/saga"
)

// SecurityGroupAction creates a security group and deletes it.
var SecurityGroupAction = saga.Do((*Activities)(nil).CreateSecurityGroup).
	UndoneBy((*Activities)(nil).DeleteSecurityGroup).With(task.SubmitOptions).UndoWith(task.DeleteOptions)

// CreateSecurityGroupInput says what group to create. Neutron gives a new group
// two rules that let everything out.
type CreateSecurityGroupInput struct {
	Cloud string `json:"cloud"`
	Name  string `json:"name"`
}

// SecurityGroup is a neutron security group.
type SecurityGroup struct{ resource.OwnedObject }

// Its description carries the mark.
var SecurityGroups = resource.Kind[SecurityGroup]{
	Name: resource.KindSecurityGroup, Service: cloud.Neutron,
	List: findSecurityGroups,
	Show: func(ctx context.Context, c *cloud.Client, id string) (SecurityGroup, error) {
		g, err := groups.Get(ctx, c.Network, id).Extract()
		return ToSecurityGroup(c, g), err
	},
	Delete: func(ctx context.Context, c *cloud.Client, v SecurityGroup) error {
		return groups.Delete(ctx, c.Network, v.ID).ExtractErr()
	},
}

// CreateSecurityGroup creates a group, or adopts the one with the mark.
func (a *Activities) CreateSecurityGroup(ctx context.Context,
	in saga.Intent[CreateSecurityGroupInput]) (SecurityGroup, error) {
	return task.Forward(ctx, a.Clouds, in.In.Cloud, func(ctx context.Context, c *cloud.Client) (SecurityGroup, error) {
		what := fmt.Sprintf("create security group %q", in.In.Name)
		return SecurityGroups.Ensure(ctx, c, what, in.Mark, func(ctx context.Context) (SecurityGroup, error) {
			g, err := groups.Create(ctx, c.Network, groups.CreateOpts{Name: in.In.Name, Description: string(in.Mark)}).
				Extract()
			return ToSecurityGroup(c, g), err
		})
	})
}

// DeleteSecurityGroup makes sure that the group is absent. Its rules go with
// it. While a port uses it, neutron refuses, and that is waited out.
func (a *Activities) DeleteSecurityGroup(ctx context.Context,
	u saga.Undo[CreateSecurityGroupInput, SecurityGroup]) error {
	return task.Backward(ctx, a.Clouds, u.In.Cloud, func(ctx context.Context, c *cloud.Client) error {
		return SecurityGroups.DeleteMarked(ctx, c, resource.IDOf(u.Out), u.Mark)
	})
}

func findSecurityGroups(ctx context.Context, c *cloud.Client, m saga.Mark) ([]SecurityGroup, error) {
	all, err := allSecurityGroups(ctx, c, string(m))
	return resource.KeepMarked(m, all), err
}

// allSecurityGroups lists the groups of the project, those with a description if
// one is given.
func allSecurityGroups(ctx context.Context, c *cloud.Client, description string) ([]SecurityGroup, error) {
	pages, err := groups.List(c.Network, groups.ListOpts{Description: description, ProjectID: c.Project}).AllPages(ctx)
	if err != nil {
		return nil, err
	}
	all, err := groups.ExtractGroups(pages)
	var found []SecurityGroup
	for _, g := range all {
		found = append(found, ToSecurityGroup(c, &g))
	}
	return found, err
}

func ToSecurityGroup(c *cloud.Client, g *groups.SecGroup) SecurityGroup {
	if g == nil {
		return SecurityGroup{}
	}
	return SecurityGroup{resource.OwnedObject{Cloud: c.Name, Kind: resource.KindSecurityGroup, ID: g.ID, Name: g.Name,
		Mark: resource.ParseMark(g.Description), Text: resource.ParseText(g.Description), Created: g.CreatedAt,
		Project: g.ProjectID}}
}

// RemoveSecurityGroupAction removes a security group that a run of the past created.
var RemoveSecurityGroupAction = saga.Do((*Activities)(nil).RemoveSecurityGroup).NoUndo(resource.NoWayBack).
	With(task.DeleteOptions)

// RemoveSecurityGroup removes a security group that still carries the mark of the
// object, and waits until it is gone. Its rules go with it.
func (a *Activities) RemoveSecurityGroup(ctx context.Context,
	in saga.Intent[resource.OwnedObject]) (resource.Removed, error) {
	return resource.Remove(ctx, a.Clouds, SecurityGroups, in.In)
}
