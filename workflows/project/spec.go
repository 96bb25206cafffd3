package project

import (
	"maps"
	"slices"
	"strings"

	"novaflow/activities/keystone"
	"novaflow/workflows/spec"
	"novaflow/workflows/spec/topology"
)

// BootstrapSpec is the request of Bootstrap. The domain, users, groups, roles and the
// external network are given by name or id. Users and groups by name are those of the
// project's domain.
type BootstrapSpec struct {
	spec.RunOptions
	Name        string `json:"name"`             // one project of this name per domain
	Domain      string `json:"domain,omitempty"` // "" is the domain of the administrator's project
	Description string `json:"description,omitempty"`
	// by service, compute, network or volume, and the service's own names; -1 is no limit
	Quotas  map[string]map[string]int `json:"quotas,omitempty"`
	Roles   []RoleSpec                `json:"roles,omitempty"`  // who may do what in it
	Network NetworkSpec               `json:"network,omitzero"` // a network for it; left out: none
}

// RoleSpec gives a user or a group a role.
type RoleSpec struct {
	Role  string `json:"role"`
	User  string `json:"user,omitempty"`  // or
	Group string `json:"group,omitempty"` // one of the two
}

// NetworkSpec asks for a network of the new project. Its fields are those of
// topology.Spec.
type NetworkSpec struct {
	Name      string                `json:"name"`
	Subnets   []topology.SubnetSpec `json:"subnets"`             // one at least
	NewRouter bool                  `json:"newRouter,omitempty"` // a router of the network's name is created
	// of the router; "auto" is the only one; "" none
	ExternalNetwork string `json:"externalNetwork,omitempty"`
}

// Request returns what every request for a new resource has, to be filled in.
func (s *BootstrapSpec) Request() (*spec.RunOptions, *string) { return &s.RunOptions, &s.Name }

// maxProjectName is keystone's limit, in characters.
const maxProjectName = 64

// quotaServices are the services that have quotas, in the order of the tasks.
var quotaServices = []string{keystone.QuotaCompute, keystone.QuotaNetwork, keystone.QuotaVolume}

// Validate returns everything that is wrong with the request and can be seen without a
// cloud, joined, or nil.
func (s BootstrapSpec) Validate() error {
	return spec.Validate(func(bad spec.Report) {
		s.RunOptions.Check(bad)
		spec.Require(bad, "name", s.Name)
		spec.CheckName(bad, s.Name)
		if len([]rune(s.Name)) > maxProjectName {
			bad("name: it has more than %d characters", maxProjectName)
		}
		s.checkQuotas(bad)
		for i, r := range s.Roles {
			r.check(bad, i)
			if slices.Contains(s.Roles[:i], r) {
				bad("role %d: %s is there twice", i, r)
			}
		}
		if s.hasNetwork() {
			if err := s.network().Validate(); err != nil {
				for problem := range strings.SplitSeq(err.Error(), "\n") {
					bad("network: %s", problem)
				}
			}
		}
	})
}

// checkQuotas reports what is wrong with the quotas.
func (s BootstrapSpec) checkQuotas(bad spec.Report) {
	for _, service := range slices.Sorted(maps.Keys(s.Quotas)) {
		if !slices.Contains(quotaServices, service) {
			bad("quotas: there are none of %q: known are %s", service, strings.Join(quotaServices, ", "))
		}
		for _, key := range slices.Sorted(maps.Keys(s.Quotas[service])) {
			if n := s.Quotas[service][key]; n < -1 {
				bad("quota %s.%s: %d is less than -1, which is no limit", service, key, n)
			}
		}
	}
}

// check reports what is wrong with the role at an index.
func (r RoleSpec) check(bad spec.Report, i int) {
	if r.Role == "" {
		bad("role %d: missing", i)
	}
	if (r.User == "") == (r.Group == "") {
		bad("role %d: %s: give a user or a group, one of the two", i, r.Role)
	}
}

// String returns the role as the command line writes it.
func (r RoleSpec) String() string { return keystone.RoleQuery(r).String() }

// hasNetwork reports whether a network is asked for.
func (s BootstrapSpec) hasNetwork() bool {
	n := s.Network
	return n.Name != "" || len(n.Subnets) > 0 || n.NewRouter || n.ExternalNetwork != ""
}

// network returns the request for the network as network.Create has it.
func (s BootstrapSpec) network() topology.Spec {
	return topology.Spec{
		RunOptions: spec.RunOptions{Cloud: s.Cloud}, Name: s.Network.Name, Subnets: s.Network.Subnets,
		NewRouter: s.Network.NewRouter, ExternalNetwork: s.Network.ExternalNetwork,
	}
}

// query returns what the cloud is asked before anything is created.
func (s BootstrapSpec) query(run string) keystone.ProjectQuery {
	q := keystone.ProjectQuery{
		Cloud: s.Cloud, Run: run, Name: s.Name, Domain: s.Domain, Quotas: s.Quotas,
		ExternalNetwork: s.Network.ExternalNetwork,
	}
	for _, r := range s.Roles {
		q.Roles = append(q.Roles, keystone.RoleQuery(r))
	}
	return q
}

// Project is the result of Bootstrap.
type Project struct {
	ID      string            `json:"id"`
	Name    string            `json:"name"`
	Domain  string            `json:"domain"`            // id
	Network *topology.Network `json:"network,omitempty"` // nil: none was asked for
}
