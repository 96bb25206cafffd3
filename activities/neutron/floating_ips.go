package neutron

import (
	"context"
	"fmt"

	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/layer3/floatingips"

	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/resource"
	"novaflow/activities/internal/task"
	"novaflow/saga"
)

// FloatingIPAction creates a floating IP and deletes it.
var FloatingIPAction = saga.Do((*Activities)(nil).CreateFloatingIP).UndoneBy((*Activities)(nil).DeleteFloatingIP).
	With(task.SubmitOptions).UndoWith(task.DeleteOptions)

// CreateFloatingIPInput says where to take an address from.
type CreateFloatingIPInput struct {
	Cloud             string `json:"cloud"`
	ExternalNetworkID string `json:"externalNetworkId"`
}

// FloatingIP is a neutron floating IP. Its name is its address.
type FloatingIP struct {
	resource.OwnedObject
	IP      string `json:"ip"`
	FixedIP string `json:"fixedIp,omitempty"`
	PortID  string `json:"portId,omitempty"` // "": not associated
}

// Its description carries the mark.
var FloatingIPs = resource.Kind[FloatingIP]{
	Name: resource.KindFloatingIP, Service: cloud.Neutron,
	List: findFloatingIPs,
	Show: func(ctx context.Context, c *cloud.Client, id string) (FloatingIP, error) {
		f, err := floatingips.Get(ctx, c.Network, id).Extract()
		return ToFloatingIP(c, f), err
	},
	Delete: func(ctx context.Context, c *cloud.Client, v FloatingIP) error {
		return floatingips.Delete(ctx, c.Network, v.ID).ExtractErr()
	},
}

// CreateFloatingIP creates a floating IP that is not associated, or adopts the
// one with the mark.
func (a *Activities) CreateFloatingIP(ctx context.Context, in saga.Intent[CreateFloatingIPInput]) (FloatingIP, error) {
	return task.Forward(ctx, a.Clouds, in.In.Cloud, func(ctx context.Context, c *cloud.Client) (FloatingIP, error) {
		what := fmt.Sprintf("create floating IP on network %s", in.In.ExternalNetworkID)
		return FloatingIPs.Ensure(ctx, c, what, in.Mark, func(ctx context.Context) (FloatingIP, error) {
			f, err := floatingips.Create(ctx, c.Network, floatingips.CreateOpts{
				FloatingNetworkID: in.In.ExternalNetworkID, Description: string(in.Mark),
			}).Extract()
			return ToFloatingIP(c, f), err
		})
	})
}

// DeleteFloatingIP makes sure that the floating IP is absent.
func (a *Activities) DeleteFloatingIP(ctx context.Context, u saga.Undo[CreateFloatingIPInput, FloatingIP]) error {
	return task.Backward(ctx, a.Clouds, u.In.Cloud, func(ctx context.Context, c *cloud.Client) error {
		return FloatingIPs.DeleteMarked(ctx, c, resource.IDOf(u.Out), u.Mark)
	})
}

func findFloatingIPs(ctx context.Context, c *cloud.Client, m saga.Mark) ([]FloatingIP, error) {
	pages, err := floatingips.List(c.Network, floatingips.ListOpts{Description: string(m), ProjectID: c.Project}).
		AllPages(ctx)
	if err != nil {
		return nil, err
	}
	all, err := floatingips.ExtractFloatingIPs(pages)
	var found []FloatingIP
	for _, f := range all {
		found = append(found, ToFloatingIP(c, &f))
	}
	return resource.KeepMarked(m, found), err
}

func ToFloatingIP(c *cloud.Client, f *floatingips.FloatingIP) FloatingIP {
	if f == nil {
		return FloatingIP{}
	}
	return FloatingIP{
		OwnedObject: resource.OwnedObject{Cloud: c.Name, Kind: resource.KindFloatingIP, ID: f.ID, Name: f.FloatingIP,
			Status: f.Status, Mark: resource.ParseMark(f.Description), Text: resource.ParseText(f.Description),
			Created: f.CreatedAt, Project: f.ProjectID, User: f.PortID},
		IP: f.FloatingIP, FixedIP: f.FixedIP, PortID: f.PortID,
	}
}

// RemoveFloatingIPAction removes a floating IP that a run of the past created.
var RemoveFloatingIPAction = saga.Do((*Activities)(nil).RemoveFloatingIP).NoUndo(resource.NoWayBack).
	With(task.DeleteOptions)

// RemoveFloatingIP removes a floating IP that still carries the mark of the object, and
// waits until it is gone.
func (a *Activities) RemoveFloatingIP(ctx context.Context,
	in saga.Intent[resource.OwnedObject]) (resource.Removed, error) {
	return resource.Remove(ctx, a.Clouds, FloatingIPs, in.In)
}
