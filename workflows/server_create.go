package workflows

import (
	"fmt"

	"go.temporal.io/sdk/workflow"

	"novaflow/activities/cinder"
	"novaflow/activities/neutron"
	"novaflow/activities/nova"
	"novaflow/activities/nova/attach"
	"novaflow/activities/nova/plan"
	"novaflow/saga"
)

// ServerCreate makes a server with all it needs: ports, a boot volume, data
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
func ServerCreate(ctx workflow.Context, spec ServerSpec) (Server, error) {
	return run(ctx, serverCreate, spec)
}

// Names of the workflow and of its flow.
const (
	ServerCreateName = "ServerCreate"
	ServerCreateKind = "server-create"
)

var serverCreate = saga.Define(ServerCreateKind, buildServerCreate)

// serverCreateExample asks for something of everything, but for alternatives:
// they put the server into a scope.
var serverCreateExample = ServerSpec{
	RunOptions: RunOptions{Cloud: "devcloud"}, Name: "web-1", Image: "tiny", Flavor: "m1.nano",
	Ports: []PortSpec{{Network: "private"}, {Port: "web-1-port"}}, BootVolume: 1,
	Volumes:    []VolumeSpec{{Size: 1}, {Volume: "web-1-data"}},
	FloatingIP: "auto", Ingress: []Rule{{Protocol: "tcp", Port: 22}},
	KeyName: "web-1", PublicKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHUZ2KJgbVjKwCB0Ld4pVRUfSNhIAKAOpTZiCEcIkuXZ web-1",
	GroupPolicy: "soft-anti-affinity", Readiness: Readiness{Ready: []Probe{{Protocol: "tcp", Port: 22}}},
}

// buildServerCreate is the flow. The tasks, in the order in which they can start:
//
//	request            look up everything, report every problem
//	lock               the ports and volumes that the user brings
//	security-group     and its rules
//	port-N, boot-volume, volume-N, floating-ip, key-pair, server-group
//	server             when its ports and its boot volume are ready
//	active             wait for it; with alternatives, both are in the scope place
//	attach-N, floating-ip-associate
//	ready-N            wait until it answers
func buildServerCreate(spec ServerSpec) (*saga.Flow, saga.Ref[Server]) {
	c := &creation{Flow: saga.NewFlow(ServerCreateKind, spec.flowOptions()...), spec: spec}
	c.plan = saga.Add(c.Flow, requestTask, plan.CheckServerAction, saga.From(saga.ThisRun(), spec.query),
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
		if spec.PublicKey != "" {
			out.KeyPair = key
		}
		if spec.GroupPolicy != "" {
			out.ServerGroup = group
		}
		return out
	})
	parts := saga.From4(ports, boot, volumes, address, func(ports []neutron.Port, boot string, volumes []cinder.Volume, address string) Server {
		return Server{Ports: ids(ports), BootVolume: boot, Volumes: ids(volumes), FloatingIP: address}
	})
	return c.Flow, saga.From3(active, parts, made, func(s nova.Server, parts, made Server) Server {
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
	spec ServerSpec
	plan saga.Ref[plan.ServerPlan]
	held []saga.Dependency // the locks on what the user brings
}

// securityGroup adds a group that admits what the spec asks for. The ref is to
// the groups of the ports; none means the project's default group.
func (c *creation) securityGroup() saga.Ref[[]string] {
	if len(c.spec.Ingress) == 0 {
		return saga.Value[[]string](nil)
	}
	group := saga.Add(c.Flow, "security-group", neutron.SecurityGroupAction,
		saga.From(c.plan, func(plan.ServerPlan) neutron.CreateSecurityGroupInput {
			return neutron.CreateSecurityGroupInput{Cloud: c.spec.Cloud, Name: c.spec.Name}
		}))
	refs := []saga.Ref[string]{saga.From(group, neutron.SecurityGroup.ResourceID)}
	for i, rule := range c.spec.Ingress {
		added := saga.Add(c.Flow, fmt.Sprintf("security-group-rule-%d", i), neutron.SecurityGroupRuleAction,
			saga.From(group, func(g neutron.SecurityGroup) neutron.CreateSecurityGroupRuleInput {
				return neutron.CreateSecurityGroupRuleInput{
					Cloud: c.spec.Cloud, SecurityGroupID: g.ID, EtherType: rule.etherType(),
					Protocol: rule.Protocol, PortMin: rule.Port, PortMax: rule.Port, RemoteCIDR: rule.From,
				}
			}), saga.Summary("admit "+rule.String()))
		refs = append(refs, saga.From(added, func(neutron.SecurityGroupRule) string { return "" }))
	}
	// The ports wait for the rules too: a port must not be reachable otherwise
	// than asked for, not even for a moment.
	return saga.From(saga.Collect(refs), func(ids []string) []string { return ids[:1] })
}

// volume adds two tasks: one that asks for a volume, one that waits for it.
func (c *creation) volume(name string, in func(plan.ServerPlan) cinder.CreateVolumeInput) saga.Ref[cinder.Volume] {
	asked := saga.Add(c.Flow, name, cinder.VolumeAction, saga.From(c.plan, in))
	return saga.Add(c.Flow, name+"-ready", cinder.WaitVolumeAction, saga.From(asked, func(v cinder.Volume) cinder.VolumeWait {
		return cinder.VolumeWait{Cloud: c.spec.Cloud, ID: v.ID, Name: v.Name, Status: "available"}
	}), saga.Summary("wait until it is available"))
}

// floatingIP adds a floating IP that points nowhere yet.
func (c *creation) floatingIP() saga.Ref[neutron.FloatingIP] {
	if c.spec.FloatingIP == "" {
		return saga.Value(neutron.FloatingIP{})
	}
	return saga.Add(c.Flow, "floating-ip", neutron.FloatingIPAction,
		saga.From(c.plan, func(plan plan.ServerPlan) neutron.CreateFloatingIPInput {
			return neutron.CreateFloatingIPInput{Cloud: c.spec.Cloud, ExternalNetworkID: plan.ExternalNetwork.ID}
		}))
}

// attach adds the data volumes to the server, one after the other: nova
// refuses nothing else, but the guest sees them in the order of the spec.
func (c *creation) attach(active saga.Ref[nova.Server], volumes saga.Ref[[]cinder.Volume]) {
	var before []saga.TaskOption
	for i := range c.spec.Volumes {
		attached := saga.Add(c.Flow, fmt.Sprintf("attach-%d", i), attach.VolumeAttachmentAction,
			saga.From2(active, volumes, func(s nova.Server, volumes []cinder.Volume) attach.AttachVolumeInput {
				return attach.AttachVolumeInput{Cloud: c.spec.Cloud, ServerID: s.ID, VolumeID: volumes[i].ID}
			}), before...)
		inUse := saga.Add(c.Flow, fmt.Sprintf("attach-%d-ready", i), cinder.WaitVolumeAction,
			saga.From(attached, func(a attach.Attachment) cinder.VolumeWait {
				return cinder.VolumeWait{Cloud: c.spec.Cloud, ID: a.VolumeID, Status: "in-use"}
			}), saga.Summary("wait until it is in use"))
		before = []saga.TaskOption{saga.After(inUse)}
	}
}

// associate points the floating IP to the first port once the server is up. The
// ref is to the address, "" without a floating IP.
func (c *creation) associate(active saga.Ref[nova.Server], floating saga.Ref[neutron.FloatingIP], ports saga.Ref[[]neutron.Port]) saga.Ref[string] {
	if c.spec.FloatingIP == "" {
		return saga.Value("")
	}
	associated := saga.Add(c.Flow, "floating-ip-associate", neutron.FloatingIPAssociationAction,
		saga.From2(floating, ports, func(ip neutron.FloatingIP, ports []neutron.Port) neutron.AssociateFloatingIPInput {
			return neutron.AssociateFloatingIPInput{Cloud: c.spec.Cloud, FloatingIPID: ip.ID, PortID: ports[0].ID, FixedIP: c.spec.Ports[0].inside(ports[0].FixedIPs)}
		}), saga.After(active))
	return saga.From2(associated, floating, func(_ neutron.Association, ip neutron.FloatingIP) string { return ip.IP })
}

// ids are the ids of a list of things.
func ids[T saga.Identified](things []T) []string {
	out := make([]string, len(things))
	for i, t := range things {
		out[i] = t.ResourceID()
	}
	return out
}
