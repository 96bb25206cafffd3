package server

import (
	"fmt"
	"slices"

	"novaflow/activities/nova"
	"novaflow/saga"
	"novaflow/workflows/spec"
)

// Resize gives a server another flavor; of several, the first that nova can place. It
// does not matter who created the server.
//
// Locks: the server's name in its cloud.
//
// Invariant: until the resize is confirmed the server can go back, and a run that fails
// leaves it with the flavor and in the state that it had. A server that has to answer on
// the network, and does not, goes back too. Confirming is the point of no return: nova
// then forgets the old flavor and host.
var Resize = spec.Flow[ResizeSpec, Resized]{
	Workflow: "ServerResize", Kind: "server-resize", // both stand in histories
	Build: buildResize,
	Example: ResizeSpec{
		RunOptions: spec.RunOptions{Cloud: "devcloud"}, Server: "web-1", Flavors: []string{"m1.small", "m1.tiny"},
		Readiness: spec.Readiness{Ready: []spec.Probe{{Protocol: "tcp", Port: 22}}},
	},
}

// buildResize adds the tasks, in this order:
//
//	request           look everything up, report every problem
//	flavor/before     note the state; the scope is tried with one flavor after the other
//	flavor/resize     ask nova for the flavor
//	flavor/resized    wait until it can be confirmed
//	ready-N           wait until it answers, if it has to
//	confirm           the point of no return
//	done              wait until nova has forgotten the old flavor
func buildResize(f *saga.Flow, req ResizeSpec) saga.Ref[Resized] {
	query := nova.ResizeQuery{
		Cloud: req.Cloud, Server: req.Server, Flavors: req.Flavors, Answers: len(req.Ready) > 0,
	}
	plan := saga.Add(f, spec.RequestTask, nova.CheckResizeAction, saga.Value(query),
		saga.Summary("look up what the request names"))
	flavors := saga.From(plan, func(p nova.ResizePlan) []nova.FlavorRef { return p.Flavors })
	scope, flavor := saga.ForEachRef(f, "flavor", flavors)
	r := resizing{Flow: scope, task: "resize", cloud: req.Cloud, plan: plan}
	return r.confirm(f, req.Readiness, r.resize(flavor))
}

// resizing is a resize or a cold migration under construction.
type resizing struct {
	*saga.Flow // the scope that reverts the server

	task  string
	cloud string
	host  string // to migrate to; "" lets nova choose
	plan  saga.Ref[nova.ResizePlan]
}

// resized is a server that can be confirmed or go back.
type resized struct {
	in     saga.Ref[nova.ResizeInput]
	server saga.Ref[nova.Server]
}

// resize adds the tasks up to where the server can be confirmed or go back.
func (r resizing) resize(flavor saga.Ref[nova.FlavorRef]) resized {
	server := saga.From(r.plan, func(p nova.ResizePlan) nova.ServerRef {
		return nova.ServerRef{Cloud: r.cloud, ID: p.Before.ID}
	})
	before := saga.Add(r.Flow, "before", nova.RecordServerStateAction, server,
		saga.Summary("note the state that it can go back to"))
	in := saga.From3(r.plan, before, flavor, func(
		p nova.ResizePlan, b nova.ServerBefore, f nova.FlavorRef,
	) nova.ResizeInput {
		return nova.ResizeInput{Cloud: r.cloud, Before: b, Old: p.Old, New: f, Host: r.host}
	})
	asked := saga.Add(r.Flow, r.task, nova.ResizeAction, in)
	done := saga.Add(r.Flow, r.task+"d", nova.WaitResizeAction, waitFor(in, asked),
		saga.Summary("wait until it can be confirmed"))
	return resized{in, done}
}

// waitFor returns a wait for what nova has accepted.
func waitFor(
	in saga.Ref[nova.ResizeInput], asked saga.Ref[nova.Accepted],
) saga.Ref[nova.ResizeWait] {
	return saga.From2(in, asked, func(in nova.ResizeInput, a nova.Accepted) nova.ResizeWait {
		return nova.ResizeWait{ResizeInput: in, Request: a.Request}
	})
}

// confirm adds the remaining tasks. Until the point of no return the server goes back if
// it does not answer as it has to.
func (r resizing) confirm(f *saga.Flow, ready spec.Readiness, s resized) saga.Ref[Resized] {
	before := append(ready.AddReady(f, saga.From(s.server, spec.SiteOf)), s.server)
	confirmed := saga.Add(f, "confirm", nova.ConfirmResizeAction, s.in,
		saga.After(before...), saga.Pivot(), saga.Summary("the point of no return"))
	done := saga.Add(f, "done", nova.WaitResizeConfirmedAction, waitFor(s.in, confirmed),
		saga.Summary("wait until nova has forgotten the old flavor and host"))
	return saga.From2(r.plan, done, func(p nova.ResizePlan, s nova.Server) Resized {
		return Resized{
			ID: s.ID, Name: s.Name, Status: s.Status, Was: p.Old.Name, Flavor: s.Flavor,
			From: p.Before.Host, Host: s.Host,
		}
	})
}

// ResizeSpec is the request of Resize.
type ResizeSpec struct {
	spec.RunOptions
	Server  string   `json:"server"`  // name or id
	Flavors []string `json:"flavors"` // names or ids, to be tried in this order
	spec.Readiness
}

// Validate returns everything that is wrong with the request, joined, or nil.
func (s ResizeSpec) Validate() error {
	return spec.Validate(func(bad spec.Report) {
		s.RunOptions.Check(bad)
		spec.Require(bad, "server", s.Server)
		s.CheckReady(bad)
		if len(s.Flavors) == 0 {
			bad("flavor: give at least one")
		}
		for i, f := range s.Flavors {
			spec.Require(bad, fmt.Sprintf("flavor %d", i), f)
			if slices.Contains(s.Flavors[:i], f) {
				bad("flavor %d: %q is there twice", i, f)
			}
		}
	})
}

// Resized is the result of Resize and of Migrate.
type Resized struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Status string `json:"status"`
	Was    string `json:"was"` // flavor before
	Flavor string `json:"flavor"`
	From   string `json:"from,omitempty"` // host before; only administrators see it
	Host   string `json:"host,omitempty"`
}
