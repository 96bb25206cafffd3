package server

import (
	"novaflow/activities/neutron"
	"novaflow/activities/nova/plan"
)

// query returns what the cloud is asked before anything is created.
func (s CreateSpec) query(run string) plan.ServerQuery {
	q := plan.ServerQuery{
		Cloud: s.Cloud, Run: run, Name: s.Name, Image: s.Image, Flavor: s.Flavor, KeyName: s.KeyName,
		AvailabilityZone: s.AvailabilityZone, ExternalNetwork: s.FloatingIP,
		BootVolumeGiB: s.BootVolume, SecurityGroup: len(s.Ingress) > 0, Rules: len(s.Ingress),
		FallbackFlavors: s.FallbackFlavors, FallbackZones: s.FallbackZones,
		Snapshot: s.Snapshot, BootVolume: s.BootFrom,
		ServerGroup: s.ServerGroup, NewServerGroup: s.GroupPolicy != "", NewKeyPair: s.PublicKey != "",
		Properties: len(s.Properties), Hostname: s.Hostname != "", UserData: s.UserData,
	}
	if s.BootType != "" {
		q.VolumeTypes = append(q.VolumeTypes, s.BootType)
	}
	s.addPortsTo(&q)
	s.addVolumesTo(&q)
	return q
}

// addPortsTo adds to a query what it says of ports.
func (s CreateSpec) addPortsTo(q *plan.ServerQuery) {
	for _, p := range s.Ports {
		q.Networks = append(q.Networks, p.Network)
		asked := plan.PortQuery{Port: p.Port, SecurityGroups: s.groupsOf(p)}
		for _, f := range p.addresses() {
			asked.FixedIPs = append(asked.FixedIPs, neutron.FixedIP{SubnetID: f.Subnet, IP: f.IP})
		}
		q.Ports = append(q.Ports, asked)
	}
}

// groupsOf returns the security groups of a port beside the run's own.
func (s CreateSpec) groupsOf(p PortSpec) []string {
	switch {
	case p.Port != "" || p.NoPortSecurity:
		return nil
	case len(p.SecurityGroups) > 0:
		return p.SecurityGroups
	}
	return s.SecurityGroups
}

// addVolumesTo adds to a query what it says of volumes.
func (s CreateSpec) addVolumesTo(q *plan.ServerQuery) {
	existing := false
	for _, v := range s.Volumes {
		existing = existing || v.Volume != ""
		q.Volumes = append(q.Volumes, v.Volume)
		q.DataVolumesGiB = append(q.DataVolumesGiB, v.Size)
		if v.Type != "" {
			q.VolumeTypes = append(q.VolumeTypes, v.Type)
		}
	}
	if !existing {
		q.Volumes = nil
	}
}
