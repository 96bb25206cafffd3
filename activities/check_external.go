package activities

// chooseExternalNetwork finds the external network that is wanted for something. It
// returns the zero NetworkRef if none is wanted, or if it has recorded a problem.
func chooseExternalNetwork(p *Problems, all []networkFact, wanted, purpose string) NetworkRef {
	var external []networkFact
	for _, n := range all {
		if n.External {
			external = append(external, n)
		}
	}
	naming := func(n networkFact) (string, string) { return n.ID, n.Name }
	switch {
	case wanted == "":
	case wanted != AutoNetwork:
		if n := choose(p, "external network", wanted, external, naming); n != nil {
			return NetworkRef{n.ID, n.Name}
		}
	case len(external) == 1:
		return NetworkRef{external[0].ID, external[0].Name}
	case len(external) == 0:
		p.Add("there is no external network for %s: ask whoever runs the cloud, or do without", purpose)
	default:
		p.Add("there are several external networks: name one of %s", quoteAll(namesOf(external, naming)))
	}
	return NetworkRef{}
}
