package inventory

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/ports"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/subnets"

	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/resource"
	"novaflow/activities/internal/task"
	"novaflow/activities/neutron"
	"novaflow/saga"
)

// ResolveOwnedNetworkAction finds what the run that created a network has created.
var ResolveOwnedNetworkAction = saga.Read((*Activities)(nil).ResolveOwnedNetwork).With(task.SurveyOptions)

// OwnedNetworkQuery names a network that a run created.
type OwnedNetworkQuery struct {
	Cloud   string `json:"cloud"`
	Network string `json:"network"`       // id, or exact name
	Run     string `json:"run,omitempty"` // that created it, for when the network itself is gone; "" if not known
}

// OwnedNetwork is what one run created of a network, as far as it still exists.
type OwnedNetwork struct {
	Run     string                 `json:"run"`
	Network resource.OwnedObject   `json:"network"`           // zero if others deleted it
	Objects []resource.OwnedObject `json:"objects,omitempty"` // subnets, routers, router interfaces and security groups
}

// ResolveOwnedNetwork finds a network by id or exact name, and what else in the
// project carries a mark of the run that created it. It refuses, with an error of
// type InvalidRequest, a name that several networks have, a network without mark,
// and one that others still use: each port and subnet of theirs is named, so that
// nobody's connection is cut before it turns out that the network has to stay.
//
// Where there is no such network, it finds what the run of the query has left.
func (a *Activities) ResolveOwnedNetwork(ctx context.Context, q OwnedNetworkQuery) (OwnedNetwork, error) {
	return task.Forward(ctx, a.Clouds, q.Cloud, func(ctx context.Context, c *cloud.Client) (OwnedNetwork, error) {
		n, run, err := ownNetwork(ctx, c, q)
		if err != nil {
			return OwnedNetwork{}, err
		}
		// The run may have ended this moment. What the lists do not show yet would
		// stay, and keep the network.
		if err := task.Sleep(ctx, time.Duration(c.Looks()-1)*c.LookPause()); err != nil {
			return OwnedNetwork{}, err
		}
		s, err := listStack(ctx, c, run)
		if err != nil {
			return OwnedNetwork{}, err
		}
		if n.ID == "" && s.empty() {
			return OwnedNetwork{}, cloud.Invalid("there is no network %q created by novaflow on cloud %q: see the "+
				"networks with \"novaflow network list\"", q.Network, c.Name)
		}
		if n.ID == "" && len(s.networks) > 0 {
			return OwnedNetwork{}, cloud.Invalid("there is no network %q any more, but what was created under that "+
				"name exists as %q: to delete it, name it by its id %s", q.Network, s.networks[0].Name,
				s.networks[0].ID)
		}
		if users := s.users(); len(users) > 0 {
			return OwnedNetwork{},
				cloud.Invalid("network %q is in use by resources that its run did not create; delete or detach "+
					"that first:\n- %s",
					q.Network, strings.Join(users, "\n- "))
		}
		return OwnedNetwork{Run: run, Network: n.OwnedObject, Objects: s.parts()}, nil
	})
}

// ownNetwork finds the one network that a run created, and the run.
func ownNetwork(ctx context.Context, c *cloud.Client, q OwnedNetworkQuery) (neutron.Network, string, error) {
	matches, err := resource.LookAgain(ctx, c,
		func() ([]neutron.Network, error) { return neutron.Networks.Find(ctx, c, q.Network) })
	if err != nil || len(matches) == 0 {
		return neutron.Network{}, q.Run, err
	}
	marked := resource.KeepMarked("", slices.Clone(matches))
	switch {
	case len(marked) == 0:
		return neutron.Network{}, "", cloud.Invalid("network %q (%s) was not created by novaflow, as it carries no "+
			"mark: delete it with \"openstack network delete\"", matches[0].Name, resource.JoinIDs(matches))
	case len(marked) > 1:
		return neutron.Network{}, "",
			cloud.Invalid("%d networks created by novaflow are called %q: name one by its id: %s", len(marked),
				q.Network, resource.JoinIDs(marked))
	}
	return marked[0], marked[0].Mark.Run(), resource.RefuseForeign(c, marked[0].OwnedObject)
}

// stack is what a run created in neutron, and who else is on it.
type stack struct {
	run, cloud string
	networks   []neutron.Network
	subnets    []neutron.Subnet
	routers    []neutron.Router
	groups     []neutron.SecurityGroup
	ports      []ports.Port     // on the networks, of the routers, in the security groups
	neighbours []neutron.Subnet // all subnets of the networks
}

func (s stack) empty() bool {
	return len(s.networks)+len(s.subnets)+len(s.routers)+len(s.groups) == 0
}

// listStack lists what a run created in neutron.
func listStack(ctx context.Context, c *cloud.Client, run string) (stack, error) {
	s := stack{run: run, cloud: c.Name}
	if run == "" {
		return s, nil
	}
	err := resource.InParallel(
		func() (err error) { s.networks, err = ofRun(ctx, c, neutron.Networks, run); return },
		func() (err error) { s.subnets, err = ofRun(ctx, c, neutron.Subnets, run); return },
		func() (err error) { s.routers, err = ofRun(ctx, c, neutron.Routers, run); return },
		func() (err error) { s.groups, err = ofRun(ctx, c, neutron.SecurityGroups, run); return },
		func() (err error) {
			s.ports, err = neutron.ListRawPorts(ctx, c, ports.ListOpts{ProjectID: c.Project})
			return
		},
	)
	for _, n := range s.networks {
		if err != nil {
			return s, err
		}
		var others []ports.Port
		others, err = neutron.ListRawPorts(ctx, c, ports.ListOpts{NetworkID: n.ID}) // of other projects too
		if err == nil {
			s.neighbours, err = neutron.ListSubnets(ctx, c, subnets.ListOpts{NetworkID: n.ID})
		}
		s.ports = append(s.ports, others...)
	}
	return s, err
}

// ofRun lists the resources of one kind that carry a mark of the run.
func ofRun[T resource.Resource](ctx context.Context, c *cloud.Client, r resource.Kind[T], run string) ([]T, error) {
	all, err := r.ListMarked(ctx, c, "")
	return slices.DeleteFunc(all, func(v T) bool { return v.Object().Mark.Run() != run }), err
}

func (s stack) parts() []resource.OwnedObject {
	var out []resource.OwnedObject
	for _, p := range s.distinctPorts() {
		if m, own := s.interfaceMark(p); own {
			out = append(out, resource.OwnedObject{Cloud: s.cloud, Kind: resource.KindRouterInterface, ID: p.ID,
				Mark: m})
		}
	}
	for _, list := range [][]resource.OwnedObject{objectsOf(s.routers), objectsOf(s.subnets), objectsOf(s.groups)} {
		out = append(out, list...)
	}
	return out
}

func objectsOf[T resource.Resource](things []T) []resource.OwnedObject {
	out, _ := ToObjects(things, nil)
	return out
}

func (s stack) distinctPorts() (out []ports.Port) {
	for _, p := range s.ports {
		if !slices.ContainsFunc(out, func(q ports.Port) bool { return q.ID == p.ID }) {
			out = append(out, p)
		}
	}
	return out
}

// interfaceMark reports whether a port is an interface that the run created: it has
// the run's mark, or connects a subnet of the run with a router of the run and has
// not got its mark yet. The mark is then the router's.
func (s stack) interfaceMark(p ports.Port) (saga.Mark, bool) {
	if !neutron.IsRouterInterface(p.DeviceOwner) {
		return "", false
	}
	if m := resource.ParseMark(p.Description); m != "" {
		return m, m.Run() == s.run
	}
	at := slices.IndexFunc(s.routers, func(r neutron.Router) bool { return r.ID == p.DeviceID })
	if at < 0 || slices.ContainsFunc(p.FixedIPs,
		func(ip ports.IP) bool { return !resource.Contains(s.subnets, ip.SubnetID) }) {
		return "", false
	}
	return s.routers[at].Mark, true
}

// unguarded are owners of ports that go with their network, or with the interface of a
// distributed router, by themselves.
var unguarded = []string{"network:dhcp", "network:distributed", "network:router_gateway",
	"network:router_centralized_snat"}

// users names what others have on what the run created.
func (s stack) users() (words []string) {
	for _, p := range s.distinctPorts() {
		_, own := s.interfaceMark(p)
		on := resource.Contains(s.networks, p.NetworkID) || resource.Contains(s.routers, p.DeviceID) ||
			slices.ContainsFunc(p.SecurityGroups, func(id string) bool { return resource.Contains(s.groups, id) })
		if on && !own && !slices.Contains(unguarded, p.DeviceOwner) {
			words = append(words, neutron.DescribeRawPort(p))
		}
	}
	for _, n := range s.neighbours {
		if !resource.Contains(s.subnets, n.ID) {
			words = append(words, fmt.Sprintf("%s (%s)", resource.Describe(resource.KindSubnet, n.Name, n.ID), n.CIDR))
		}
	}
	return words
}
