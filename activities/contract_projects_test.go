package activities

import (
	"context"
	"strings"
	"testing"

	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/security/groups"
	"github.com/stretchr/testify/require"

	"novaflow/activities/internal/cloud"
	"novaflow/activities/keystone"
	"novaflow/activities/neutron"
)

// projectContracts are what every cloud must hold to when an administrator creates a
// project. Each is named after the mistake that it would catch.
var projectContracts = []struct {
	name string
	try  func(*testing.T, *world)
}{
	{"a project is made once, with quotas, roles and a network, and nothing of it outlives it", projectLife},
	{"an undo leaves a project of the same name alone that somebody else has made", foreignProject},
	{"a check of a project reports every problem at once", projectProblems},
	{"a tenant is told that projects are for administrators", projectAsTenant},
}

func TestProjectContracts(t *testing.T) { tryAsAdmin(t, projectContracts) }

// asAdmin is the world of the administrator, and a check that no project is left.
func (w *world) asAdmin(t *testing.T) *world {
	a := w.admin()
	t.Cleanup(func() {
		c, err := a.clouds.Open(context.Background(), a.cloud)
		require.NoError(t, err)
		left, err := keystone.Projects.ListMarked(context.Background(), c, "")
		require.NoError(t, err)
		for _, p := range left {
			require.NotEqual(t, w.run, p.Mark.Run(), "project %s is left", p.ID)
		}
	})
	return a
}

// defaultGroups are the ids of the projects that have a group "default".
func (w *world) defaultGroups(t *testing.T) (projects []string) {
	c, err := w.clouds.Open(context.Background(), w.cloud)
	require.NoError(t, err)
	pages, err := groups.List(c.Network, groups.ListOpts{Name: "default"}).AllPages(context.Background())
	require.NoError(t, err)
	all, err := groups.ExtractGroups(pages)
	require.NoError(t, err)
	for _, g := range all {
		projects = append(projects, g.ProjectID)
	}
	return projects
}

func projectLife(t *testing.T, w *world) {
	a := w.asAdmin(t)
	q := keystone.ProjectQuery{Cloud: a.cloud, Run: a.run, Name: a.run, Domain: "Default", ExternalNetwork: "public",
		Quotas: map[string]map[string]int{keystone.QuotaCompute: {"cores": 7}},
		Roles:  []keystone.RoleQuery{{Role: "member", User: "demo"}, {Role: "reader", User: "demo"}}}
	plan, err := call(t, a, (*keystone.Activities)(nil).CheckProject, q)
	require.NoError(t, err)
	require.Len(t, plan.Roles, 2)
	require.Equal(t, "public", plan.ExternalNetwork.Name)

	in := keystone.CreateProjectInput{Cloud: a.cloud, Name: a.run, DomainID: plan.DomainID, Description: "a test"}
	p := must(t, a, "project", (*keystone.Activities)(nil).CreateProject, in)
	require.Equal(t, p.ID, must(t, a, "project", (*keystone.Activities)(nil).CreateProject, in).ID,
		"a repeated create makes no twin")
	_, err = call(t, a, (*keystone.Activities)(nil).CheckProject, q)
	require.NoError(t, err, "the run's own project is no obstacle")
	q.Run = "another"
	_, err = call(t, a, (*keystone.Activities)(nil).CheckProject, q)
	require.Contains(t, application(t, err).Message(), "exists already")

	quotas := []keystone.SetQuotaInput{
		{Cloud: a.cloud, ProjectID: p.ID, Service: keystone.QuotaCompute, Limits: map[string]int{"cores": 7}},
		{Cloud: a.cloud, ProjectID: p.ID, Service: keystone.QuotaNetwork, Limits: map[string]int{"port": 9}},
		{Cloud: a.cloud, ProjectID: p.ID, Service: keystone.QuotaVolume, Limits: map[string]int{"gigabytes": -1}},
	}
	for _, quota := range quotas {
		undo(t, a, quota.Service, (*keystone.Activities)(nil).ResetQuota, quota, nil) // nothing was set
		for range 2 {
			must(t, a, quota.Service, (*keystone.Activities)(nil).SetQuota, quota)
		}
	}
	_, err = do(t, a, "bad", (*keystone.Activities)(nil).SetQuota,
		keystone.SetQuotaInput{Cloud: a.cloud, ProjectID: p.ID, Service: keystone.QuotaVolume,
			Limits: map[string]int{"gigabytez": 1}})
	require.Contains(t, application(t, err).Message(), "gigabytez")

	for _, role := range plan.Roles {
		role.ProjectID = p.ID
		undo(t, a, role.Name, (*keystone.Activities)(nil).UnassignRole, role, nil) // nobody has it
		for range 2 {
			must(t, a, role.Name, (*keystone.Activities)(nil).AssignRole, role)
		}
	}
	c, err := a.clouds.Open(context.Background(), a.cloud)
	require.NoError(t, err)
	have, err := keystone.ListAssignments(context.Background(), c, p.ID)
	require.NoError(t, err)
	require.Len(t, have, 2)

	projectNetwork(t, a, p.ID, plan.ExternalNetwork.ID)

	require.Contains(t, a.defaultGroups(t), p.ID, "neutron makes a group with the first network")
	for _, role := range plan.Roles {
		role.ProjectID = p.ID
		for range 2 {
			undo(t, a, role.Name, (*keystone.Activities)(nil).UnassignRole, role, &role)
		}
	}
	for _, quota := range quotas {
		for range 2 {
			undo(t, a, quota.Service, (*keystone.Activities)(nil).ResetQuota, quota, nil)
		}
	}
	undo(t, a, "project", (*keystone.Activities)(nil).DeleteProject, in, nil)
	require.NotContains(t, a.defaultGroups(t), p.ID, "the group outlived the project")
	undo(t, a, "project", (*keystone.Activities)(nil).DeleteProject, in, &p)
}

// projectNetwork creates a network with all its parts in the project and deletes it.
func projectNetwork(t *testing.T, a *world, project, external string) {
	t.Helper()
	network := neutron.CreateNetworkInput{Cloud: a.cloud, Name: a.run, ProjectID: project}
	n := must(t, a, "network", (*neutron.Activities)(nil).CreateNetwork, network)
	require.Equal(t, n.ID, must(t, a, "network", (*neutron.Activities)(nil).CreateNetwork, network).ID,
		"it is looked for in its project")
	subnet := neutron.CreateSubnetInput{Cloud: a.cloud, Name: a.run, NetworkID: n.ID, CIDR: "10.178.0.0/24",
		ProjectID: project}
	s := must(t, a, "subnet", (*neutron.Activities)(nil).CreateSubnet, subnet)
	router := neutron.CreateRouterInput{Cloud: a.cloud, Name: a.run, ProjectID: project}
	r := must(t, a, "router", (*neutron.Activities)(nil).CreateRouter, router)
	require.Equal(t, r.ID, must(t, a, "router", (*neutron.Activities)(nil).CreateRouter, router).ID)
	gateway := neutron.SetRouterGatewayInput{Cloud: a.cloud, RouterID: r.ID, ExternalNetworkID: external}
	must(t, a, "gateway", (*neutron.Activities)(nil).SetRouterGateway, gateway)
	plug := neutron.AddRouterInterfaceInput{Cloud: a.cloud, RouterID: r.ID, SubnetID: s.ID}
	must(t, a, "interface", (*neutron.Activities)(nil).AddRouterInterface, plug)
	undo(t, a, "interface", (*neutron.Activities)(nil).RemoveRouterInterface, plug, nil)
	undo(t, a, "gateway", (*neutron.Activities)(nil).ClearRouterGateway, gateway, nil)
	undo(t, a, "router", (*neutron.Activities)(nil).DeleteRouter, router, nil)
	undo(t, a, "subnet", (*neutron.Activities)(nil).DeleteSubnet, subnet, nil)
	undo(t, a, "network", (*neutron.Activities)(nil).DeleteNetwork, network, nil)
}

func foreignProject(t *testing.T, w *world) {
	a := w.asAdmin(t)
	plan, err := call(t, a, (*keystone.Activities)(nil).CheckProject,
		keystone.ProjectQuery{Cloud: a.cloud, Name: a.run})
	require.NoError(t, err)
	theirs := keystone.CreateProjectInput{Cloud: a.cloud, Name: a.run, DomainID: plan.DomainID}
	p := must(t, a, "theirs", (*keystone.Activities)(nil).CreateProject, theirs)
	_, err = do(t, a, "ours", (*keystone.Activities)(nil).CreateProject, theirs)
	require.Contains(t, application(t, err).Message(), "not permitted to have two projects")
	undo(t, a, "ours", (*keystone.Activities)(nil).DeleteProject, theirs, nil)
	undo(t, a, "ours", (*keystone.Activities)(nil).DeleteProject, theirs, &p) // an id is no proof
	require.Equal(t, p.ID, must(t, a, "theirs", (*keystone.Activities)(nil).CreateProject, theirs).ID)
	undo(t, a, "theirs", (*keystone.Activities)(nil).DeleteProject, theirs, &p)
}

func projectProblems(t *testing.T, w *world) {
	a := w.asAdmin(t)
	_, err := call(t, a, (*keystone.Activities)(nil).CheckProject, keystone.ProjectQuery{
		Cloud: a.cloud, Name: "demo", ExternalNetwork: "publik",
		Quotas: map[string]map[string]int{keystone.QuotaCompute: {"corez": 1, "cores": -2}, "dns": {"zones": 1}},
		Roles: []keystone.RoleQuery{{Role: "membre", User: "demo"}, {Role: "member", User: "nobody%' .*"},
			{Role: "reader", Group: "nobody"}, {Role: "member", User: "demo"}, {Role: "member", User: "demo"}},
	})
	app := application(t, err)
	require.Equal(t, cloud.InvalidRequest, app.Type())
	require.Equal(t, 9, strings.Count(app.Message(), "\n- "), app.Message())
	for _, words := range []string{`project "demo" exists already`, `role "membre"`, `no user "nobody%' .*"`,
		`no group "nobody"`, "given twice",
		`no quota "corez" of compute; did you mean "cores"?`, "-2 is less than -1", `quotas of "dns"`,
		`external network "publik"`} {
		require.Contains(t, app.Message(), words)
	}
	_, err = call(t, a, (*keystone.Activities)(nil).CheckProject,
		keystone.ProjectQuery{Cloud: a.cloud, Name: a.run, Domain: "nowhere"})
	require.Contains(t, application(t, err).Message(), `no domain "nowhere"`)
}

func projectAsTenant(t *testing.T, w *world) {
	_, err := call(t, w, (*keystone.Activities)(nil).CheckProject, keystone.ProjectQuery{Cloud: w.cloud, Name: w.run})
	require.Contains(t, application(t, err).Message(), "projects are for administrators")
	require.Contains(t, application(t, err).Message(), "not authorized")
	require.Equal(t, cloud.InvalidRequest, application(t, err).Type())
}
