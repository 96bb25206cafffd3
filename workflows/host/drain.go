package host

import (
	"cmp"
	"fmt"
	"slices"

	"go.temporal.io/sdk/workflow"

	"novaflow/activities"
	"novaflow/activities/nova"
	"novaflow/activities/nova/hosts"
	"novaflow/saga"
	"novaflow/workflows/spec"
)

// Drain empties a host, for administrators. Its compute service is disabled, so that nova
// places nothing there, and every server moves to another host: while it runs or, if it
// is shut down, as it is. If the host is dead, its servers are built anew elsewhere
// (evacuated).
//
// Locks: the host, and each server that is to move, under the administrator's name for
// the cloud and under those that the worker's clouds.yaml has for the server's project.
//
// Invariant: either the host is disabled, every server that could leave has left, and the
// result names those that could not; or the service is in use again and no server is on
// its way. Servers stay where they are then: moving them back would be another risk. A
// service that another user had disabled stays disabled.
var Drain = spec.Planned[DrainSpec, draining, Drained]{
	Workflow: "HostDrain", Kind: "host-drain", // both stand in histories
	Plan: planDrain, Build: buildDrain, DryRun: draining.wouldLeave,
	Example: draining{
		Spec: DrainSpec{RunOptions: spec.RunOptions{Cloud: "devcloud-admin"}, Host: "compute-1", Width: 2},
		Plan: hosts.HostPlan{Host: "compute-1", Servers: []nova.ServerBefore{
			{OwnedObject: activities.OwnedObject{Name: "web-1", Status: "ACTIVE"}},
			{OwnedObject: activities.OwnedObject{Name: "web-2", Status: "SHUTOFF"}},
		}},
	},
}

// planDrain looks up what is on the host.
func planDrain(ctx workflow.Context, req DrainSpec) (draining, error) {
	plan, err := saga.ExecuteRead(ctx, "look up what is on "+req.Host, hosts.CheckHostAction,
		hosts.HostQuery{Cloud: req.Cloud, Host: req.Host, Dead: req.Dead})
	return draining{req, plan}, err
}

// wouldLeave returns the result of a dry run.
func (d draining) wouldLeave() Drained {
	out := Drained{Host: d.Spec.Host, Stayed: d.Plan.Stay}
	for _, b := range d.Plan.Servers {
		out.Moved = append(out.Moved, hosts.LeaveResult{ServerID: b.ID, Name: b.Name, Host: b.Host})
	}
	return out
}

// Options returns the options of the run.
func (d draining) Options() spec.RunOptions { return d.Spec.RunOptions }

// draining is the input of the flow: the request, and what the plan found.
type draining struct {
	Spec DrainSpec      `json:"spec"`
	Plan hosts.HostPlan `json:"plan"`
}

// buildDrain adds the tasks, in this order:
//
//	lock              the servers that are to move
//	service           disable it
//	servers/leave-N   ask nova to move a server away, at most Width at once
//	servers/left-N    wait for it
//	servers/confirm-N let nova forget the host, if the server was shut down
//	newcomers         look what nova has placed there before it was disabled
func buildDrain(f *saga.Flow, d draining) saga.Ref[Drained] {
	var locked []saga.Dependency
	if len(d.Plan.Servers) > 0 {
		locked = append(locked, saga.Lock(f, "lock", saga.Value(d.locks()), d.Spec.LockOptions()...))
	}
	service := saga.Add(f, "service", hosts.DisableServiceAction, saga.Value(hosts.ServiceInput{
		Cloud: d.Spec.Cloud, Host: d.Plan.Host, ServiceID: d.Plan.ServiceID,
	}), saga.After(locked...), saga.Summary("disable "+d.Plan.Host))
	var left []saga.Ref[hosts.LeaveResult]
	if len(d.Plan.Servers) > 0 {
		scope := f.Scope("servers", saga.MaxConcurrent(cmp.Or(d.Spec.Width, defaultConcurrency)))
		for i, b := range d.Plan.Servers {
			in := hosts.LeaveInput{Cloud: d.Spec.Cloud, Before: b, Dead: d.Spec.Dead}
			left = append(left, addLeave(scope, i, in, service))
		}
	}
	came := d.addNewcomers(f, service, left)
	return saga.From3(service, saga.Collect(left), came, func(
		_ hosts.ServiceState, left, came []hosts.LeaveResult,
	) Drained {
		out := Drained{Host: d.Plan.Host, Stayed: slices.Concat(d.Plan.Stay, came)}
		for _, l := range left {
			if l.Why != "" {
				out.Stayed = append(out.Stayed, l)
			} else {
				out.Moved = append(out.Moved, l)
			}
		}
		return out
	})
}

// addLeave adds the tasks with which a server leaves the host.
func addLeave(
	scope *saga.Flow, i int, in hosts.LeaveInput, service saga.Dependency,
) saga.Ref[hosts.LeaveResult] {
	name := saga.Summary(in.Before.Name)
	asked := saga.Add(scope, fmt.Sprintf("leave-%d", i), hosts.LeaveHostAction, saga.Value(in),
		saga.After(service), name)
	wait := saga.From(asked, func(l hosts.LeaveAnswer) hosts.LeaveWait {
		return hosts.LeaveWait{LeaveInput: in, Leaving: l}
	})
	left := saga.Add(scope, fmt.Sprintf("left-%d", i), hosts.WaitLeaveAction, wait, name)
	if !in.Cold() {
		return left
	}
	confirm := saga.From(left, func(l hosts.LeaveResult) hosts.LeaveConfirm {
		return hosts.LeaveConfirm{LeaveInput: in, Result: l}
	})
	return saga.Add(scope, fmt.Sprintf("confirm-%d", i), hosts.ConfirmLeaveAction, confirm, name)
}

// addNewcomers adds the last look at the host: the run may have waited for its locks.
func (d draining) addNewcomers(
	f *saga.Flow, service saga.Dependency, left []saga.Ref[hosts.LeaveResult],
) saga.Ref[[]hosts.LeaveResult] {
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
	query := hosts.NewServersQuery{Cloud: d.Spec.Cloud, Host: d.Plan.Host, Known: known}
	return saga.Add(f, "newcomers", hosts.ListNewServersAction, saga.Value(query),
		saga.After(after...), saga.Summary("look what has come to "+d.Plan.Host+" meanwhile"))
}

// locks returns the workflow ids of the servers that are to move, in the order in which
// they are locked.
func (d draining) locks() (ids []string) {
	for _, b := range d.Plan.Servers {
		for _, cloud := range append([]string{d.Spec.Cloud}, d.Plan.Clouds[b.ID]...) {
			ids = append(ids, spec.ServerWorkflowID(cloud, b.Name))
		}
	}
	return spec.InLockOrder(spec.WorkflowID("host", d.Spec.Cloud, d.Spec.Host), ids)
}

// defaultConcurrency is how many servers move at once: live migrations share the network
// of the host.
const defaultConcurrency = 2

// maxConcurrency keeps a host from being asked for more than it can do.
const maxConcurrency = 32

// DrainSpec is the request of Drain.
type DrainSpec struct {
	spec.RunOptions
	Host  string `json:"host"`
	Dead  bool   `json:"dead,omitempty"`  // it is down: build its servers anew elsewhere
	Width int    `json:"width,omitempty"` // maximum concurrency: servers that move at once; 0 is 2
}

// Validate returns everything that is wrong with the request, joined, or nil.
func (s DrainSpec) Validate() error {
	return spec.Validate(func(bad spec.Report) {
		s.RunOptions.Check(bad)
		spec.Require(bad, "host", s.Host)
		if s.Width < 0 || s.Width > maxConcurrency {
			bad("width: %d is not between 1 and %d", s.Width, maxConcurrency)
		}
	})
}

// Drained is the result of Drain.
type Drained struct {
	Host   string              `json:"host"`
	Moved  []hosts.LeaveResult `json:"left"`             // with the hosts where they are now
	Stayed []hosts.LeaveResult `json:"stayed,omitempty"` // and why
}
