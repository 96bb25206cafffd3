package workflows

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"go.temporal.io/sdk/workflow"

	"novaflow/activities"
	"novaflow/activities/nova"
	"novaflow/activities/nova/hosts"
	"novaflow/saga"
)

// HostDrain empties a host, for administrators: its compute service is disabled, so
// that nova places nothing there, and every server moves to another host: while it
// runs or, if it is shut down, as it is. Servers of a host that is dead are built anew elsewhere (evacuated).
//
// What is held: the workflow id is the host, and each server that is to move is
// locked, under the administrator's name for the cloud and under those that the
// worker's clouds.yaml has for the server's project.
//
// The invariant: either the host is disabled and every server that could leave has
// left, and the result names those that could not; or the service is in use again and
// no server is on its way. Servers stay where they are then: moving them back would
// be another risk. A service that somebody else had disabled stays disabled.
func HostDrain(ctx workflow.Context, spec DrainSpec) (Drained, error) {
	if err := refuse(spec); err != nil {
		return Drained{}, err
	}
	plan, err := saga.Look(ctx, "look up what is on "+spec.Host, hosts.CheckHostAction,
		hosts.HostQuery{Cloud: spec.Cloud, Host: spec.Host, Dead: spec.Dead})
	if err != nil {
		return Drained{}, err
	}
	if spec.DryRun {
		out := Drained{Host: spec.Host, Stayed: plan.Stay}
		for _, b := range plan.Servers {
			out.Left = append(out.Left, hosts.LeaveResult{ServerID: b.ID, Name: b.Name, Host: b.Host})
		}
		return out, nil
	}
	return hostDrain.Run(ctx, drain{spec, plan, byNames(ctx), workflow.GetVersion(ctx, newcomersGate, workflow.DefaultVersion, 1) == workflow.DefaultVersion})
}

// newcomersGate tells drains that look at the host once more from those begun before.
const newcomersGate = "host-drain-looks-again"

// Names of the workflow and of its flow.
const (
	HostDrainName = "HostDrain"
	HostDrainKind = "host-drain"
)

var hostDrain = saga.Define(HostDrainKind, buildHostDrain)

// drain is the input of the flow: what is asked for, and what there is.
type drain struct {
	Spec DrainSpec      `json:"spec"`
	Plan hosts.HostPlan `json:"plan"`

	byNames bool // the order of its locks, see ownFirstGate
	once    bool // the host is not looked at again, see newcomersGate
}

var hostDrainExample = drain{
	Spec: DrainSpec{RunOptions: RunOptions{Cloud: "devcloud-admin"}, Host: "compute-1", Width: 2},
	Plan: hosts.HostPlan{Host: "compute-1", Servers: []nova.ServerBefore{
		{OwnedObject: activities.OwnedObject{Name: "web-1", Status: "ACTIVE"}}, {OwnedObject: activities.OwnedObject{Name: "web-2", Status: "SHUTOFF"}},
	}},
}

// buildHostDrain is the flow. The tasks, in their order:
//
//	lock              the servers that are to move
//	service           disable it
//	servers/leave-N   ask nova to take a server off the host, at most Width at once
//	servers/left-N    wait for it
//	servers/confirm-N let nova forget the host, if the server was shut down
//	newcomers         look what nova has placed there before it was disabled
func buildHostDrain(d drain) (*saga.Flow, saga.Ref[Drained]) {
	f := saga.NewFlow(HostDrainKind, d.Spec.flowOptions()...)
	var before []saga.Dependency
	if len(d.Plan.Servers) > 0 {
		before = append(before, saga.Lock(f, "lock", saga.Value(d.locks()), d.Spec.lockOptions()...))
	}
	service := saga.Add(f, "service", hosts.DisableServiceAction, saga.Value(hosts.ServiceInput{
		Cloud: d.Spec.Cloud, Host: d.Plan.Host, ServiceID: d.Plan.ServiceID,
	}), saga.After(before...), saga.Summary("disable "+d.Plan.Host))
	var left []saga.Ref[hosts.LeaveResult]
	if len(d.Plan.Servers) > 0 {
		scope := f.Scope("servers", saga.Width(cmp.Or(d.Spec.Width, defaultDrainWidth)))
		for i, b := range d.Plan.Servers {
			in := hosts.LeaveInput{Cloud: d.Spec.Cloud, Before: b, Dead: d.Spec.Dead}
			asked := saga.Add(scope, fmt.Sprintf("leave-%d", i), hosts.LeaveHostAction, saga.Value(in), saga.After(service), saga.Summary(b.Name))
			gone := saga.Add(scope, fmt.Sprintf("left-%d", i), hosts.WaitLeaveAction,
				saga.From(asked, func(l hosts.LeaveAnswer) hosts.LeaveWait {
					return hosts.LeaveWait{LeaveInput: in, Leaving: l}
				}), saga.Summary(b.Name))
			if in.Cold() {
				gone = saga.Add(scope, fmt.Sprintf("confirm-%d", i), hosts.ConfirmLeaveAction,
					saga.From(gone, func(l hosts.LeaveResult) hosts.LeaveConfirm {
						return hosts.LeaveConfirm{LeaveInput: in, Left: l}
					}), saga.Summary(b.Name))
			}
			left = append(left, gone)
		}
	}
	return f, saga.From3(service, saga.Collect(left), d.newcomers(f, service, left), func(_ hosts.ServiceState, left, came []hosts.LeaveResult) Drained {
		out := Drained{Host: d.Plan.Host, Stayed: slices.Concat(d.Plan.Stay, came)}
		for _, l := range left {
			if l.Why != "" {
				out.Stayed = append(out.Stayed, l)
			} else {
				out.Left = append(out.Left, l)
			}
		}
		return out
	})
}

// newcomers adds the last look at the host: the locks may have been waited for.
func (d drain) newcomers(f *saga.Flow, service saga.Ref[hosts.ServiceState], left []saga.Ref[hosts.LeaveResult]) saga.Ref[[]hosts.LeaveResult] {
	if d.once {
		return saga.Value[[]hosts.LeaveResult](nil)
	}
	known := []string{}
	for _, b := range d.Plan.Servers {
		known = append(known, b.ID)
	}
	for _, l := range d.Plan.Stay {
		known = append(known, l.ServerID)
	}
	after := []saga.Dependency{service}
	for _, l := range left {
		after = append(after, l)
	}
	return saga.Add(f, "newcomers", hosts.ListNewServersAction, saga.Value(hosts.NewServersQuery{Cloud: d.Spec.Cloud, Host: d.Plan.Host, Known: known}),
		saga.After(after...), saga.Summary("look what has come to "+d.Plan.Host+" meanwhile"))
}

// locks are the workflow ids of the servers that are to move, in the order in which
// they are locked.
func (d drain) locks() (ids []string) {
	for _, b := range d.Plan.Servers {
		for _, cloud := range append([]string{d.Spec.Cloud}, d.Plan.Clouds[b.ID]...) {
			ids = append(ids, ServerWorkflowID(cloud, b.Name))
		}
	}
	if d.byNames {
		return inNameOrder(ids)
	}
	return inLockOrder(WorkflowID("host", d.Spec.Cloud, d.Spec.Host), ids)
}

// defaultDrainWidth is how many servers move at once: live migrations share the
// network of the host.
const defaultDrainWidth = 2

// maxDrainWidth keeps a host from being asked for more than it can do.
const maxDrainWidth = 32

// DrainSpec is the input of HostDrain.
type DrainSpec struct {
	RunOptions
	Host  string `json:"host"`
	Dead  bool   `json:"dead,omitempty"`  // it is down: build its servers anew elsewhere
	Width int    `json:"width,omitempty"` // servers that move at once; 0 is 2
}

// Validate returns everything that is wrong with the spec, joined, or nil.
func (s DrainSpec) Validate() error {
	var problems []error
	bad := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	s.RunOptions.validate(bad)
	required(bad, "host", s.Host)
	if s.Width < 0 || s.Width > maxDrainWidth {
		bad("width: %d is not between 1 and %d", s.Width, maxDrainWidth)
	}
	return errors.Join(problems...)
}

// Drained is the result of HostDrain.
type Drained struct {
	Host   string              `json:"host"`
	Left   []hosts.LeaveResult `json:"left"`             // with the hosts where they are now
	Stayed []hosts.LeaveResult `json:"stayed,omitempty"` // and why
}
