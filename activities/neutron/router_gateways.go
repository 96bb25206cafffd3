package neutron

import (
	"context"
	"fmt"

	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/layer3/routers"

	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/resource"
	"novaflow/activities/internal/task"
	"novaflow/saga"
)

// RouterGatewayAction gives a router its gateway and clears it again.
var RouterGatewayAction = saga.Do((*Activities)(nil).SetRouterGateway).UndoneBy((*Activities)(nil).ClearRouterGateway).
	With(task.SubmitOptions).UndoWith(task.DeleteOptions)

// SetRouterGatewayInput says which external network a router is to lead to.
type SetRouterGatewayInput struct {
	Cloud             string `json:"cloud"`
	RouterID          string `json:"routerId"`
	ExternalNetworkID string `json:"externalNetworkId"`
}

// RouterGateway is a router's way out. It has no identity or mark of its own: the
// router and the network are what identifies it.
type RouterGateway struct {
	RouterID          string   `json:"routerId"`
	ExternalNetworkID string   `json:"externalNetworkId"`
	IPs               []string `json:"ips,omitempty"`
}

// SetRouterGateway gives the router its gateway. It refuses to take it from
// another external network. Repeating it changes nothing.
func (a *Activities) SetRouterGateway(ctx context.Context,
	in saga.Intent[SetRouterGatewayInput]) (RouterGateway, error) {
	return task.Forward(ctx, a.Clouds, in.In.Cloud, func(ctx context.Context, c *cloud.Client) (RouterGateway, error) {
		r, err := Routers.Get(ctx, c, in.In.RouterID)
		if err != nil {
			return RouterGateway{}, err
		}
		switch r.ExternalNetworkID {
		case in.In.ExternalNetworkID:
			return toGateway(r), nil
		case "":
			return setGateway(ctx, c, r, in.In.ExternalNetworkID)
		}
		return RouterGateway{}, &cloud.Error{Class: cloud.Terminal,
			Message: fmt.Sprintf("%s leads to network %s already: clear its gateway first, or use another router",
				resource.Describe(resource.KindRouter, r.Name, r.ID), r.ExternalNetworkID)}
	})
}

// ClearRouterGateway makes sure that the router does not lead to the external network.
// One that leads elsewhere, was released, or is absent, is left alone. While floating IPs
// need the gateway neutron refuses.
func (a *Activities) ClearRouterGateway(ctx context.Context, u saga.Undo[SetRouterGatewayInput, RouterGateway]) error {
	return task.Backward(ctx, a.Clouds, u.In.Cloud, func(ctx context.Context, c *cloud.Client) error {
		r, err := Routers.Get(ctx, c, u.In.RouterID)
		if err != nil || r.ExternalNetworkID != u.In.ExternalNetworkID || r.Mark.Run() != u.Mark.Run() {
			return cloud.IgnoreGone(err)
		}
		return cloud.IgnoreGone(clearGateway(ctx, c, r))
	})
}

func setGateway(ctx context.Context, c *cloud.Client, r Router, network string) (RouterGateway, error) {
	put, cancel, err := task.Uninterrupted(ctx)
	if err != nil {
		return RouterGateway{}, err
	}
	defer cancel()
	answer, err := routers.Update(put, c.Network, r.ID,
		routers.UpdateOpts{GatewayInfo: &routers.GatewayInfo{NetworkID: network}}).Extract()
	if err != nil {
		what := fmt.Sprintf("set the gateway of %s to network %s", resource.Describe(resource.KindRouter, r.Name,
			r.ID), network)
		return RouterGateway{}, cloud.Neutron.Op(cloud.Changing, what).Wrap(ctx, err)
	}
	resource.Log(ctx, "gateway set", r.Object())
	return toGateway(ToRouter(c, answer)), nil
}

// clearGateway removes the gateway of a router. Neutron deletes the gateway's port
// before it answers, so nothing is waited for.
func clearGateway(ctx context.Context, c *cloud.Client, r Router) error {
	_, err := routers.Update(ctx, c.Network, r.ID, routers.UpdateOpts{GatewayInfo: &routers.GatewayInfo{}}).Extract()
	return cloud.Neutron.Op(cloud.Deleting, "clear the gateway of "+resource.Describe(resource.KindRouter, r.Name,
		r.ID)).Wrap(ctx, err)
}

func toGateway(r Router) RouterGateway {
	return RouterGateway{RouterID: r.ID, ExternalNetworkID: r.ExternalNetworkID, IPs: r.ExternalIPs}
}
