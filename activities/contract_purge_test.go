package activities

import (
	"context"
	"maps"
	"path/filepath"
	"testing"

	"github.com/gophercloud/gophercloud/v2/openstack/image/v2/images"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"novaflow/activities/cinder"
	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/cloudtest"
	"novaflow/activities/internal/resource"
	"novaflow/activities/inventory"
	"novaflow/activities/keystone"
	"novaflow/activities/neutron"
	"novaflow/activities/nova"
	"novaflow/activities/nova/plan"
)

func init() {
	projectContracts = append(projectContracts, []struct {
		name string
		try  func(*testing.T, *world)
	}{
		{"all that is in a project is listed and purged, and nothing of others", purgeOfAProject},
		{"a project that the cloud needs is not purged", neededProjects},
		{"a project whose network others use, or with a protected image, is not purged, and each reason is named",
			purgeRefused},
	}...)
}

// newProject is a project for the test, in which the world's user has a role.
func (w *world) newProject(t *testing.T, task string) keystone.Project {
	t.Helper()
	a := w.admin()
	name := a.run + "-" + task
	plan, err := call(t, a, (*keystone.Activities)(nil).CheckProject,
		keystone.ProjectQuery{Cloud: a.cloud, Name: name, Domain: "Default",
			Roles: []keystone.RoleQuery{{Role: "member", User: "demo"}}})
	require.NoError(t, err)
	in := keystone.CreateProjectInput{Cloud: a.cloud, Name: name, DomainID: plan.DomainID}
	p := must(t, a, task, (*keystone.Activities)(nil).CreateProject, in)
	t.Cleanup(func() { undo(t, a, task, (*keystone.Activities)(nil).DeleteProject, in, &p) })
	role := plan.Roles[0]
	role.ProjectID = p.ID
	must(t, a, "role", (*keystone.Activities)(nil).AssignRole, role)
	return p
}

// inProject is the world of the same user in another project.
func (w *world) inProject(t *testing.T, p keystone.Project) *world {
	t.Helper()
	_, settings, err := cloud.ReadSettings(w.clouds, w.cloud)
	require.NoError(t, err)
	settings = maps.Clone(settings)
	auth := maps.Clone(settings["auth"].(map[string]any))
	for _, key := range []string{"project_name", "project_domain_name", "project_domain_id"} {
		delete(auth, key)
	}
	auth["project_id"] = p.ID
	settings["auth"] = auth
	text, err := yaml.Marshal(map[string]any{"clouds": map[string]any{"tenant": settings}})
	require.NoError(t, err)
	next := *w
	next.cloud, next.files = "tenant", []string{cloudtest.WriteFile(t, filepath.Join(t.TempDir(), "tenant.yaml"),
		string(text))}
	next.clouds = next.anew()
	return &next
}

// furnish creates one resource of each kind in a project.
func (w *world) furnish(t *testing.T) {
	t.Helper()
	outside, err := call(t, w, (*neutron.Activities)(nil).CheckNetwork,
		neutron.NetworkQuery{Cloud: w.cloud, Name: w.run, NewRouter: true, ExternalNetwork: "public"})
	require.NoError(t, err)
	external := outside.ExternalNetwork.ID
	n := must(t, w, "network", (*neutron.Activities)(nil).CreateNetwork,
		neutron.CreateNetworkInput{Cloud: w.cloud, Name: w.run})
	s := must(t, w, "subnet", (*neutron.Activities)(nil).CreateSubnet,
		neutron.CreateSubnetInput{Cloud: w.cloud, Name: w.run, NetworkID: n.ID, CIDR: "10.181.0.0/24"})
	r := must(t, w, "router", (*neutron.Activities)(nil).CreateRouter,
		neutron.CreateRouterInput{Cloud: w.cloud, Name: w.run})
	must(t, w, "gateway", (*neutron.Activities)(nil).SetRouterGateway,
		neutron.SetRouterGatewayInput{Cloud: w.cloud, RouterID: r.ID, ExternalNetworkID: external})
	must(t, w, "interface", (*neutron.Activities)(nil).AddRouterInterface,
		neutron.AddRouterInterfaceInput{Cloud: w.cloud, RouterID: r.ID, SubnetID: s.ID})
	g := must(t, w, "group", (*neutron.Activities)(nil).CreateSecurityGroup,
		neutron.CreateSecurityGroupInput{Cloud: w.cloud, Name: w.run})
	p := must(t, w, "port", (*neutron.Activities)(nil).CreatePort,
		neutron.CreatePortInput{Cloud: w.cloud, Name: w.run, NetworkID: n.ID, SecurityGroupIDs: []string{g.ID}})
	must(t, w, "free", (*neutron.Activities)(nil).CreatePort,
		neutron.CreatePortInput{Cloud: w.cloud, Name: w.run + "-free", NetworkID: n.ID})
	f := must(t, w, "fip", (*neutron.Activities)(nil).CreateFloatingIP,
		neutron.CreateFloatingIPInput{Cloud: w.cloud, ExternalNetworkID: external})
	must(t, w, "associate", (*neutron.Activities)(nil).AssociateFloatingIP,
		neutron.AssociateFloatingIPInput{Cloud: w.cloud, FloatingIPID: f.ID, PortID: p.ID})
	v := w.volume(t, "volume", cinder.CreateVolumeInput{SizeGiB: 1})
	must(t, w, "snapshot", (*cinder.Activities)(nil).CreateSnapshot,
		cinder.CreateSnapshotInput{Cloud: w.cloud, Name: w.run, VolumeID: v.ID})
	must(t, w, "servers", (*nova.Activities)(nil).CreateServerGroup,
		nova.CreateServerGroupInput{Cloud: w.cloud, Name: w.run, Policy: "anti-affinity"})
	plan, err := call(t, w, (*plan.Activities)(nil).CheckServer,
		plan.ServerQuery{Cloud: w.cloud, Run: w.run, Name: w.run, Image: "tiny", Flavor: "m1.nano",
			Networks: []string{n.ID}})
	require.NoError(t, err)
	made := must(t, w, "server", (*nova.Activities)(nil).CreateServer,
		nova.CreateServerInput{Cloud: w.cloud, Name: w.run, FlavorID: plan.FlavorID, ImageID: plan.ImageID,
			PortIDs: []string{p.ID}})
	_, err = call(t, w, (*nova.Activities)(nil).WaitServer,
		nova.ServerWait{Cloud: w.cloud, ID: made.ID, Name: made.Name})
	require.NoError(t, err)
	w.emptyImage(t, false)
}

// emptyImage creates an image without data.
func (w *world) emptyImage(t *testing.T, protected bool) *images.Image {
	t.Helper()
	c, err := w.clouds.Open(context.Background(), w.cloud)
	require.NoError(t, err)
	im, err := images.Create(context.Background(), c.Image, images.CreateOpts{Name: w.run, DiskFormat: "raw",
		ContainerFormat: "bare", Protected: &protected}).Extract()
	require.NoError(t, err)
	return im
}

func purgeOfAProject(t *testing.T, w *world) {
	a := w.admin()
	p, other := w.newProject(t, "purged"), w.newProject(t, "other")
	tenant := w.inProject(t, p)
	tenant.furnish(t)
	found, err := call(t, a, (*inventory.Activities)(nil).ListProjectContents,
		inventory.ContentsQuery{Cloud: a.cloud, Project: p.Name})
	require.NoError(t, err)
	require.Equal(t, p.ID, found.Project.ID)
	require.Len(t, found.Roles, 1)
	var kinds []string
	for _, o := range found.Objects {
		kinds = append(kinds, o.Kind)
	}
	require.Equal(t, []string{resource.KindServer, resource.KindServerGroup, resource.KindFloatingIP,
		resource.KindRouterInterface, resource.KindPort, resource.KindPort, resource.KindRouter, resource.KindSnapshot,
		resource.KindVolume,
		resource.KindImage, resource.KindSubnet, resource.KindNetwork, resource.KindSecurityGroup,
		resource.KindSecurityGroup}, kinds)
	_, err = call(t, a, (*inventory.Activities)(nil).ListProjectContents,
		inventory.ContentsQuery{Cloud: a.cloud, Project: other.ID})
	require.NoError(t, err)
	require.NotContains(t, a.defaultGroups(t), other.ID, "a look has made a security group")

	for _, o := range found.Objects {
		must(t, a, "purge", (*inventory.Activities)(nil).PurgeObject,
			inventory.ProjectObject{OwnedObject: o, ProjectID: other.ID})
	}
	left, err := call(t, a, (*inventory.Activities)(nil).ListRemaining,
		inventory.ContentsQuery{Cloud: a.cloud, Project: p.ID})
	require.NoError(t, err)
	require.Len(t, left, len(found.Objects), "what is of another project than that which goes was deleted")
	for _, o := range found.Objects {
		for range 2 {
			must(t, a, "purge", (*inventory.Activities)(nil).PurgeObject,
				inventory.ProjectObject{OwnedObject: o, ProjectID: p.ID})
		}
	}
	left, err = call(t, a, (*inventory.Activities)(nil).ListRemaining,
		inventory.ContentsQuery{Cloud: a.cloud, Project: p.ID})
	require.NoError(t, err)
	require.Empty(t, left)
	for _, service := range []string{keystone.QuotaCompute, keystone.QuotaNetwork, keystone.QuotaVolume} {
		must(t, a, "quota", (*inventory.Activities)(nil).PurgeQuota,
			inventory.PurgeQuotaInput{Cloud: a.cloud, ProjectID: p.ID, Service: service})
	}
	for range 2 {
		must(t, a, "role", (*inventory.Activities)(nil).PurgeRole, found.Roles[0])
		must(t, a, "project", (*inventory.Activities)(nil).RemoveProject, found.Project)
	}
	_, err = call(t, a, (*inventory.Activities)(nil).ListProjectContents,
		inventory.ContentsQuery{Cloud: a.cloud, Project: p.ID})
	require.Contains(t, application(t, err).Message(), "there is no project")
}

func neededProjects(t *testing.T, w *world) {
	a := w.admin()
	_, err := call(t, a, (*inventory.Activities)(nil).ListProjectContents,
		inventory.ContentsQuery{Cloud: a.cloud, Project: "admin"})
	require.Contains(t, application(t, err).Message(), "credentials are for it")
}

func purgeRefused(t *testing.T, w *world) {
	a := w.admin()
	p := w.newProject(t, "purged")
	tenant := w.inProject(t, p)
	im := tenant.emptyImage(t, true)
	n := must(t, tenant, "network", (*neutron.Activities)(nil).CreateNetwork,
		neutron.CreateNetworkInput{Cloud: tenant.cloud, Name: w.run})
	must(t, tenant, "subnet", (*neutron.Activities)(nil).CreateSubnet,
		neutron.CreateSubnetInput{Cloud: tenant.cloud, Name: w.run, NetworkID: n.ID, CIDR: "10.181.0.0/24"})
	foreign := neutron.CreatePortInput{Cloud: a.cloud, Name: w.run + "-foreign", NetworkID: n.ID}
	port := must(t, a, "foreign", (*neutron.Activities)(nil).CreatePort, foreign)
	_, err := call(t, a, (*inventory.Activities)(nil).ListProjectContents,
		inventory.ContentsQuery{Cloud: a.cloud, Project: p.ID})
	require.Contains(t, application(t, err).Message(), im.ID)
	require.Contains(t, application(t, err).Message(), "protected")
	require.Contains(t, application(t, err).Message(), port.ID)
	undo(t, a, "foreign", (*neutron.Activities)(nil).DeletePort, foreign, &port)
	c, err := a.clouds.Open(context.Background(), a.cloud)
	require.NoError(t, err)
	_, err = images.Update(context.Background(), c.Image, im.ID,
		images.UpdateOpts{images.ReplaceImageProtected{NewProtected: false}}).Extract()
	require.NoError(t, err)
	found, err := call(t, a, (*inventory.Activities)(nil).ListProjectContents,
		inventory.ContentsQuery{Cloud: a.cloud, Project: p.ID})
	require.NoError(t, err)
	for _, o := range found.Objects {
		must(t, a, "purge", (*inventory.Activities)(nil).PurgeObject,
			inventory.ProjectObject{OwnedObject: o, ProjectID: p.ID})
	}
}
