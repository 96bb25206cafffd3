package activities

import (
	"cmp"
	"context"
	"net/http"
	"regexp"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"novaflow/activities/cinder"
	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/resource"
	"novaflow/activities/internal/task"
	"novaflow/activities/neutron"
	"novaflow/activities/nova"
	"novaflow/saga"
)

// losing is a transport that loses the answer to one request, as a connection does
// that breaks after the request arrived.
type losing struct {
	http.RoundTripper
	method string // "" is POST
	path   *regexp.Regexp
	lost   atomic.Bool
}

func (l *losing) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := l.RoundTripper.RoundTrip(r)
	if err != nil || r.Method != cmp.Or(l.method, http.MethodPost) || !l.path.MatchString(r.URL.Path) ||
		l.lost.Swap(true) {
		return answer, err
	}
	_ = answer.Body.Close()
	return nil, syscall.ECONNRESET
}

func lostAnswers(t *testing.T, w *world) {
	c, err := w.clouds.Open(context.Background(), w.cloud)
	require.NoError(t, err)
	network := &c.Compute.HTTPClient // of the provider, which all services share
	whole := network.Transport
	defer func() { network.Transport = whole }()
	for _, c := range creations(t, w) {
		l := &losing{RoundTripper: whole, path: regexp.MustCompile(c.path)}
		c.try(t, w, func() { network.Transport = l })
		require.True(t, l.lost.Load())
	}
}

// retried runs a do-activity as the engine does, with another attempt after an
// error that may have had an effect.
func retried[In, Out any](t *testing.T, w *world, name string, do func(context.Context, saga.Intent[In]) (Out, error),
	in In) (out Out, attempts int) {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestWorkflowEnvironment()
	env.SetTestTimeout(2 * time.Minute) // a real cloud takes its time
	Register(env, w.clouds)
	env.SetTestTimeout(time.Minute)
	env.SetOnActivityStartedListener(func(info *activity.Info, _ context.Context,
		_ converter.EncodedValues) {
		attempts = int(info.Attempt)
	})
	env.ExecuteWorkflow(func(ctx workflow.Context) (Out, error) {
		var out Out
		ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute,
			HeartbeatTimeout: task.HeartbeatTimeout})
		return out, workflow.ExecuteActivity(ctx, do, saga.Intent[In]{Task: name, Mark: w.mark(name), In: in}).
			Get(ctx, &out)
	})
	require.NoError(t, env.GetWorkflowError())
	require.NoError(t, env.GetWorkflowResult(&out))
	return out, attempts
}

// creation is one do-activity with its undo, to be tried in several ways.
type creation struct {
	service cloud.Service
	path    string
	once    func(*testing.T, *world)         // creates it in one attempt
	try     func(*testing.T, *world, func()) // under a fault, in two attempts; reverts it
}

// creations are all activities that make a resource of their own.
func creations(t *testing.T, w *world) []creation {
	plan := w.plan(t)
	n, v, c := &neutron.Activities{}, &cinder.Activities{}, &nova.Activities{}
	return []creation{
		of(cloud.Neutron, "/ports$", n.CreatePort, n.DeletePort, w.port(t)),
		of(cloud.Neutron, "/floatingips$", n.CreateFloatingIP, n.DeleteFloatingIP,
			neutron.CreateFloatingIPInput{Cloud: w.cloud, ExternalNetworkID: plan.ExternalNetwork.ID}),
		of(cloud.Neutron, "/security-groups$", n.CreateSecurityGroup, n.DeleteSecurityGroup,
			neutron.CreateSecurityGroupInput{Cloud: w.cloud, Name: w.run}),
		of(cloud.Neutron, "/networks$", n.CreateNetwork, n.DeleteNetwork,
			neutron.CreateNetworkInput{Cloud: w.cloud, Name: w.run}),
		of(cloud.Neutron, "/routers$", n.CreateRouter, n.DeleteRouter,
			neutron.CreateRouterInput{Cloud: w.cloud, Name: w.run}),
		of(cloud.Cinder, "/volumes$", v.CreateVolume, v.DeleteVolume,
			cinder.CreateVolumeInput{Cloud: w.cloud, Name: w.run, SizeGiB: 1}),
		of(cloud.Nova, "/servers$", c.CreateServer, c.DeleteServer, nova.CreateServerInput{Cloud: w.cloud, Name: w.run,
			FlavorID: plan.FlavorID, ImageID: plan.ImageID}),
	}
}

func of[In any, Out resource.Resource](service cloud.Service, path string,
	do func(context.Context, saga.Intent[In]) (Out, error), takeBack func(context.Context, saga.Undo[In, Out]) error,
	in In) creation {
	once := func(t *testing.T, w *world) { must(t, w, "made", do, in) }
	return creation{service, path, once, func(t *testing.T, w *world, fault func()) {
		fault()
		out, attempts := retried(t, w, "made", do, in)
		require.Equal(t, 2, attempts)
		require.Equal(t, w.mark("made"), out.Object().Mark)
		if w.dev != nil {
			require.Empty(t, w.dev.Faults(), "a fault was not used")
		}
		require.Len(t, w.marked(t), 1, "a twin was made")
		undo(t, w, "made", takeBack, in, nil)
		require.Empty(t, w.marked(t))
	}}
}
