package devcloud

import (
	"time"

	"github.com/google/uuid"
)

// addSNAT gives a distributed router with a gateway the port by which the traffic of
// an interface's network leaves the cloud: it is nobody's, and comes and goes with
// the interface.
func (c RouterAPI) addSNAT(r *router, p *port, now time.Time) error {
	if r.Kind != "distributed" || r.External == "" {
		return nil
	}
	snat := &port{meta: meta{ID: uuid.NewString(), Status: "ACTIVE", Created: now, Updated: now, Revision: 1},
		Network: p.Network, Device: r.ID, Owner: routerSNAT, Unsafe: true}
	if err := c.finishPort(snat, []fixedIP{{Subnet: p.FixedIPs[0].Subnet}}, true); err != nil {
		return err
	}
	c.ports.put(snat)
	return nil
}

// dropSNAT removes those on a network, on all with "".
func (c RouterAPI) dropSNAT(r *router, network string) {
	for _, p := range c.ports.find("device_id=" + r.ID) {
		if p.Owner == routerSNAT && (network == "" || p.Network == network) {
			c.dropPort(p)
		}
	}
}
