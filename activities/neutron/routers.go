package neutron

import (
	"context"
	"fmt"

	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/layer3/routers"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/ports"

	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/resource"
	"novaflow/activities/internal/task"
	"novaflow/saga"
)

// RouterAction creates a router and deletes it. RouterGatewayAction connects it
// with the outside.
var RouterAction = saga.Do((*Activities)(nil).CreateRouter).UndoneBy((*Activities)(nil).DeleteRouter).
	With(task.SubmitOptions).UndoWith(task.DeleteOptions)

// CreateRouterInput says what router to create.
type CreateRouterInput struct {
	Cloud string `json:"cloud"`
	Name  string `json:"name"`
	// in which an administrator creates it; "": the project of the credentials
	ProjectID string `json:"projectId,omitempty"`
}

// Router is a neutron router.
type Router struct {
	resource.OwnedObject
	ExternalNetworkID string   `json:"externalNetworkId,omitempty"` // "": no gateway
	ExternalIPs       []string `json:"externalIps,omitempty"`
}

// Its description carries the mark.
var Routers = resource.Kind[Router]{
	Name: resource.KindRouter, Service: cloud.Neutron,
	List: func(ctx context.Context, c *cloud.Client, m saga.Mark) ([]Router, error) {
		all, err := findRouters(ctx, c, routers.ListOpts{Description: string(m), ProjectID: c.Project})
		return resource.KeepMarked(m, all), err
	},
	Show: func(ctx context.Context, c *cloud.Client, id string) (Router, error) {
		r, err := routers.Get(ctx, c.Network, id).Extract()
		return ToRouter(c, r), err
	},
	Delete: removeRouter,
}

// CreateRouter creates a router without gateway and interfaces, or adopts the one
// with the mark.
func (a *Activities) CreateRouter(ctx context.Context, in saga.Intent[CreateRouterInput]) (Router, error) {
	return task.Forward(ctx, a.Clouds, in.In.Cloud, func(ctx context.Context, c *cloud.Client) (Router, error) {
		what := fmt.Sprintf("create router %q", in.In.Name)
		return Routers.Ensure(ctx, c.Within(in.In.ProjectID), what, in.Mark, func(ctx context.Context) (Router, error) {
			created, err := routers.Create(ctx, c.Network,
				routers.CreateOpts{Name: in.In.Name, Description: string(in.Mark), ProjectID: in.In.ProjectID}).
				Extract()
			return ToRouter(c, created), err
		})
	})
}

// DeleteRouter makes sure that the router is absent. A gateway that it has is
// cleared before. While it has interfaces neutron refuses, and the error names
// them.
func (a *Activities) DeleteRouter(ctx context.Context, u saga.Undo[CreateRouterInput, Router]) error {
	return task.Backward(ctx, a.Clouds, u.In.Cloud, func(ctx context.Context, c *cloud.Client) error {
		return Routers.DeleteMarked(ctx, c.Within(u.In.ProjectID), resource.IDOf(u.Out), u.Mark)
	})
}

func removeRouter(ctx context.Context, c *cloud.Client, v Router) error {
	name := resource.Describe(resource.KindRouter, v.Name, v.ID)
	if v.ExternalNetworkID != "" {
		if err := clearGateway(ctx, c, v); err != nil {
			return err
		}
	}
	err := routers.Delete(ctx, c.Network, v.ID).ExtractErr()
	return inUse(ctx, c, cloud.Neutron.Op(cloud.Deleting, "delete "+name), err, ports.ListOpts{DeviceID: v.ID})
}

func findRouters(ctx context.Context, c *cloud.Client, o routers.ListOpts) ([]Router, error) {
	pages, err := routers.List(c.Network, o).AllPages(ctx)
	if err != nil {
		return nil, err
	}
	all, err := routers.ExtractRouters(pages)
	var found []Router
	for _, r := range all {
		found = append(found, ToRouter(c, &r))
	}
	return found, err
}

func ToRouter(c *cloud.Client, r *routers.Router) Router {
	if r == nil {
		return Router{}
	}
	out := Router{
		OwnedObject: resource.OwnedObject{Cloud: c.Name, Kind: resource.KindRouter, ID: r.ID, Name: r.Name,
			Status: r.Status, Mark: resource.ParseMark(r.Description), Text: resource.ParseText(r.Description),
			Created: r.CreatedAt, Project: r.ProjectID},
		ExternalNetworkID: r.GatewayInfo.NetworkID,
	}
	for _, ip := range r.GatewayInfo.ExternalFixedIPs {
		out.ExternalIPs = append(out.ExternalIPs, ip.IPAddress)
	}
	return out
}
