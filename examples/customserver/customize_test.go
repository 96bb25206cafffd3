package customserver_test

import (
	"errors"
	"maps"
	"slices"
	"testing"

	"example.com/flows/customserver"
	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"

	"novaflow/activities"
	"novaflow/activities/cinder"
	"novaflow/activities/neutron"
	"novaflow/activities/nova"
	"novaflow/activities/nova/attach"
	"novaflow/activities/nova/plan"
	"novaflow/saga"
	"novaflow/workflows"
	"novaflow/workflows/server"
	"novaflow/workflows/spec"
)

var web = server.CreateSpec{
	RunOptions: spec.RunOptions{Cloud: "example"}, Name: "web-1", Image: "tiny", Flavor: "m1.nano",
	Ports: []server.PortSpec{{Network: "private"}}, Volumes: []server.VolumeSpec{{Size: 1}},
}

// rig is a worker with the changes, in front of a cloud of which only the
// answers exist.
type rig struct {
	*testsuite.TestWorkflowEnvironment
	inventory *customserver.MemoryInventory
}

func newRig(vcpus int) *rig {
	var suite testsuite.WorkflowTestSuite
	r := &rig{suite.NewTestWorkflowEnvironment(), customserver.NewMemoryInventory()}
	r.SetWorkerOptions(worker.Options{Interceptors: []interceptor.WorkerInterceptor{customserver.Customize()}})
	customserver.Register(r, activities.NewClouds(), &customserver.Extra{Inventory: r.inventory, MaxVCPUs: 4})
	server := nova.Server{OwnedObject: activities.OwnedObject{ID: "server-1", Name: "web-1", Status: "ACTIVE"}}
	volume := cinder.Volume{OwnedObject: activities.OwnedObject{ID: "volume-1"}}
	r.answer("CheckServer", plan.ServerPlan{
		FlavorName: "m1.nano", VCPUs: vcpus, Networks: make([]neutron.NetworkRef, 1), Ports: make([]plan.PortPlan, 1),
	})
	r.answer("CreatePort", neutron.Port{})
	r.answer("CreateVolume", volume)
	r.answer("WaitVolume", volume)
	r.answer("CreateServer", server)
	r.answer("WaitServer", server)
	for _, undo := range []string{"DeletePort", "DeleteVolume", "DeleteServer", "DetachVolume"} {
		r.OnActivity(undo, mock.Anything, mock.Anything).Return(nil)
	}
	return r
}

func (r *rig) answer(activity string, result any) {
	r.OnActivity(activity, mock.Anything, mock.Anything).Return(result, nil)
}

func (r *rig) ledger(t *testing.T) *saga.Ledger {
	value, err := r.QueryWorkflow(saga.LedgerQuery)
	require.NoError(t, err)
	var l saga.Ledger
	require.NoError(t, value.Get(&l))
	return &l
}

func TestAServerIsRecordedBeforeItsVolumesAreAttached(t *testing.T) {
	r := newRig(1)
	r.answer("AttachVolume", attach.Attachment{})
	r.ExecuteWorkflow(server.Create.Workflow, web)
	require.NoError(t, r.GetWorkflowError())
	l := r.ledger(t)
	require.Equal(t, []customserver.Record{{ServerID: "server-1", Name: "web-1"}}, slices.Collect(maps.Values(r.inventory.Servers())))
	require.Contains(t, l.Entry("attach-0").Needs, "inventory")
	require.Contains(t, l.Entry("port-0").Needs, "policy")
}

// A revert also reverts what a customization adds.
func TestARevertedServerIsNotInTheInventory(t *testing.T) {
	r := newRig(1)
	r.OnActivity("AttachVolume", mock.Anything, mock.Anything).
		Return(attach.Attachment{}, temporal.NewNonRetryableApplicationError("no such volume", "Gone", nil))
	r.ExecuteWorkflow(server.Create.Workflow, web)
	var refused *temporal.ApplicationError
	require.True(t, errors.As(r.GetWorkflowError(), &refused))
	require.Equal(t, saga.ErrTypeReverted, refused.Type())
	require.Equal(t, saga.TaskReverted, r.ledger(t).Entry("inventory").State)
	require.Empty(t, r.inventory.Servers())
}

func TestThePolicyRefusesBeforeAnythingIsMade(t *testing.T) {
	r := newRig(64)
	r.ExecuteWorkflow(server.Create.Workflow, web)
	require.ErrorContains(t, r.GetWorkflowError(), "64 VCPUs, and the policy allows 4")
	require.Equal(t, saga.TaskPending, r.ledger(t).Entry("port-0").State)
}

// The names of tasks are those of a module that changes without us.
func TestTheChangesFitTheFlow(t *testing.T) {
	changes := []interceptor.WorkerInterceptor{customserver.Customize()}
	require.NoError(t, saga.CheckCustomized(changes, workflows.Flows()...))
}
