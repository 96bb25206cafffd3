package workflows_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"novaflow/internal/devcloud"
	"novaflow/workflows/server"
)

// The cloud answers the create with an error, or not at all, but the requested resource
// exists. The bug: the next try creates a second one.
// https://github.com/cloudbase/garm/issues/79
// https://blueprints.launchpad.net/nova/+spec/idempotentcy-client-token
// https://github.com/IBM-Cloud/terraform-provider-ibm/issues/3178
func TestLeakOfTwinsWhenAnswersAreLost(t *testing.T) {
	for _, lost := range []string{"after:503", "after:500", "drop"} {
		t.Run(lost, func(t *testing.T) {
			w := leakWorld(t)
			for _, f := range onEach("POST", "(servers|ports|volumes|floatingips|security-groups)$", lost, 1, 0) {
				w.AddFault(f)
			}
			w.exactlyOnce(t, w.create(wholeServer))
		})
	}
}

// A look-up before the create is no help when the look-up fails, and its failure
// is taken for "there is none".
// https://github.com/kubernetes/cloud-provider-openstack/issues/91
func TestLeakOfTwinVolumesWhenTheListFails(t *testing.T) {
	w := leakWorld(t, "cinder POST /volumes$ after:500 1")
	// The first list belongs to the first attempt.
	w.AddFault(devcloud.Fault{Service: "cinder", Method: "GET", Path: "/volumes/detail", Action: "503", Count: 3, Skip: 1})
	require.NoError(t, w.create(oneOfEach))
	w.happened(t)
	require.Equal(t, 1, w.Calls()["cinder POST /volumes"])
}

// A proxy answers 404 for a service that it does not find. The bug: the controller
// creates the server once more.
// https://github.com/kubernetes-sigs/cluster-api-provider-openstack/issues/2085
// https://github.com/kubernetes-sigs/cluster-api-provider-openstack/issues/2181
func TestLeakOfTwinServersWhenAProxySays404(t *testing.T) {
	w := leakWorld(t, "nova POST /servers$ after:503 1")
	w.AddFault(devcloud.Fault{Service: "nova", Method: "GET", Path: "/servers", Action: "404", Count: 3, Skip: 2})
	w.exactlyOnce(t, w.create(wholeServer))
	require.Equal(t, 1, w.Calls()["nova POST /servers"])
}

// The same in a delete: a 404 that does not come from the service is no proof that a
// resource is gone.
// https://github.com/kubernetes-sigs/cluster-api-provider-openstack/issues/2085
func TestLeakWhenAProxySays404ToADelete(t *testing.T) {
	w := leakWorld(t, "nova POST /servers$ error 1 No valid host was found.")
	for _, f := range onEach("DELETE", ".", "404", 2, 0) {
		w.AddFault(f)
	}
	w.nothingLeft(t, w.create(wholeServer), "No valid host")
}

// A floating IP is allocated in the same loop in which it is attached: each turn
// allocates another one.
// https://github.com/kubernetes-sigs/cluster-api-provider-openstack/issues/1632
// https://github.com/kubernetes-sigs/cluster-api-provider-openstack/issues/1827
func TestLeakOfFloatingIPsThatCannotBeAttached(t *testing.T) {
	w := leakWorld(t, "neutron PUT /floatingips/ 503 3")
	w.exactlyOnce(t, w.create(wholeServer))
	require.Equal(t, 1, w.Calls()["neutron POST /floatingips"])
}

// The same where they can never be attached.
// https://github.com/kubernetes-sigs/cluster-api-provider-openstack/issues/1159
func TestLeakOfFloatingIPThatIsRefused(t *testing.T) {
	w := leakWorld(t, "neutron PUT /floatingips/ own:400 1 External network is not reachable from subnet")
	w.nothingLeft(t, w.create(wholeServer), "is not reachable")
}

// A floating IP whose making is broken off leaves neutron's own port behind, and
// one that is not associated is in nobody's record.
// https://bugs.launchpad.net/neutron/+bug/1648098
func TestLeakOfFloatingIPWhoseMakingWasBrokenOff(t *testing.T) {
	w := leakWorld(t, "neutron POST /floatingips$ drop 1", "nova POST /servers$ own:403 1 Quota exceeded for instances")
	w.nothingLeft(t, w.create(wholeServer), "Quota exceeded")
}

// The step that fails has had its effect, but only the steps before it are
// undone. Worse where it crashed after the effect and fails when it runs again.
// https://github.com/oxidecomputer/omicron/issues/10695
// https://github.com/oxidecomputer/omicron/issues/10166
// https://github.com/oxidecomputer/omicron/pull/7245
func TestLeakOfTheEffectOfTheStepThatFailed(t *testing.T) {
	for task, f := range map[string]struct {
		post, list devcloud.Fault
	}{
		"server":         {devcloud.Fault{Service: "nova", Path: "/servers$"}, devcloud.Fault{Path: "/servers/detail", Skip: 2}},
		"volume-0":       {devcloud.Fault{Service: "cinder", Path: "/volumes$"}, devcloud.Fault{Path: "/volumes/detail", Skip: 1}},
		"port-0":         {devcloud.Fault{Service: "neutron", Path: "/ports$"}, devcloud.Fault{Path: "/ports$", Skip: 1}},
		"floating-ip":    {devcloud.Fault{Service: "neutron", Path: "/floatingips$"}, devcloud.Fault{Path: "/floatingips$", Skip: 1}},
		"security-group": {devcloud.Fault{Service: "neutron", Path: "/security-groups$"}, devcloud.Fault{Path: "/security-groups$", Skip: 1}},
	} {
		t.Run(task, func(t *testing.T) {
			w := leakWorld(t)
			f.post.Method, f.post.Action, f.post.Count = "POST", "drop", 1
			f.list.Service, f.list.Method, f.list.Action, f.list.Count = f.post.Service, "GET", "own:403", 1
			w.AddFault(f.post)
			w.AddFault(f.list)
			r := w.nothingLeft(t, w.create(oneOfEach), "injected by devcloud")
			require.Equal(t, task, r.Task)
		})
	}
}

// oneOfEach asks for one resource of each kind.
var oneOfEach = func() server.CreateSpec {
	req := smallServer
	req.Volumes, req.FloatingIP, req.Ingress = wholeServer.Volumes[:1], wholeServer.FloatingIP, wholeServer.Ingress[:1]
	return req
}()
