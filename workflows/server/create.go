package server

import (
	"novaflow/activities/cinder"
	"novaflow/activities/neutron"
	"novaflow/activities/nova"
	"novaflow/activities/nova/plan"
	"novaflow/saga"
	"novaflow/workflows/spec"
)

// Create creates a server with all it needs: ports, a boot volume, data volumes, a
// security group, a floating IP, a key pair and a server group. It can also use existing
// ports and volumes.
//
// Locks: the server's name in its cloud, and the existing ports and volumes.
//
// Invariant: all that the run creates carries the run's mark from its first moment, and
// either the run commits with all of it, or none of it is left. Images, networks and
// existing key pairs are never changed; existing ports and volumes are released as they
// were.
var Create = spec.Flow[CreateSpec, Server]{
	Workflow: "ServerCreate", Kind: "server-create", // both stand in histories
	Build: buildCreate,
	// It asks for everything but alternatives, which put the server into a scope.
	Example: CreateSpec{
		RunOptions: spec.RunOptions{Cloud: "devcloud"}, Name: "web-1", Image: "tiny", Flavor: "m1.nano",
		Ports: []PortSpec{{Network: "private"}, {Port: "web-1-port"}}, BootVolume: 1,
		Volumes:    []VolumeSpec{{Size: 1}, {Volume: "web-1-data"}},
		FloatingIP: "auto", Ingress: []spec.Rule{{Protocol: "tcp", Port: 22}},
		KeyName:     "web-1",
		PublicKey:   "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHUZ2KJgbVjKwCB0Ld4pVRUfSNhIAKAOpTZiCEcIkuXZ web-1",
		GroupPolicy: "soft-anti-affinity",
		Readiness:   spec.Readiness{Ready: []spec.Probe{{Protocol: "tcp", Port: 22}}},
	},
}

// buildCreate adds the tasks, here in the order in which they can start:
//
//	request            look up everything, report every problem
//	lock               the existing ports and volumes
//	security-group     and its rules
//	port-N, boot-volume, volume-N, floating-ip, key-pair, server-group
//	server             when its ports and its boot volume are ready
//	active             wait for it; with alternatives, both are in the scope place
//	attach-N, floating-ip-associate
//	ready-N            wait until it answers
func buildCreate(f *saga.Flow, req CreateSpec) saga.Ref[Server] {
	c := &creation{Flow: f, req: req}
	c.plan = saga.Add(f, spec.RequestTask, plan.CheckServerAction, saga.From(saga.ThisRun(), req.query),
		saga.Summary("look up what the request names"))
	c.lockExisting()
	p := parts{ports: c.addPorts(c.addSecurityGroup())}
	p.boot, p.volumes = c.addBootVolume(), c.addVolumes()
	floating := c.addFloatingIP()
	p.key, p.group = c.addKeyPair(), c.addServerGroup()
	active := c.addServer(p)
	c.attachVolumes(active, p.volumes)
	p.address = c.associate(active, floating, p.ports)
	c.awaitReady(active, p)
	return c.result(active, p)
}

// creation is a ServerCreate flow under construction.
type creation struct {
	*saga.Flow
	req    CreateSpec
	plan   saga.Ref[plan.ServerPlan]
	locked []saga.Dependency // the locks of existing ports and volumes
}

// parts are what belongs to a server.
type parts struct {
	ports   saga.Ref[[]neutron.Port]
	boot    saga.Ref[string] // id of the boot volume; "": it boots from the image itself
	volumes saga.Ref[[]cinder.Volume]
	key     saga.Ref[string] // name of the key pair; "" none
	group   saga.Ref[string] // id of the server group; "" none
	address saga.Ref[string] // floating IP, once it leads to the server; "" none
}

// result computes the result of the run.
func (c *creation) result(active saga.Ref[nova.Server], p parts) saga.Ref[Server] {
	created := saga.From2(p.key, p.group, func(key, group string) (out Server) {
		if c.req.PublicKey != "" {
			out.KeyPair = key
		}
		if c.req.GroupPolicy != "" {
			out.ServerGroup = group
		}
		return out
	})
	out := saga.From2(created, p.address, func(out Server, address string) Server {
		out.FloatingIP = address
		return out
	})
	out = saga.From4(out, p.ports, p.boot, p.volumes,
		func(out Server, ports []neutron.Port, boot string, volumes []cinder.Volume) Server {
			out.Ports, out.BootVolume, out.Volumes = idsOf(ports), boot, idsOf(volumes)
			return out
		})
	return saga.From2(active, out, func(s nova.Server, out Server) Server {
		out.ID, out.Name, out.Status, out.Flavor, out.Zone = s.ID, s.Name, s.Status, s.Flavor, s.Zone
		for _, a := range s.Addresses {
			out.Addresses = append(out.Addresses, a.IP)
		}
		return out
	})
}

// idsOf returns the ids of resources.
func idsOf[T saga.Identified](resources []T) []string {
	out := make([]string, len(resources))
	for i, r := range resources {
		out[i] = r.ResourceID()
	}
	return out
}
