//go:build openstack

package openstack

import (
	"os"
	"slices"
	"testing"

	"github.com/google/uuid"
	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack"
	"github.com/gophercloud/gophercloud/v2/openstack/identity/v3/projects"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/layer3/routers"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/quotas"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/security/groups"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/networks"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"novaflow/saga"
	"novaflow/workflows/project"
	"novaflow/workflows/spec"
	"novaflow/workflows/spec/topology"
)

// administered are keystone and neutron as the administrator sees them.
func administered(t *testing.T) (identity, network *gophercloud.ServiceClient) {
	t.Helper()
	provider, endpoint := connect(t, adminCloud)
	identity, err := openstack.NewIdentityV3(provider, endpoint)
	require.NoError(t, err)
	network, err = openstack.NewNetworkV2(provider, endpoint)
	require.NoError(t, err)
	return identity, network
}

// projectInventory lists everything that a run for a project may leave, in every project.
// Security groups outlive their project.
func projectInventory(t *testing.T) []string {
	t.Helper()
	identity, network := administered(t)
	all := slices.Concat(
		list(t, "project", projects.List(identity, projects.ListOpts{}), projects.ExtractProjects,
			func(p projects.Project) string { return p.ID + " " + p.Name }),
		list(t, "network", networks.List(network, networks.ListOpts{}), networks.ExtractNetworks,
			func(n networks.Network) string { return n.ID + " " + n.Name }),
		list(t, "router", routers.List(network, routers.ListOpts{}), routers.ExtractRouters,
			func(r routers.Router) string { return r.ID + " " + r.Name }),
		list(t, "security group", groups.List(network, groups.ListOpts{}), groups.ExtractGroups,
			func(g groups.SecGroup) string { return g.ID + " " + g.ProjectID }),
	)
	slices.Sort(all)
	return all
}

// projectSpec asks for everything that a project can have.
func projectSpec() project.BootstrapSpec {
	name := "novaflow-test-" + uuid.NewString()[:8]
	return project.BootstrapSpec{
		RunOptions: spec.RunOptions{Cloud: adminCloud}, Name: name, Description: "a test",
		Quotas: map[string]map[string]int{"compute": {"cores": 7}, "network": {"port": 50},
			"volume": {"gigabytes": 10}},
		Roles: []project.RoleSpec{{Role: "member", User: "demo"}, {Role: "reader", User: "demo"}},
		Network: project.NetworkSpec{Name: name, Subnets: []topology.SubnetSpec{{CIDR: "10.179.0.0/24"}},
			NewRouter: true, ExternalNetwork: externalName},
	}
}

// projectRun starts a workflow that changes a project.
func projectRun(t *testing.T, queue, name, workflow string, req any) client.WorkflowRun {
	t.Helper()
	run, err := theStage.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{
		ID: spec.ProjectWorkflowID(adminCloud, name), TaskQueue: queue,
		WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_FAIL,
	}, workflow, req)
	require.NoError(t, err)
	return run
}

// The cloud refuses a part when most of the project exists. The run is reverted, and the
// project's own security group is deleted too.
func TestAProjectThatTheCloudRefusesLeavesNothing(t *testing.T) {
	if adminCloud == "" {
		t.Log("NOVAFLOW_TEST_ADMIN_CLOUD names no cloud: nobody may make projects")
		return
	}
	before, queue, req := projectInventory(t), worker(t), projectSpec()
	req.Quotas["network"]["router"] = 0
	err := theStage.Get(t, projectRun(t, queue, req.Name, project.Bootstrap.Workflow, req), nil)
	requireReverted(t, err, "router")
	require.Equal(t, before, projectInventory(t))
	requireSame(t, inventory(t))
}

// takeBack reverts a run that has committed.
func takeBack(t *testing.T, queue string, run client.WorkflowRun) {
	t.Helper()
	back, err := theStage.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: run.GetID(), TaskQueue: queue},
		saga.RevertName, saga.RevertInput{Ledger: *theStage.Ledger(t, run), Reason: "the test says so"})
	require.NoError(t, err)
	require.NoError(t, theStage.Get(t, back, nil))
}

// A purge goes on if answers to deletes are lost. It does not begin if its confirmation
// names something else.
func TestAProjectIsPurgedThoughAnswersAreLost(t *testing.T) {
	if adminCloud == "" {
		t.Log("NOVAFLOW_TEST_ADMIN_CLOUD names no cloud: nobody may purge projects")
		return
	}
	before, queue, req := projectInventory(t), worker(t), projectSpec()
	var made project.Project
	require.NoError(t, theStage.Get(t, projectRun(t, queue, req.Name, project.Bootstrap.Workflow, req), &made))
	there := projectInventory(t)
	purge := project.PurgeSpec{RunOptions: spec.RunOptions{Cloud: adminCloud}, Project: made.ID, Confirm: "4"}
	require.ErrorContains(t, theStage.Get(t, projectRun(t, queue, req.Name, project.Purge.Workflow, purge), nil),
		"holds 5 resources")
	require.Equal(t, there, projectInventory(t))
	purge.Confirm = "5"
	var purged project.Purged
	under(t, "neutron DELETE /networks/ after:500 1\nneutron PUT /remove_router_interface drop 1\nkeystone DELETE "+
		"/projects/ after:500 1", func() {
		require.NoError(t, theStage.Get(t, projectRun(t, queue, req.Name, project.Purge.Workflow, purge), &purged))
	})
	require.False(t, purged.Kept)
	require.Equal(t, before, projectInventory(t))
	requireSame(t, inventory(t))
}

func TestAProjectIsMadeOnceThoughAnswersAreLost(t *testing.T) {
	if adminCloud == "" || faultFile == "" {
		t.Log("NOVAFLOW_TEST_ADMIN_CLOUD or NOVAFLOW_FAULTS names nothing: no faults to try")
		return
	}
	before, queue, req := projectInventory(t), worker(t), projectSpec()
	require.NoError(t, os.WriteFile(faultFile,
		[]byte("keystone POST /projects after:500 1\nkeystone PUT /roles/ drop 1\nnova PUT /os-quota-sets/ after:500 "+
			"1\nneutron POST /networks drop 1\ncinder PUT /os-quota-sets/ drop 1\n"), 0o644))
	t.Cleanup(func() { _ = os.Remove(faultFile) })
	var made project.Project
	run := projectRun(t, queue, req.Name, project.Bootstrap.Workflow, req)
	require.NoError(t, theStage.Get(t, run, &made))
	require.NoError(t, os.Remove(faultFile))
	require.Len(t, projectInventory(t), len(before)+4, "project, network, router, security group: nothing twice")
	_, network := administered(t)
	limits, err := quotas.Get(t.Context(), network, made.ID).Extract()
	require.NoError(t, err)
	require.Equal(t, 50, limits.Port)
	takeBack(t, queue, run)
	require.Equal(t, before, projectInventory(t))
	requireSame(t, inventory(t))
}
