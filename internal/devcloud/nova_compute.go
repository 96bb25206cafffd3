package devcloud

import "slices"

// Compute holds the rows of nova and the load of its hosts.
type Compute struct {
	*Store
	keystone *Keystone
	flavors  *table[*flavor]
	keypairs *table[*keypair]
	groups   *table[*serverGroup]
	servers  *table[*server]
	hosts    []host
}

func newCompute(s *Store, keystone *Keystone) *Compute {
	return &Compute{
		Store: s, keystone: keystone,
		flavors:  newTable(s, "flavor", func() *flavor { return &flavor{} }),
		keypairs: newTable(s, "keypair", func() *keypair { return &keypair{} }),
		groups:   newTable(s, "server-group", func() *serverGroup { return &serverGroup{} }),
		servers:  newTable(s, "server", func() *server { return &server{} }),
	}
}

// deriveServers computes the load of the hosts and what projects use from the servers.
func (c *Compute) deriveServers() {
	c.addHosts()
	for _, s := range c.servers.find() {
		c.countServer(s, +1)
		if s.Kept {
			c.countKept(s, +1)
		}
	}
}

// computeRoutes are the calls that are not about a single server.
func (c *Compute) computeRoutes() []route {
	return slices.Concat(novaQuotaAPI{c}.novaQuotaRoutes(), hostAPI{c}.computeServiceRoutes(), flavorAPI{c}.flavorRoutes(),
		keypairAPI{c}.keypairRoutes(), groupAPI{c}.groupRoutes())
}
