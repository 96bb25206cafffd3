package nova

import (
	"context"
	"slices"

	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/services"

	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/precheck"
	"novaflow/activities/internal/resource"
	"novaflow/activities/keystone"
)

// FindOwners returns, by the id of the server, the entries of clouds.yaml with which the
// owners of servers ask for runs. A project that is gone has no entry.
func FindOwners(ctx context.Context, c *cloud.Client, all []ServerBefore) (map[string][]string, error) {
	entries, clouds := map[string][]string{}, map[string][]string{}
	for _, b := range all {
		if _, known := entries[b.Project]; !known {
			p, err := keystone.Projects.Get(ctx, c, b.Project)
			if cloud.ClassOf(err) == cloud.Gone {
				p.ID, err = b.Project, nil
			}
			if err == nil {
				entries[b.Project], err = c.EntriesOf(p.ID, p.Name)
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

// RecordWithOwner is like RecordBefore for a run that moves a server of any project.
func RecordWithOwner(ctx context.Context, c *cloud.Client, v Server) (ServerBefore, error) {
	b, err := RecordBefore(ctx, c, v)
	if err != nil {
		return b, err
	}
	clouds, err := FindOwners(ctx, c, []ServerBefore{b})
	b.Clouds = clouds[b.ID]
	return b, err
}

// CheckDestination records why the server cannot go to the host, or nowhere if none is
// named. Nova accepts a move to the server's own host and then fails it.
func CheckDestination(ctx context.Context, c *cloud.Client, p *precheck.Problems, v Server, host string) error {
	all, err := ListComputeServices(ctx, c)
	if reason := cloud.DescribeForbidden(c, "hosts", err); reason != "" {
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
		p.Add("%s is on host %s, and no other is up and enabled", resource.Describe(resource.KindServer, v.Name, v.ID),
			v.Host)
	case host == "" || slices.Contains(others, host):
	case host == v.Host:
		p.Add("%s is on host %s already: name one of %s", resource.Describe(resource.KindServer, v.Name, v.ID), host,
			precheck.ListSome(others))
	default:
		p.Add("no host %q is up and enabled%s", host, precheck.Advise(host, others))
	}
	return nil
}

// ListComputeServices lists the services of all hosts. Only administrators may.
func ListComputeServices(ctx context.Context, c *cloud.Client) ([]services.Service, error) {
	op := cloud.Nova.Op(cloud.Listing, "list compute services")
	newer := *c.Compute
	newer.Microversion = ServiceMicroversion
	pages, err := services.List(&newer, services.ListOpts{Binary: "nova-compute"}).AllPages(ctx)
	if err != nil {
		return nil, op.Wrap(ctx, err)
	}
	all, err := services.ExtractServices(pages)
	return all, op.Wrap(ctx, err)
}

// ServiceMicroversion is the first in which services have ids of all cells.
const ServiceMicroversion = "2.53"
