package project

import (
	"fmt"

	"novaflow/activities/keystone"
	"novaflow/activities/neutron"
	"novaflow/saga"
	"novaflow/workflows/spec"
	"novaflow/workflows/spec/topology"
)

// Bootstrap creates a project with its quotas, with users and groups that have roles in
// it, and with a network, for administrators.
//
// Locks: the project's name in its cloud.
//
// Invariant: the project and its network carry the run's mark; quotas and roles go with
// the project. Either the run commits with all of it, or none of it is left, the
// project's own security group "default" included.
var Bootstrap = spec.Flow[BootstrapSpec, Project]{
	Workflow: "ProjectBootstrap", Kind: "project-bootstrap", // both stand in histories
	Build: buildBootstrap,
	Example: BootstrapSpec{
		RunOptions: spec.RunOptions{Cloud: "devcloud-admin"}, Name: "research", Description: "the research group",
		Quotas: map[string]map[string]int{
			"compute": {"cores": 20, "instances": 10}, "network": {"port": 50}, "volume": {"gigabytes": 100},
		},
		Roles: []RoleSpec{{Role: "member", User: "demo"}, {Role: "reader", Group: "devs"}},
		Network: NetworkSpec{
			Name: "research", Subnets: []topology.SubnetSpec{{CIDR: "192.168.7.0/24"}},
			NewRouter: true, ExternalNetwork: "auto",
		},
	},
}

// buildBootstrap adds the tasks, here in the order in which they can start:
//
//	request                 look up everything, report every problem
//	project
//	quota-SERVICE, role-N
//	network and its parts   as network.Create, when the quota of networks is set
func buildBootstrap(f *saga.Flow, req BootstrapSpec) saga.Ref[Project] {
	plan := saga.Add(f, spec.RequestTask, keystone.CheckProjectAction, saga.From(saga.ThisRun(), req.query),
		saga.Summary("look up what the request names"))
	in := saga.From(plan, func(plan keystone.ProjectPlan) keystone.CreateProjectInput {
		return keystone.CreateProjectInput{
			Cloud: req.Cloud, Name: req.Name, DomainID: plan.DomainID, Description: req.Description,
		}
	})
	project := saga.Add(f, "project", keystone.ProjectAction, in, saga.Summary(req.Name))
	owner := addQuotas(f, req, project)
	roles := addRoles(f, req, plan, project)
	network := saga.Value[*topology.Network](nil)
	if req.hasNetwork() {
		parts := saga.From(plan, func(plan keystone.ProjectPlan) neutron.NetworkPlan {
			return neutron.NetworkPlan{ExternalNetwork: plan.ExternalNetwork}
		})
		created := topology.Add(f, req.network(), parts, owner)
		network = saga.From(created, func(n topology.Network) *topology.Network { return &n })
	}
	return saga.From4(project, owner, saga.Collect(roles), network, func(
		p keystone.Project, _ string, _ []keystone.RoleAssignment, n *topology.Network,
	) Project {
		return Project{ID: p.ID, Name: p.Name, Domain: p.DomainID, Network: n}
	})
}

// addQuotas adds the tasks for quotas. The ref is to the project's id once the quota of
// networks is set: the network is created within it.
func addQuotas(f *saga.Flow, req BootstrapSpec, project saga.Ref[keystone.Project]) saga.Ref[string] {
	owner := saga.From(project, keystone.Project.ResourceID)
	for _, service := range quotaServices {
		limits := req.Quotas[service]
		if len(limits) == 0 {
			continue
		}
		in := saga.From(project, func(p keystone.Project) keystone.SetQuotaInput {
			return keystone.SetQuotaInput{Cloud: req.Cloud, ProjectID: p.ID, Service: service, Limits: limits}
		})
		set := saga.Add(f, "quota-"+service, keystone.QuotaAction, in,
			saga.Summary(fmt.Sprintf("%d of %s", len(limits), service)))
		if service == keystone.QuotaNetwork {
			owner = saga.From(set, func(q keystone.QuotaSet) string { return q.ProjectID })
		}
	}
	return owner
}

// addRoles adds a task for each role.
func addRoles(
	f *saga.Flow, req BootstrapSpec, plan saga.Ref[keystone.ProjectPlan], project saga.Ref[keystone.Project],
) (added []saga.Ref[keystone.RoleAssignment]) {
	for i, role := range req.Roles {
		in := saga.From2(plan, project, func(
			plan keystone.ProjectPlan, p keystone.Project,
		) keystone.RoleAssignment {
			a := plan.Roles[i]
			a.ProjectID = p.ID
			return a
		})
		added = append(added, saga.Add(f, fmt.Sprintf("role-%d", i), keystone.RoleAction, in,
			saga.Summary(role.String())))
	}
	return added
}
