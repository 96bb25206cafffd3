package activities

import (
	"context"
	"fmt"

	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/layer3/routers"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/ports"

	"novaflow/saga"
)

// RouterAction makes a router and takes it away. RouterGatewayAction connects it
// with the outside.
var RouterAction = saga.Do((*neutronActivities)(nil).CreateRouter).UndoneBy((*neutronActivities)(nil).DeleteRouter).With(submit).UndoWith(untilGone)

// CreateRouterInput says what router to make.
type CreateRouterInput struct {
	Cloud     string `json:"cloud"`
	Name      string `json:"name"`
	ProjectID string `json:"projectId,omitempty"` // in which an administrator makes it; "": that of the credentials
}

// Router is a neutron router.
type Router struct {
	OwnedObject
	ExternalNetworkID string   `json:"externalNetworkId,omitempty"` // "": no gateway
	ExternalIPs       []string `json:"externalIps,omitempty"`
}

// Its description carries the mark.
var routerResource = resource[Router]{
	kind: KindRouter, service: Neutron,
	find: func(ctx context.Context, c *client, m saga.Mark) ([]Router, error) {
		all, err := findRouters(ctx, c, routers.ListOpts{Description: string(m), ProjectID: c.project})
		return withMark(m, all), err
	},
	get: func(ctx context.Context, c *client, id string) (Router, error) {
		r, err := routers.Get(ctx, c.network, id).Extract()
		return toRouter(c, r), err
	},
	remove: removeRouter,
}

// CreateRouter makes a router without gateway and interfaces, or adopts the one
// with the mark.
func (a *neutronActivities) CreateRouter(ctx context.Context, in saga.Intent[CreateRouterInput]) (Router, error) {
	return forward(ctx, a.Clouds, in.In.Cloud, func(ctx context.Context, c *client) (Router, error) {
		what := fmt.Sprintf("create router %q", in.In.Name)
		return routerResource.ensure(ctx, c.within(in.In.ProjectID), what, in.Mark, func(ctx context.Context) (Router, error) {
			made, err := routers.Create(ctx, c.network, routers.CreateOpts{Name: in.In.Name, Description: string(in.Mark), ProjectID: in.In.ProjectID}).Extract()
			return toRouter(c, made), err
		})
	})
}

// DeleteRouter makes sure that the router is absent. A gateway that it has is
// cleared before. While it has interfaces neutron refuses, and the error names
// them.
func (a *neutronActivities) DeleteRouter(ctx context.Context, u saga.Undo[CreateRouterInput, Router]) error {
	return backward(ctx, a.Clouds, u.In.Cloud, func(ctx context.Context, c *client) error {
		return routerResource.absent(ctx, c.within(u.In.ProjectID), idOf(u.Out), u.Mark)
	})
}

func removeRouter(ctx context.Context, c *client, v Router) error {
	name := named(KindRouter, v.Name, v.ID)
	if v.ExternalNetworkID != "" {
		if err := clearGateway(ctx, c, v); err != nil {
			return err
		}
	}
	err := routers.Delete(ctx, c.network, v.ID).ExtractErr()
	return inUse(ctx, c, Op{Neutron, Deleting, "delete " + name}, err, ports.ListOpts{DeviceID: v.ID})
}

func findRouters(ctx context.Context, c *client, o routers.ListOpts) ([]Router, error) {
	pages, err := routers.List(c.network, o).AllPages(ctx)
	if err != nil {
		return nil, err
	}
	all, err := routers.ExtractRouters(pages)
	var found []Router
	for _, r := range all {
		found = append(found, toRouter(c, &r))
	}
	return found, err
}

func toRouter(c *client, r *routers.Router) Router {
	if r == nil {
		return Router{}
	}
	out := Router{
		OwnedObject:       OwnedObject{Cloud: c.name, Kind: KindRouter, ID: r.ID, Name: r.Name, Status: r.Status, Mark: markIn(r.Description), Text: textIn(r.Description), Created: r.CreatedAt, Project: r.ProjectID},
		ExternalNetworkID: r.GatewayInfo.NetworkID,
	}
	for _, ip := range r.GatewayInfo.ExternalFixedIPs {
		out.ExternalIPs = append(out.ExternalIPs, ip.IPAddress)
	}
	return out
}
