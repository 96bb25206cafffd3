package compute

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"novaflow/internal/devcloud/api"
)

// The size of each host is 64 vCPUs shared by four, 128 GiB of memory and 4 TiB of disk.
const (
	hostVCPUs = 256
	hostRAM   = 131072
	hostDisk  = 4096
)

// host is a hypervisor and what its servers use of it.
type host struct{ vcpus, ram, disk int }

// HostName returns the name of the host with an index.
func HostName(i int) string { return fmt.Sprintf("compute-%d", i+1) }

// AddHosts brings the number of hosts to the number in the settings. Hosts that have
// servers stay.
func (c *Compute) AddHosts() {
	for len(c.hosts) < c.State.Hosts {
		c.hosts = append(c.hosts, host{})
	}
	for n := len(c.hosts); n > c.State.Hosts && c.hosts[n-1] == (host{}); n-- {
		c.hosts = c.hosts[:n-1]
	}
}

// HostLoads returns what the servers use of each host.
func (c *Compute) HostLoads() []host { return slices.Clone(c.hosts) }

// CountServer adds the server to the load of its host and the usage of its project. With
// sign -1 it removes it.
func (c *Compute) CountServer(s *Server, sign int) {
	f := &s.Flavor
	c.Use(s.Project, "cores", sign*f.VCPUs)
	c.Use(s.Project, "ram", sign*f.RAM)
	if s.Host < 0 {
		return
	}
	for len(c.hosts) <= s.Host {
		c.hosts = append(c.hosts, host{})
	}
	h := &c.hosts[s.Host]
	h.vcpus, h.ram, h.disk = h.vcpus+sign*f.VCPUs, h.ram+sign*f.RAM, h.disk+sign*s.localDisk()
}

// CountKept removes a server that is kept after its deletion from the usage of its
// project. With sign -1 it counts it again. The server stays on its host.
func (c *Compute) CountKept(s *Server, sign int) {
	c.Use(s.Project, "cores", -sign*s.Flavor.VCPUs)
	c.Use(s.Project, "ram", -sign*s.Flavor.RAM)
	c.Use(s.Project, keptServers, sign)
}

// localDisk returns what the server uses of its host's disk, in GiB.
func (s *Server) localDisk() int {
	if s.Image == "" {
		return s.Flavor.Ephemeral
	}
	return s.Flavor.Disk + s.Flavor.Ephemeral
}

// PickHost returns the first host in service that has the capacity and suits the server's
// group, or -1. A server that moves does not stay where it is.
func (c *Compute) PickHost(s *Server) int {
	var mates []int
	policy := ""
	if g, ok := c.Groups.Get(s.Group); ok {
		policy = g.Policy
		for _, m := range c.Instances.Find("group=" + g.ID) {
			if m.ID != s.ID {
				mates = append(mates, m.Host)
			}
		}
	}
	for i := range min(len(c.hosts), c.State.Hosts) {
		h := c.hosts[i]
		if s.Zone != "" && c.ZoneOf(i) != s.Zone {
			continue
		}
		full := h.vcpus+s.Flavor.VCPUs > hostVCPUs || h.ram+s.Flavor.RAM > hostRAM || h.disk+s.localDisk() > hostDisk
		here := slices.Contains(mates, i)
		if full || i == s.Host || !c.inService(i) || policy == "anti-affinity" && here ||
			policy == "affinity" && len(mates) > 0 && !here {
			continue
		}
		return i
	}
	return -1
}

// HostID hides the host's name from users, as nova does.
func HostID(project string, i int) string {
	sum := sha256.Sum224([]byte(project + HostName(i)))
	return hex.EncodeToString(sum[:])
}

// Zones lists the availability zones of nova, in the order of the settings.
func (c *Compute) Zones() []string {
	if len(c.State.Zones) == 0 {
		return []string{"nova"}
	}
	return c.State.Zones
}

// ZoneOf returns the zone of a host. The hosts are dealt out to the zones in turn. A
// server without a host is in the first.
func (c *Compute) ZoneOf(host int) string {
	all := c.Zones()
	return all[max(host, 0)%len(all)]
}

func (c hostAPI) listZones(*api.Request) (any, error) {
	var zones []obj
	for _, name := range c.Zones() {
		zones = append(zones, obj{"zoneName": name, "zoneState": obj{"available": true}, "hosts": nil})
	}
	return obj{"availabilityZoneInfo": zones}, nil
}

func (c hostAPI) listHypervisors(q *api.Request) (any, error) {
	if !q.Token.Admin {
		return nil, q.Forbid("os_compute_api:os-hypervisors:list")
	}
	items := []obj{}
	for i := range c.hosts {
		h := c.hosts[i]
		items = append(items, obj{"id": api.StableID(HostName(i)), "hypervisor_hostname": HostName(i),
			"state": c.ServiceOf(i).State(), "status": c.ServiceOf(i).Status(), "hypervisor_type": "devcloud",
			"host_ip": "127.0.0.1", "vcpus": hostVCPUs, "vcpus_used": h.vcpus, "memory_mb": hostRAM,
			"memory_mb_used": h.ram, "local_gb": hostDisk, "local_gb_used": h.disk})
	}
	return obj{"hypervisors": items}, nil
}
