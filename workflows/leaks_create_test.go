package workflows_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"novaflow/internal/devcloud"
	"novaflow/saga"
	"novaflow/workflows/server"
	"novaflow/workflows/spec"
)

// No host has room. The bug: the port that was created first is never deleted, and each
// new try creates one more until the quota is gone.
// https://github.com/kubernetes-sigs/cluster-api-provider-openstack/issues/1404
// https://github.com/kubernetes-sigs/cluster-api-provider-openstack/issues/2576
func TestLeakOfPortWithEachTryWhenThereIsNoValidHost(t *testing.T) {
	w := leakWorld(t)
	ports := 0
	for _, o := range w.Cloud.Inventory() {
		if o.Kind == "port" && o.Project == "demo" {
			ports++
		}
	}
	require.NoError(t, w.Configure(func(s *devcloud.Settings) { s.Quotas["port"] = ports + 1 }))
	for range 3 {
		w.fault(t, "nova POST /servers$ error 1 No valid host was found.")
		w.nothingLeft(t, w.create(smallServer), "No valid host was found.")
	}
	require.NoError(t, w.create(smallServer))
}

// A server that nova could not place stays behind as a faulty orphan.
// https://github.com/opentelekomcloud/terraform-provider-opentelekomcloud/issues/3480
func TestLeakOfFaultyServer(t *testing.T) {
	w := leakWorld(t, "nova POST /servers$ error 1 Insufficient resources")
	w.nothingLeft(t, w.create(wholeServer), "Insufficient resources")
	require.Equal(t, 1, w.Calls()["nova DELETE /servers/{id}"])
}

// A waiter that looks for ACTIVE alone waits on a server in ERROR until it times
// out, and the reason is lost.
// https://github.com/kubernetes/kops/pull/15102
// https://github.com/kubernetes-sigs/cluster-api-provider-openstack/issues/3375
func TestLeakOfTimeAndReasonWhenAServerEndsInError(t *testing.T) {
	w := leakWorld(t, "nova POST /servers$ error 1 Build of instance aborted: disk is broken")
	r := w.nothingLeft(t, w.create(smallServer), "disk is broken")
	require.Equal(t, "active", r.Task)
	require.Equal(t, "ServerError", r.Type)
}

// A wrong key pair is found out when the port and the security group exist, and
// the group cannot be deleted because of the port.
// https://github.com/kubernetes-sigs/cluster-api-provider-openstack/issues/723
// https://github.com/kubernetes-sigs/cluster-api-provider-openstack/issues/1062
func TestLeakOfPortWhenTheKeyPairIsWrong(t *testing.T) {
	w := leakWorld(t)
	req := wholeServer
	req.KeyName = "demo-kay"
	w.nothingLeft(t, w.create(req), "demo-kay")
	for call := range w.Calls() {
		require.False(t, strings.HasPrefix(call, "neutron POST"), "it was found out after %s", call)
	}
}

// The same when the key pair was there at first: nova alone refuses, last of all.
// https://github.com/kubernetes-sigs/cluster-api-provider-openstack/issues/1596
func TestLeakOfPortWhenNovaRefusesTheRequest(t *testing.T) {
	w := leakWorld(t, "nova POST /servers$ own:400 1 Invalid key_name provided.")
	w.nothingLeft(t, w.create(wholeServer), "Invalid key_name provided.")
}

// The create is killed while it waits. The bug: the server is in no record, and the next
// try creates a second one of the same name. People may end a wait at any time.
// https://github.com/terraform-provider-openstack/terraform-provider-openstack/issues/881
// https://bugs.launchpad.net/heat/+bug/1521944
func TestLeakOfServerWhenTheWaitIsEnded(t *testing.T) {
	w := leakWorld(t, "nova POST /servers$ stuck 1")
	a := w.begin(server.Create.Workflow, wholeServer)
	w.reached(t, "server", "BUILD")
	a.env.CancelWorkflow()
	require.ErrorContains(t, a.end(), "cancel")
	w.asEmpty(t)
	w.exactlyOnce(t, w.create(wholeServer))
}

// A compute host that hears nothing leaves its servers in BUILD without end.
// https://github.com/rackerlabs/genestack/pull/695
func TestLeakOfServerThatIsInBuildForEver(t *testing.T) {
	w := leakWorld(t, "nova POST /servers$ stuck 1")
	// The clock of the test stands still while activities run. So the wait, which
	// lists servers after the look-ups for name and mark, is told to come again later.
	w.AddFault(devcloud.Fault{Service: "nova", Method: "GET", Path: "/servers/detail", Action: "503:3600", Count: 6, Skip: 2})
	req := smallServer
	req.Deadline = spec.Duration(10 * time.Minute)
	r := w.nothingLeft(t, w.create(req), "deadline")
	require.Empty(t, r.Task)
}

// A volume takes longer than the create may. The bug: its id was not stored yet, and each
// try creates one more.
// https://github.com/terraform-provider-openstack/terraform-provider-openstack/issues/1011
func TestLeakOfVolumeThatIsStillBeingMade(t *testing.T) {
	w := leakWorld(t, "cinder POST /volumes$ slow:700ms")
	a := w.begin(server.Create.Workflow, wholeServer)
	w.reached(t, "volume", "creating")
	a.env.CancelWorkflow()
	require.Error(t, a.end())
	w.asEmpty(t)
}

// A volume that nova creates to boot from has no name and no owner until it is attached.
// Here it is created by name and with a mark.
// https://opendev.org/openstack/nova/src/branch/master/nova/virt/block_device.py
func TestLeakOfNamelessBootVolume(t *testing.T) {
	w := leakWorld(t, "nova POST /servers$ stuck 1")
	a := w.begin(server.Create.Workflow, wholeServer)
	w.reached(t, "server", "BUILD")
	for _, o := range w.Cloud.Inventory() {
		require.False(t, o.Kind == "volume" && o.Name == "", "a volume without name: %v", o)
	}
	_, marked := saga.ParseMark(w.markOf("volume", "web-1-boot"))
	require.True(t, marked)
	a.env.CancelWorkflow()
	require.Error(t, a.end())
	w.asEmpty(t)
}

// markOf is the mark on the resource of that kind and name, "" if there is none.
func (w *cloudWorld) markOf(kind, name string) string {
	for _, o := range w.Cloud.Inventory() {
		if o.Kind == kind && o.Name == name {
			return aMark.FindString(o.Mark)
		}
	}
	return ""
}
