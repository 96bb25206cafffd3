package activities

import (
	"context"
	"slices"

	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/services"
)

// ownersOf are the entries of clouds.yaml with which the owners of servers ask for
// runs, by the id of the server. A project that is gone has no name any more.
func ownersOf(ctx context.Context, c *client, all []ServerBefore) (map[string][]string, error) {
	entries, clouds := map[string][]string{}, map[string][]string{}
	for _, b := range all {
		if _, known := entries[b.Project]; !known {
			p, err := projectResource.fetch(ctx, c, b.Project)
			if classOf(err) == Gone {
				p.ID, err = b.Project, nil
			}
			if err == nil {
				entries[b.Project], err = c.clouds.entriesOf(c, p.ID, p.Name)
			}
			if err != nil {
				return nil, err
			}
		}
		if named := entries[b.Project]; len(named) > 0 {
			clouds[b.ID] = named
		}
	}
	return clouds, nil
}

// withOwner is before for a run that moves a server of whatever project.
func withOwner(ctx context.Context, c *client, v Server) (ServerBefore, error) {
	b, err := before(ctx, c, v)
	if err != nil {
		return b, err
	}
	clouds, err := ownersOf(ctx, c, []ServerBefore{b})
	b.Clouds = clouds[b.ID]
	return b, err
}

// checkDestination records why the server cannot go to the host, or nowhere if none is
// named. Nova accepts a move to the server's own host and then fails it.
func checkDestination(ctx context.Context, c *client, p *Problems, v Server, host string) error {
	all, err := computeServices(ctx, c)
	if reason := notAdministrator(c, "hosts", err); reason != "" {
		p.Add("%s", reason)
		return nil
	}
	if err != nil {
		return err
	}
	var others []string
	for _, s := range all {
		if s.Host != v.Host && s.State == "up" && s.Status == "enabled" {
			others = append(others, s.Host)
		}
	}
	slices.Sort(others)
	switch {
	case len(others) == 0:
		p.Add("%s is on host %s, and no other is up and enabled", named(KindServer, v.Name, v.ID), v.Host)
	case host == "" || slices.Contains(others, host):
	case host == v.Host:
		p.Add("%s is on host %s already: name one of %s", named(KindServer, v.Name, v.ID), host, some(others))
	default:
		p.Add("no host %q is up and enabled%s", host, advice(host, others))
	}
	return nil
}

// computeServices lists the services of all hosts. Only administrators may.
func computeServices(ctx context.Context, c *client) ([]services.Service, error) {
	op := Op{Nova, Listing, "list compute services"}
	newer := *c.compute
	newer.Microversion = serviceMicroversion
	pages, err := services.List(&newer, services.ListOpts{Binary: "nova-compute"}).AllPages(ctx)
	if err != nil {
		return nil, op.wrap(ctx, err)
	}
	all, err := services.ExtractServices(pages)
	return all, op.wrap(ctx, err)
}

// serviceMicroversion is the first in which services have ids of all cells.
const serviceMicroversion = "2.53"
