package server

import (
	"novaflow/activities"
)

// query is what the cloud is asked before anything is made.
func (s CreateSpec) query(run string) activities.ServerQuery {
	q := activities.ServerQuery{
		Cloud: s.Cloud, Run: run, Name: s.Name, Image: s.Image, Flavor: s.Flavor, KeyName: s.KeyName,
		AvailabilityZone: s.AvailabilityZone, ExternalNetwork: s.FloatingIP,
		BootVolumeGiB: s.BootVolume, SecurityGroup: len(s.Ingress) > 0, Rules: len(s.Ingress),
		FallbackFlavors: s.FallbackFlavors, FallbackZones: s.FallbackZones, Snapshot: s.Snapshot, BootVolume: s.BootFrom,
		ServerGroup: s.ServerGroup, NewServerGroup: s.GroupPolicy != "", NewKeyPair: s.PublicKey != "",
		Properties: len(s.Properties), Hostname: s.Hostname != "", UserData: s.UserData,
	}
	if s.BootType != "" {
		q.VolumeTypes = append(q.VolumeTypes, s.BootType)
	}
	s.askPorts(&q)
	s.askVolumes(&q)
	return q
}

func (s CreateSpec) askPorts(q *activities.ServerQuery) {
	for _, p := range s.Ports {
		q.Networks = append(q.Networks, p.Network)
		asked := activities.PortQuery{Port: p.Port, SecurityGroups: s.groupsOf(p)}
		for _, f := range p.addresses() {
			asked.FixedIPs = append(asked.FixedIPs, activities.FixedIP{SubnetID: f.Subnet, IP: f.IP})
		}
		q.Ports = append(q.Ports, asked)
	}
}

// groupsOf are the security groups that a port is to have beside the run's own.
func (s CreateSpec) groupsOf(p PortSpec) []string {
	switch {
	case p.Port != "" || p.NoPortSecurity:
		return nil
	case len(p.SecurityGroups) > 0:
		return p.SecurityGroups
	}
	return s.SecurityGroups
}

func (s CreateSpec) askVolumes(q *activities.ServerQuery) {
	brought := false
	for _, v := range s.Volumes {
		brought = brought || v.Volume != ""
		q.Volumes = append(q.Volumes, v.Volume)
		q.DataVolumesGiB = append(q.DataVolumesGiB, v.Size)
		if v.Type != "" {
			q.VolumeTypes = append(q.VolumeTypes, v.Type)
		}
	}
	if !brought {
		q.Volumes = nil
	}
}
