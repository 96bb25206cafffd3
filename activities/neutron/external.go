package neutron

import (
	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/precheck"
)

// AutoNetwork stands for the only external network there is.
const AutoNetwork = "auto"

// NetworkRef is a neutron network.
type NetworkRef struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// ChooseExternalNetwork finds the external network that is wanted for something. It
// returns the zero NetworkRef if none is wanted, or if it has recorded a problem.
func ChooseExternalNetwork(p *precheck.Problems, all []VisibleNetwork, wanted, purpose string) NetworkRef {
	var external []VisibleNetwork
	for _, n := range all {
		if n.External {
			external = append(external, n)
		}
	}
	naming := func(n VisibleNetwork) (string, string) { return n.ID, n.Name }
	switch {
	case wanted == "":
	case wanted != AutoNetwork:
		if n := precheck.Choose(p, "external network", wanted, external, naming); n != nil {
			return NetworkRef{ID: n.ID, Name: n.Name}
		}
	case len(external) == 1:
		return NetworkRef{ID: external[0].ID, Name: external[0].Name}
	case len(external) == 0:
		p.Add("there is no external network for %s: ask the operator of the cloud, or do without", purpose)
	default:
		p.Add("there are several external networks: name one of %s", cloud.QuoteAll(precheck.NamesOf(external, naming)))
	}
	return NetworkRef{}
}
