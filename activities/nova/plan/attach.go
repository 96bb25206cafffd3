package plan

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/servers"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/ports"

	"novaflow/activities/cinder"
	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/precheck"
	"novaflow/activities/internal/resource"
	"novaflow/activities/internal/task"
	"novaflow/activities/neutron"
	"novaflow/activities/nova"
	"novaflow/activities/nova/attach"
	"novaflow/saga"
)

// CheckAttachAction looks up whether something can be attached to a server, or
// detached from it.
var CheckAttachAction = saga.Read((*Activities)(nil).CheckAttach).With(task.CheckOptions)

// AttachQuery names a server and what is to be attached to it or detached from
// it. Exactly one of volume, port and network is given; names may be ids.
type AttachQuery struct {
	Cloud   string `json:"cloud"`
	Server  string `json:"server"`
	Volume  string `json:"volume,omitempty"`
	Port    string `json:"port,omitempty"`
	Network string `json:"network,omitempty"` // for a port that is to be created
	Detach  bool   `json:"detach,omitempty"`
}

// AttachPlan is what the names stand for.
type AttachPlan struct {
	Server  nova.Server        `json:"server"`
	Volume  cinder.Volume      `json:"volume,omitzero"`
	Port    neutron.Port       `json:"port,omitzero"`
	Network neutron.NetworkRef `json:"network,omitzero"`
}

// CheckAttach looks at both sides before the first effect. If anything is wrong
// it returns one terminal error of type InvalidRequest with every problem on a
// line of its own, which says what would be allowed.
func (a *Activities) CheckAttach(ctx context.Context, q AttachQuery) (AttachPlan, error) {
	return task.Forward(ctx, a.Clouds, q.Cloud, func(ctx context.Context, c *cloud.Client) (AttachPlan, error) {
		p, plan := &attachCheck{}, AttachPlan{}
		server, err := p.chooseServer(ctx, c, q.Server)
		if server != nil {
			plan.Server = *server
			err = nova.CheckStillCalled(ctx, c, *server)
		}
		err = errors.Join(err, p.attachVolume(ctx, c, q, &plan), p.attachPort(ctx, c, q, &plan),
			p.attachNetwork(ctx, c, q, &plan))
		if err != nil {
			return AttachPlan{}, err
		}
		what := "nothing can be attached to server %q on cloud %q as asked"
		if q.Detach {
			what = "nothing can be detached from server %q on cloud %q as asked"
		}
		return plan, p.Err(what, q.Server, q.Cloud)
	})
}

// attachCheck collects the problems of an attachment or a detachment.
type attachCheck struct{ precheck.Problems }

// States in which nova attaches and detaches
// (https://docs.openstack.org/api-ref/compute/, the preconditions of both).
var (
	volumeStates = []string{"ACTIVE", "PAUSED", "SHUTOFF", "VERIFY_RESIZE", "SOFT_DELETED", "SHELVED",
		"SHELVED_OFFLOADED"}
	interfaceStates = []string{"ACTIVE", "PAUSED", "SHUTOFF"}
)

// chooseServer finds a server by id or exact name; nil if the problem is noted.
func (p *attachCheck) chooseServer(ctx context.Context, c *cloud.Client, word string) (*nova.Server, error) {
	found, err := nova.Servers.Find(ctx, c, word)
	if err == nil && len(found) == 0 {
		found, err = nova.ListServersWith(ctx, c, servers.ListOpts{})
	}
	if err != nil {
		return nil, cloud.Nova.Op(cloud.Listing, "list servers").Wrap(ctx, err)
	}
	return precheck.KeepOwn(&p.Problems, c, precheck.Choose(&p.Problems, resource.KindServer, word, found,
		func(s nova.Server) (string, string) { return s.ID, s.Name })), nil
}

// serverState notes that the server is in a state in which nova refuses.
func (p *attachCheck) serverState(s nova.Server, allowed []string) {
	switch {
	case s.ID == "":
	case !slices.Contains(allowed, s.Status):
		p.Add("server %q is %s: it has to be %s", s.Name, s.Status, strings.Join(allowed, ", "))
	case s.TaskState != "":
		p.Add("server %q is %s, and nova is at work on it (%s): wait for that", s.Name, s.Status, s.TaskState)
	}
}

func (p *attachCheck) attachVolume(ctx context.Context, c *cloud.Client, q AttachQuery, plan *AttachPlan) error {
	if q.Volume == "" {
		return nil
	}
	p.serverState(plan.Server, volumeStates)
	v, err := cinder.ChooseVolume(ctx, c, &p.Problems, q.Volume)
	if v == nil || err != nil {
		return err
	}
	plan.Volume = *v
	name, here := resource.Describe(resource.KindVolume, v.Name, v.ID), slices.Contains(v.Servers, plan.Server.ID)
	switch {
	case plan.Server.ID == "":
	case q.Detach && !here:
		p.Add("%s is not attached to server %q: it is %s%s", name, plan.Server.Name, v.Status,
			cinder.DescribeServers(*v))
	case q.Detach && v.Status != "in-use" && v.Status != "detaching":
		p.Add("%s is %s: it has to be in-use", name, v.Status)
	case q.Detach && isRoot(ctx, c, plan.Server, v.ID):
		p.Add("server %q runs from %s: delete the server to free it", plan.Server.Name, name)
	case !q.Detach && here:
		p.Add("%s is attached to server %q already", name, plan.Server.Name)
	case !q.Detach && v.Status != "available":
		p.Add("%s is %s%s: it has to be available", name, v.Status, cinder.DescribeServers(*v))
	}
	return nil
}

// isRoot reports whether a server runs from a volume: it has no image, and the
// volume is its first disk. Nova shows the root device to administrators alone.
func isRoot(ctx context.Context, c *cloud.Client, s nova.Server, volume string) bool {
	if s.ImageID != "" {
		return false
	}
	a, err := attach.FindAttachment(ctx, c, attach.AttachVolumeInput{ServerID: s.ID, VolumeID: volume})
	return err == nil && a != nil && strings.HasSuffix(a.Device, "da")
}

func (p *attachCheck) attachPort(ctx context.Context, c *cloud.Client, q AttachQuery, plan *AttachPlan) error {
	if q.Port == "" {
		return nil
	}
	p.serverState(plan.Server, interfaceStates)
	found, err := portsCalled(ctx, c, q.Port)
	if err != nil {
		return err
	}
	port := precheck.KeepOwn(&p.Problems, c, precheck.Choose(&p.Problems, resource.KindPort, q.Port, found,
		func(v neutron.Port) (string, string) { return v.ID, v.Name }))
	if port == nil {
		return nil
	}
	plan.Port = *port
	name := resource.Describe(resource.KindPort, port.Name, port.ID)
	switch {
	case plan.Server.ID == "":
	case q.Detach && port.DeviceID != plan.Server.ID:
		p.Add("%s does not belong to server %q: it is used by %q", name, plan.Server.Name,
			strings.TrimSpace(port.DeviceOwner+" "+port.DeviceID))
	case !q.Detach && port.DeviceID == plan.Server.ID:
		p.Add("%s belongs to server %q already", name, plan.Server.Name)
	case !q.Detach && port.DeviceID != "":
		p.Add("%s is in use by %s %s: take it off there first, or use another", name, port.DeviceOwner, port.DeviceID)
	case !q.Detach && len(port.FixedIPs) == 0:
		p.Add("%s has no fixed address, which nova needs: give it one, or use another", name)
	}
	return nil
}

// portsCalled finds ports of the project by id or exact name. Only if there is
// none does it list all, to say what exists.
func portsCalled(ctx context.Context, c *cloud.Client, word string) ([]neutron.Port, error) {
	if resource.LooksLikeID(word) {
		p, err := neutron.Ports.Get(ctx, c, word)
		if cloud.ClassOf(err) != cloud.Gone {
			return []neutron.Port{p}, err
		}
	}
	all, err := allPorts(ctx, c)
	if err != nil {
		return nil, err
	}
	exact := slices.DeleteFunc(slices.Clone(all), func(p neutron.Port) bool { return p.ID != word && p.Name != word })
	if len(exact) > 0 {
		return exact, nil
	}
	return all, nil
}

func allPorts(ctx context.Context, c *cloud.Client) ([]neutron.Port, error) {
	op := cloud.Neutron.Op(cloud.Listing, "list ports")
	pages, err := ports.List(c.Network, ports.ListOpts{ProjectID: c.Project}).AllPages(ctx)
	if err != nil {
		return nil, op.Wrap(ctx, err)
	}
	all, err := ports.ExtractPorts(pages)
	var out []neutron.Port
	for _, p := range all {
		out = append(out, neutron.ToPort(c, &p))
	}
	return out, op.Wrap(ctx, err)
}

func (p *attachCheck) attachNetwork(ctx context.Context, c *cloud.Client, q AttachQuery, plan *AttachPlan) error {
	if q.Network == "" {
		return nil
	}
	p.serverState(plan.Server, interfaceStates)
	all, err := neutron.ListVisibleNetworks(ctx, c)
	if err != nil {
		return err
	}
	n := precheck.Choose(&p.Problems, "network", q.Network, all,
		func(n neutron.VisibleNetwork) (string, string) { return n.ID, n.Name })
	switch {
	case n == nil:
	case !n.HasSubnet:
		p.Add("network %q (%s) has no subnet, so its ports get no address: add one, or choose another network", n.Name,
			n.ID)
	default:
		plan.Network = neutron.NetworkRef{ID: n.ID, Name: n.Name}
	}
	return nil
}
