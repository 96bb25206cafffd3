package neutron

import (
	"context"
	"fmt"
	"strings"

	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/portsecurity"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/ports"

	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/resource"
	"novaflow/activities/internal/task"
	"novaflow/saga"
)

// DescribeDevice says who uses a port.
func DescribeDevice(p Port) string { return strings.TrimSpace(p.DeviceOwner + " " + p.DeviceID) }

// deviceUser returns the id of the server that a port belongs to, or words for what else
// has it. It returns "" where neutron itself has it, or nothing.
func deviceUser(owner, device string) string {
	switch {
	case strings.HasPrefix(owner, "compute:"):
		return device
	case strings.HasPrefix(owner, "network:"):
		return ""
	}
	return strings.TrimSpace(owner + " " + device)
}

// PortAction creates a port and deletes it.
var PortAction = saga.Do((*Activities)(nil).CreatePort).UndoneBy((*Activities)(nil).DeletePort).
	With(task.SubmitOptions).UndoWith(task.DeleteOptions)

// CreatePortInput says what port to create.
type CreatePortInput struct {
	Cloud            string   `json:"cloud"`
	Name             string   `json:"name"`
	NetworkID        string   `json:"networkId"`
	SecurityGroupIDs []string `json:"securityGroupIds,omitempty"` // none: the project's default group
	FixedIP          string   `json:"fixedIp,omitempty"`          // "": any free address of the network

	FixedIPs            []FixedIP     `json:"fixedIps,omitempty"` // several; FixedIP is then ""
	MAC                 string        `json:"mac,omitempty"`      // "": neutron's choice
	AllowedAddressPairs []AddressPair `json:"allowedAddressPairs,omitempty"`
	// neither security groups nor protection from spoofing
	NoPortSecurity bool `json:"noPortSecurity,omitempty"`
}

// FixedIP is an address that a port is to have: this one, or any of a subnet.
type FixedIP struct {
	SubnetID string `json:"subnetId,omitempty"` // "": the one that the address is in
	IP       string `json:"ip,omitempty"`       // "": any free one of the subnet
}

// AddressPair is an address that a port may send from beside its own.
type AddressPair struct {
	IP  string `json:"ip"`            // or a range in CIDR form
	MAC string `json:"mac,omitempty"` // "": the port's own
}

// Port is a neutron port.
type Port struct {
	resource.OwnedObject
	NetworkID   string   `json:"networkId"`
	MAC         string   `json:"mac,omitempty"`
	FixedIPs    []string `json:"fixedIps,omitempty"`
	DeviceID    string   `json:"deviceId,omitempty"` // of the server or router that uses it; "": it is free
	DeviceOwner string   `json:"deviceOwner,omitempty"`
}

// Its description carries the mark.
var Ports = resource.Kind[Port]{
	Name: resource.KindPort, Service: cloud.Neutron,
	List: func(ctx context.Context, c *cloud.Client, m saga.Mark) ([]Port, error) {
		return findPorts(ctx, c, m, ports.ListOpts{Description: string(m), ProjectID: c.Project})
	},
	Show: func(ctx context.Context, c *cloud.Client, id string) (Port, error) {
		p, err := ports.Get(ctx, c.Network, id).Extract()
		return ToPort(c, p), err
	},
	Delete: func(ctx context.Context, c *cloud.Client, v Port) error {
		return ports.Delete(ctx, c.Network, v.ID).ExtractErr()
	},
}

// CreatePort creates a port, or adopts the one with the mark.
func (a *Activities) CreatePort(ctx context.Context, in saga.Intent[CreatePortInput]) (Port, error) {
	return task.Forward(ctx, a.Clouds, in.In.Cloud, func(ctx context.Context, c *cloud.Client) (Port, error) {
		what := fmt.Sprintf("create port %q on network %s", in.In.Name, in.In.NetworkID)
		return Ports.Ensure(ctx, c, what, in.Mark, func(ctx context.Context) (Port, error) {
			return createPort(ctx, c, in.In, in.Mark)
		})
	})
}

// DeletePort makes sure that the port is absent.
func (a *Activities) DeletePort(ctx context.Context, u saga.Undo[CreatePortInput, Port]) error {
	return task.Backward(ctx, a.Clouds, u.In.Cloud, func(ctx context.Context, c *cloud.Client) error {
		return Ports.DeleteMarked(ctx, c, resource.IDOf(u.Out), u.Mark)
	})
}

func createPort(ctx context.Context, c *cloud.Client, in CreatePortInput, m saga.Mark) (Port, error) {
	p, err := ports.Create(ctx, c.Network, portOptions(in, m)).Extract()
	return ToPort(c, p), err
}

func portOptions(in CreatePortInput, m saga.Mark) ports.CreateOptsBuilder {
	o := ports.CreateOpts{Name: in.Name, NetworkID: in.NetworkID, Description: string(m), MACAddress: in.MAC}
	if len(in.SecurityGroupIDs) > 0 {
		o.SecurityGroups = &in.SecurityGroupIDs
	}
	if in.FixedIP != "" {
		in.FixedIPs = []FixedIP{{IP: in.FixedIP}}
	}
	var fixed []ports.IP
	for _, f := range in.FixedIPs {
		fixed = append(fixed, ports.IP{SubnetID: f.SubnetID, IPAddress: f.IP})
	}
	if len(fixed) > 0 {
		o.FixedIPs = fixed
	}
	for _, pair := range in.AllowedAddressPairs {
		o.AllowedAddressPairs = append(o.AllowedAddressPairs,
			ports.AddressPair{IPAddress: pair.IP, MACAddress: pair.MAC})
	}
	if !in.NoPortSecurity {
		return o
	}
	off := false
	o.SecurityGroups = &[]string{} // neutron refuses groups on such a port, the default one too
	return portsecurity.PortCreateOptsExt{CreateOptsBuilder: o, PortSecurityEnabled: &off}
}

func findPorts(ctx context.Context, c *cloud.Client, m saga.Mark, o ports.ListOpts) ([]Port, error) {
	pages, err := ports.List(c.Network, o).AllPages(ctx)
	if err != nil {
		return nil, err
	}
	all, err := ports.ExtractPorts(pages)
	var found []Port
	for _, p := range all {
		found = append(found, ToPort(c, &p))
	}
	return resource.KeepMarked(m, found), err
}

func ToPort(c *cloud.Client, p *ports.Port) Port {
	if p == nil {
		return Port{}
	}
	out := Port{
		OwnedObject: resource.OwnedObject{Cloud: c.Name, Kind: resource.KindPort, ID: p.ID, Name: p.Name,
			Status: p.Status, Mark: resource.ParseMark(p.Description), Text: resource.ParseText(p.Description),
			Created: p.CreatedAt, Project: p.ProjectID,
			User: deviceUser(p.DeviceOwner, p.DeviceID)},
		NetworkID: p.NetworkID, MAC: p.MACAddress, DeviceID: p.DeviceID, DeviceOwner: p.DeviceOwner,
	}
	for _, ip := range p.FixedIPs {
		out.FixedIPs = append(out.FixedIPs, ip.IPAddress)
	}
	return out
}

// RemovePortAction removes a port that a run of the past created.
var RemovePortAction = saga.Do((*Activities)(nil).RemovePort).NoUndo(resource.NoWayBack).With(task.DeleteOptions)

// RemovePort removes a port that still carries the mark of the object, and waits until
// it is gone.
func (a *Activities) RemovePort(ctx context.Context, in saga.Intent[resource.OwnedObject]) (resource.Removed, error) {
	return resource.Remove(ctx, a.Clouds, Ports, in.In)
}
