package project

import (
	"fmt"

	"novaflow/activities"
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
	plan := saga.Add(f, spec.RequestTask, activities.CheckProjectAction, saga.From(saga.ThisRun(), req.query),
		saga.Summary("look up what the request names"))
	in := saga.From(plan, func(plan activities.ProjectPlan) activities.CreateProjectInput {
		return activities.CreateProjectInput{
			Cloud: req.Cloud, Name: req.Name, DomainID: plan.DomainID, Description: req.Description,
		}
	})
	project := saga.Add(f, "project", activities.ProjectAction, in, saga.Summary(req.Name))
	owner := addQuotas(f, req, project)
	roles := addRoles(f, req, plan, project)
	network := saga.Value[*topology.Network](nil)
	if req.hasNetwork() {
		parts := saga.From(plan, func(plan activities.ProjectPlan) activities.NetworkPlan {
			return activities.NetworkPlan{ExternalNetwork: plan.ExternalNetwork}
		})
		created := topology.Add(f, req.network(), parts, owner)
		network = saga.From(created, func(n topology.Network) *topology.Network { return &n })
	}
	return saga.From4(project, owner, saga.Collect(roles), network, func(
		p activities.Project, _ string, _ []activities.RoleAssignment, n *topology.Network,
	) Project {
		return Project{ID: p.ID, Name: p.Name, Domain: p.DomainID, Network: n}
	})
}

// addQuotas adds the tasks for quotas. The ref is to the project's id once the quota of
// networks is set: the network is created within it.
func addQuotas(f *saga.Flow, req BootstrapSpec, project saga.Ref[activities.Project]) saga.Ref[string] {
	owner := saga.From(project, activities.Project.ResourceID)
	for _, service := range quotaServices {
		limits := req.Quotas[service]
		if len(limits) == 0 {
			continue
		}
		in := saga.From(project, func(p activities.Project) activities.SetQuotaInput {
			return activities.SetQuotaInput{Cloud: req.Cloud, ProjectID: p.ID, Service: service, Limits: limits}
		})
		set := saga.Add(f, "quota-"+service, activities.QuotaAction, in,
			saga.Summary(fmt.Sprintf("%d of %s", len(limits), service)))
		if service == activities.QuotaNetwork {
			owner = saga.From(set, func(q activities.QuotaSet) string { return q.ProjectID })
		}
	}
	return owner
}

// addRoles adds a task for each role.
func addRoles(
	f *saga.Flow, req BootstrapSpec, plan saga.Ref[activities.ProjectPlan], project saga.Ref[activities.Project],
) (added []saga.Ref[activities.RoleAssignment]) {
	for i, role := range req.Roles {
		in := saga.From2(plan, project, func(
			plan activities.ProjectPlan, p activities.Project,
		) activities.RoleAssignment {
			a := plan.Roles[i]
			a.ProjectID = p.ID
			return a
		})
		added = append(added, saga.Add(f, fmt.Sprintf("role-%d", i), activities.RoleAction, in,
			saga.Summary(role.String())))
	}
	return added
}
