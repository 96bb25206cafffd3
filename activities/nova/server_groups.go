package nova

import (
	"context"
	"fmt"
	"strings"

	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/servergroups"

	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/resource"
	"novaflow/activities/internal/task"
	"novaflow/saga"
)

// ServerGroupAction creates a server group and deletes it.
var ServerGroupAction = saga.Do((*Activities)(nil).CreateServerGroup).UndoneBy((*Activities)(nil).DeleteServerGroup).
	With(task.SubmitOptions).UndoWith(task.DeleteOptions)

// Policies are those that nova knows for server groups.
var Policies = []string{"affinity", "anti-affinity", "soft-affinity", "soft-anti-affinity"}

// CreateServerGroupInput says what group to create. Nova keeps nothing of a group
// but its name and policy, so the name ends with the mark.
type CreateServerGroupInput struct {
	Cloud  string `json:"cloud"`
	Name   string `json:"name"`   // what stands before the mark
	Policy string `json:"policy"` // one of Policies
}

// ServerGroup is a nova server group.
type ServerGroup struct {
	resource.OwnedObject
	Policy string `json:"policy"`
}

// The last word of its name is the mark.
var ServerGroups = resource.Kind[ServerGroup]{
	Name: resource.KindServerGroup, Service: cloud.Nova,
	List: func(ctx context.Context, c *cloud.Client, m saga.Mark) ([]ServerGroup, error) {
		all, err := findServerGroups(ctx, c)
		return resource.KeepMarked(m, all), err
	},
	Show: func(ctx context.Context, c *cloud.Client, id string) (ServerGroup, error) {
		g, err := servergroups.Get(ctx, c.Compute, id).Extract()
		return ToServerGroup(c, g), err
	},
	Delete: func(ctx context.Context, c *cloud.Client, v ServerGroup) error {
		return servergroups.Delete(ctx, c.Compute, v.ID).ExtractErr()
	},
}

// CreateServerGroup creates a server group, or adopts the one with the mark.
func (a *Activities) CreateServerGroup(ctx context.Context,
	in saga.Intent[CreateServerGroupInput]) (ServerGroup, error) {
	return task.Forward(ctx, a.Clouds, in.In.Cloud, func(ctx context.Context, c *cloud.Client) (ServerGroup, error) {
		what := fmt.Sprintf("create server group %q with policy %s", in.In.Name, in.In.Policy)
		return ServerGroups.Ensure(ctx, c, what, in.Mark, func(ctx context.Context) (ServerGroup, error) {
			g, err := servergroups.Create(ctx, c.Compute, servergroups.CreateOpts{
				Name: markedName(in.In.Name, in.Mark), Policies: []string{in.In.Policy},
			}).Extract()
			return ToServerGroup(c, g), err
		})
	})
}

// DeleteServerGroup makes sure that the server group is absent. Servers in it
// stay as they are.
func (a *Activities) DeleteServerGroup(ctx context.Context, u saga.Undo[CreateServerGroupInput, ServerGroup]) error {
	return task.Backward(ctx, a.Clouds, u.In.Cloud, func(ctx context.Context, c *cloud.Client) error {
		return ServerGroups.DeleteMarked(ctx, c, resource.IDOf(u.Out), u.Mark)
	})
}

// longestName is nova's limit for names.
const longestName = 255

// markedName returns a name with the mark as its last word. The name is cut where both
// would be too long.
func markedName(name string, m saga.Mark) string {
	if left := longestName - len(m) - 1; len(name) > left {
		name = strings.ToValidUTF8(name[:left], "")
	}
	return strings.TrimSpace(name) + " " + string(m)
}

// lastMark returns the mark at the end of a text, or "".
func lastMark(text string) saga.Mark {
	return resource.ParseMark(text[strings.LastIndexByte(text, ' ')+1:])
}

func findServerGroups(ctx context.Context, c *cloud.Client) ([]ServerGroup, error) {
	pages, err := servergroups.List(c.Compute, servergroups.ListOpts{}).AllPages(ctx)
	if err != nil {
		return nil, err
	}
	all, err := servergroups.ExtractServerGroups(pages)
	var found []ServerGroup
	for _, g := range all {
		found = append(found, ToServerGroup(c, &g))
	}
	return found, err
}

func ToServerGroup(c *cloud.Client, g *servergroups.ServerGroup) ServerGroup {
	if g == nil {
		return ServerGroup{}
	}
	return ServerGroup{
		OwnedObject: resource.OwnedObject{Cloud: c.Name, Kind: resource.KindServerGroup, ID: g.ID, Name: g.Name,
			Mark: lastMark(g.Name), Project: g.ProjectID},
		Policy: strings.Join(g.Policies, ","),
	}
}

// RemoveServerGroupAction removes a server group that a run of the past created.
var RemoveServerGroupAction = saga.Do((*Activities)(nil).RemoveServerGroup).NoUndo(resource.NoWayBack).
	With(task.DeleteOptions)

// RemoveServerGroup removes a server group that still carries the mark of the object,
// and waits until it is gone.
func (a *Activities) RemoveServerGroup(ctx context.Context,
	in saga.Intent[resource.OwnedObject]) (resource.Removed, error) {
	return resource.Remove(ctx, a.Clouds, ServerGroups, in.In)
}
