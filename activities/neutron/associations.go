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

// FloatingIPAssociationAction associates a floating IP with a port and disassociates it
// again.
var FloatingIPAssociationAction = saga.Do((*Activities)(nil).AssociateFloatingIP).
	UndoneBy((*Activities)(nil).DisassociateFloatingIP).With(task.SubmitOptions).UndoWith(task.DeleteOptions)

// AssociateFloatingIPInput says which floating IP is to reach which port.
type AssociateFloatingIPInput struct {
	Cloud        string `json:"cloud"`
	FloatingIPID string `json:"floatingIpId"`
	PortID       string `json:"portId"`
	FixedIP      string `json:"fixedIp,omitempty"` // needed if the port has several
}

// Association is a floating IP that points at a port. It has no identity or
// mark of its own: the pair is what identifies it.
type Association struct {
	FloatingIPID string `json:"floatingIpId"`
	IP           string `json:"ip"`
	PortID       string `json:"portId"`
	FixedIP      string `json:"fixedIp,omitempty"`
	cloud.Answered
}

// ResourceIDs returns the ids of the floating IP and of the port.
func (a Association) ResourceIDs() []string { return []string{a.FloatingIPID, a.PortID} }

// AssociateFloatingIP points the floating IP at the port. It refuses to take it
// from another port. Repeating it changes nothing.
func (a *Activities) AssociateFloatingIP(ctx context.Context,
	in saga.Intent[AssociateFloatingIPInput]) (Association, error) {
	return task.Forward(ctx, a.Clouds, in.In.Cloud, func(ctx context.Context, c *cloud.Client) (Association, error) {
		f, err := FloatingIPs.Get(ctx, c, in.In.FloatingIPID)
		if err != nil {
			return Association{}, err
		}
		switch f.PortID {
		case in.In.PortID:
			return toAssociation(f), nil
		case "":
			return associateFloatingIP(ctx, c, f, in.In)
		}
		return Association{}, &cloud.Error{Class: cloud.Terminal,
			Message: fmt.Sprintf("%s is associated with port %s already: take it off there first, or use another",
				resource.Describe(resource.KindFloatingIP, f.IP, f.ID), f.PortID)}
	})
}

// DisassociateFloatingIP makes sure that the floating IP does not point at the
// port. One that points elsewhere, or is absent, is left alone.
func (a *Activities) DisassociateFloatingIP(ctx context.Context,
	u saga.Undo[AssociateFloatingIPInput, Association]) error {
	return task.Backward(ctx, a.Clouds, u.In.Cloud, func(ctx context.Context, c *cloud.Client) error {
		f, err := FloatingIPs.Get(ctx, c, u.In.FloatingIPID)
		if err != nil || f.PortID != u.In.PortID {
			return cloud.IgnoreGone(err)
		}
		none := "" // sent as null
		_, err = floatingips.Update(ctx, c.Network, f.ID, floatingips.UpdateOpts{PortID: &none}).Extract()
		what := fmt.Sprintf("take %s off port %s", resource.Describe(resource.KindFloatingIP, f.IP, f.ID), f.PortID)
		return cloud.IgnoreGone(cloud.Neutron.Op(cloud.Deleting, what).Wrap(ctx, err))
	})
}

func associateFloatingIP(ctx context.Context, c *cloud.Client, f FloatingIP,
	in AssociateFloatingIPInput) (Association, error) {
	put, cancel, err := task.Uninterrupted(ctx)
	if err != nil {
		return Association{}, err
	}
	defer cancel()
	answer, err := floatingips.Update(put, c.Network, f.ID, floatingips.UpdateOpts{PortID: &in.PortID,
		FixedIP: in.FixedIP}).Extract()
	what := fmt.Sprintf("associate %s with port %s", resource.Describe(resource.KindFloatingIP, f.IP, f.ID), in.PortID)
	if err != nil {
		return Association{}, cloud.Neutron.Op(cloud.Changing, what).Wrap(ctx, err)
	}
	resource.Log(ctx, "associated", f.Object())
	return toAssociation(ToFloatingIP(c, answer)), nil
}

func toAssociation(f FloatingIP) Association {
	return Association{FloatingIPID: f.ID, IP: f.IP, PortID: f.PortID, FixedIP: f.FixedIP}
}
