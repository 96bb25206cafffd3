package neutron

import (
	"time"

	"github.com/google/uuid"

	"novaflow/internal/devcloud/store"
)

// addSNAT gives a distributed router with a gateway the port by which the traffic of
// an interface's network leaves the cloud: it is nobody's, and comes and goes with
// the interface.
func (c RouterAPI) addSNAT(r *Router, p *Port, now time.Time) error {
	if r.Kind != "distributed" || r.External == "" {
		return nil
	}
	snat := &Port{Meta: store.Meta{ID: uuid.NewString(), Status: "ACTIVE", Created: now, Updated: now, Revision: 1},
		Network: p.Network, Device: r.ID, Owner: routerSNAT, Unsafe: true}
	if err := c.FinishPort(snat, []FixedIP{{Subnet: p.FixedIPs[0].Subnet}}, true); err != nil {
		return err
	}
	c.Ports.Put(snat)
	return nil
}

// dropSNAT removes those on a network, on all with "".
func (c RouterAPI) dropSNAT(r *Router, network string) {
	for _, p := range c.Ports.Find("device_id=" + r.ID) {
		if p.Owner == routerSNAT && (network == "" || p.Network == network) {
			c.DropPort(p)
		}
	}
}
