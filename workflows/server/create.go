package server

import (
	"fmt"

	"novaflow/activities"
	"novaflow/saga"
	"novaflow/workflows/spec"
)

// Create makes a server with all it needs: ports, a boot volume, data
// volumes, a security group, a floating IP, a key pair, a server group; or it uses
// ports and volumes that the user brings.
//
// What is held: the workflow id is the server's name in its cloud (see
// ServerWorkflowID), so one run at a time changes a server; and the ports and
// volumes that the user brings.
//
// The invariant: everything the run makes carries the run's mark from its first
// moment, and either the run commits with all of it, or none of it is left.
// What the run does not make (image, network, key pair) it never changes, and what
// the user brings it gives back as it was.
var Create = spec.Flow[CreateSpec, Server]{
	Workflow: "ServerCreate", Kind: "server-create", // both stand in histories
	Build: buildCreate,
	// It asks for everything but alternatives, which put the server into a scope.
	Example: CreateSpec{
		RunOptions: spec.RunOptions{Cloud: "devcloud"}, Name: "web-1", Image: "tiny", Flavor: "m1.nano",
		Ports: []PortSpec{{Network: "private"}, {Port: "web-1-port"}}, BootVolume: 1,
		Volumes:    []VolumeSpec{{Size: 1}, {Volume: "web-1-data"}},
		FloatingIP: "auto", Ingress: []spec.Rule{{Protocol: "tcp", Port: 22}},
		KeyName: "web-1", PublicKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHUZ2KJgbVjKwCB0Ld4pVRUfSNhIAKAOpTZiCEcIkuXZ web-1",
		GroupPolicy: "soft-anti-affinity", Readiness: spec.Readiness{Ready: []spec.Probe{{Protocol: "tcp", Port: 22}}},
	},
}

// buildCreate is the flow. The tasks, in the order in which they can start:
//
//	request            look up everything, report every problem
//	lock               the ports and volumes that the user brings
//	security-group     and its rules
//	port-N, boot-volume, volume-N, floating-ip, key-pair, server-group
//	server             when its ports and its boot volume are ready
//	active             wait for it; with alternatives, both are in the scope place
//	attach-N, floating-ip-associate
//	ready-N            wait until it answers
func buildCreate(f *saga.Flow, req CreateSpec) saga.Ref[Server] {
	c := &creation{Flow: f, req: req}
	c.plan = saga.Add(c.Flow, spec.RequestTask, activities.CheckServerAction, saga.From(saga.ThisRun(), req.query),
		saga.Summary("look up what the request names"))
	c.lock()
	ports := c.ports(c.securityGroup())
	boot := c.bootVolume()
	volumes := c.volumes()
	floating := c.floatingIP()
	key, group := c.keyPair(), c.serverGroup()
	active := c.server(ports, boot, key, group)
	c.attach(active, volumes)
	address := c.associate(active, floating, ports)
	c.ready(active, ports, address)

	made := saga.From2(key, group, func(key, group string) Server {
		out := Server{}
		if req.PublicKey != "" {
			out.KeyPair = key
		}
		if req.GroupPolicy != "" {
			out.ServerGroup = group
		}
		return out
	})
	parts := saga.From4(ports, boot, volumes, address, func(ports []activities.Port, boot string, volumes []activities.Volume, address string) Server {
		return Server{Ports: ids(ports), BootVolume: boot, Volumes: ids(volumes), FloatingIP: address}
	})
	return saga.From3(active, parts, made, func(s activities.Server, parts, made Server) Server {
		parts.ID, parts.Name, parts.Status, parts.Flavor, parts.Zone = s.ID, s.Name, s.Status, s.Flavor, s.Zone
		parts.KeyPair, parts.ServerGroup = made.KeyPair, made.ServerGroup
		for _, a := range s.Addresses {
			parts.Addresses = append(parts.Addresses, a.IP)
		}
		return parts
	})
}

// creation is a ServerCreate flow under construction.
type creation struct {
	*saga.Flow
	req  CreateSpec
	plan saga.Ref[activities.ServerPlan]
	held []saga.Dependency // the locks on what the user brings
}

// securityGroup adds a group that admits what the request asks for. The ref is to the groups
// of the ports; none means the project's default group. The ports wait for the rules too: a
// port must not be reachable otherwise than asked for, not even for a moment.
func (c *creation) securityGroup() saga.Ref[[]string] {
	if len(c.req.Ingress) == 0 {
		return saga.Value[[]string](nil)
	}
	group := spec.AddSecurityGroup(c.Flow, c.req.Cloud, c.req.Name, c.req.Ingress, c.plan)
	return saga.From(group, func(id string) []string { return []string{id} })
}

// volume adds two tasks: one that asks for a volume, one that waits for it.
func (c *creation) volume(name string, in saga.Ref[activities.CreateVolumeInput]) saga.Ref[activities.Volume] {
	asked := saga.Add(c.Flow, name, activities.VolumeAction, in, saga.After(c.plan))
	return saga.Add(c.Flow, name+"-ready", activities.WaitVolumeAction, saga.From(asked, func(v activities.Volume) activities.VolumeWait {
		return activities.VolumeWait{Cloud: c.req.Cloud, ID: v.ID, Name: v.Name, Status: "available"}
	}), saga.Summary("wait until it is available"))
}

// floatingIP adds a floating IP that points nowhere yet.
func (c *creation) floatingIP() saga.Ref[activities.FloatingIP] {
	if c.req.FloatingIP == "" {
		return saga.Value(activities.FloatingIP{})
	}
	return saga.Add(c.Flow, "floating-ip", activities.FloatingIPAction,
		saga.From(c.plan, func(plan activities.ServerPlan) activities.CreateFloatingIPInput {
			return activities.CreateFloatingIPInput{Cloud: c.req.Cloud, ExternalNetworkID: plan.ExternalNetwork.ID}
		}))
}

// attach adds the data volumes to the server, one after the other: nova
// refuses nothing else, but the guest sees them in the order of the spec.
func (c *creation) attach(active saga.Ref[activities.Server], volumes saga.Ref[[]activities.Volume]) {
	var before []saga.TaskOption
	for i := range c.req.Volumes {
		attached := saga.Add(c.Flow, fmt.Sprintf("attach-%d", i), activities.AttachmentAction,
			saga.From2(active, volumes, func(s activities.Server, volumes []activities.Volume) activities.AttachVolumeInput {
				return activities.AttachVolumeInput{Cloud: c.req.Cloud, ServerID: s.ID, VolumeID: volumes[i].ID}
			}), before...)
		inUse := saga.Add(c.Flow, fmt.Sprintf("attach-%d-ready", i), activities.WaitVolumeAction,
			saga.From(attached, func(a activities.Attachment) activities.VolumeWait {
				return activities.VolumeWait{Cloud: c.req.Cloud, ID: a.VolumeID, Status: "in-use"}
			}), saga.Summary("wait until it is in use"))
		before = []saga.TaskOption{saga.After(inUse)}
	}
}

// associate adds the task that points the floating IP to the first port once the server is
// up. The ref is to the address once it leads there, "" without a floating IP.
func (c *creation) associate(
	active saga.Ref[activities.Server], floating saga.Ref[activities.FloatingIP], ports saga.Ref[[]activities.Port],
) saga.Ref[string] {
	if c.req.FloatingIP == "" {
		return saga.Value("")
	}
	associated := saga.Add(c.Flow, "floating-ip-associate", activities.FloatingIPAssociationAction,
		saga.From2(floating, ports, func(ip activities.FloatingIP, ports []activities.Port) activities.AssociateFloatingIPInput {
			return activities.AssociateFloatingIPInput{
				Cloud: c.req.Cloud, FloatingIPID: ip.ID, PortID: ports[0].ID, FixedIP: c.req.Ports[0].inside(ports[0].FixedIPs),
			}
		}), saga.After(active))
	return saga.From2(associated, floating, func(_ activities.Association, ip activities.FloatingIP) string { return ip.IP })
}

// ids are the ids of a list of things.
func ids[T saga.Identified](things []T) []string {
	out := make([]string, len(things))
	for i, t := range things {
		out[i] = t.ResourceID()
	}
	return out
}
