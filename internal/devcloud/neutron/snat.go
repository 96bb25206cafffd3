package neutron

import (
	"time"

	"github.com/google/uuid"

	"novaflow/internal/devcloud/store"
)

// addSNAT creates the port by which traffic of an interface's network leaves the cloud,
// if the router is distributed and has a gateway. The port belongs to no project, and
// goes with the interface.
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

// dropSNAT removes these ports on a network. With network "" it removes all.
func (c RouterAPI) dropSNAT(r *Router, network string) {
	for _, p := range c.Ports.Find("device_id=" + r.ID) {
		if p.Owner == routerSNAT && (network == "" || p.Network == network) {
			c.DropPort(p)
		}
	}
}
