package server

import (
	"fmt"
	"slices"

	"novaflow/activities"
	"novaflow/saga"
	"novaflow/workflows/spec"
)

// Resize gives a server another flavor; of several, the first that nova can
// place. Whoever made the server does not matter.
//
// What is held: the workflow id is the server's name in its cloud, so one run at a
// time changes it.
//
// The invariant: until the resize is confirmed, the server can go back, and a run
// that fails leaves it with the flavor and in the state that it had. One that has to
// answer on the network, and does not, goes back too. Confirming is the point of no
// return: nova then forgets the old flavor and host.
var Resize = spec.Flow[ResizeSpec, Resized]{
	Workflow: "ServerResize", Kind: "server-resize", // both stand in histories
	Build: buildResize,
	Example: ResizeSpec{RunOptions: spec.RunOptions{Cloud: "devcloud"}, Server: "web-1", Flavors: []string{"m1.small", "m1.tiny"},
		Readiness: spec.Readiness{Ready: []spec.Probe{{Protocol: "tcp", Port: 22}}}},
}

// buildResize is the flow. The tasks, in their order:
//
//	request           look everything up, report every problem
//	flavor/before     note the state; the scope is tried with one flavor after the other
//	flavor/resize     ask nova for the flavor
//	flavor/resized    wait until it can be confirmed
//	ready-N           wait until it answers, if it has to
//	confirm           the point of no return
//	done              wait until nova has forgotten the old flavor
func buildResize(f *saga.Flow, req ResizeSpec) saga.Ref[Resized] {
	plan := saga.Add(f, spec.RequestTask, activities.CheckResizeAction,
		saga.Value(activities.ResizeQuery{Cloud: req.Cloud, Server: req.Server, Flavors: req.Flavors, Answers: len(req.Ready) > 0}), saga.Summary("look up what the request names"))
	scope, flavor := saga.ForEachRef(f, "flavor", saga.From(plan, func(p activities.ResizePlan) []activities.FlavorRef { return p.Flavors }))
	in, resized := addResize(scope, "resize", req.RunOptions, plan, flavor, "")
	return addConfirm(f, req.Readiness, plan, in, resized)
}

// addResize adds the tasks up to where the server can be confirmed or go back.
func addResize(f *saga.Flow, task string, o spec.RunOptions, plan saga.Ref[activities.ResizePlan], flavor saga.Ref[activities.FlavorRef], host string) (saga.Ref[activities.ResizeInput], saga.Ref[activities.Server]) {
	before := saga.Add(f, "before", activities.NoteServerAction, saga.From(plan, func(p activities.ResizePlan) activities.ServerRef {
		return activities.ServerRef{Cloud: o.Cloud, ID: p.Before.ID}
	}), saga.Summary("note the state that it can go back to"))
	in := saga.From3(plan, before, flavor, func(p activities.ResizePlan, b activities.ServerBefore, f activities.FlavorRef) activities.ResizeInput {
		return activities.ResizeInput{Cloud: o.Cloud, Before: b, Old: p.Old, New: f, Host: host}
	})
	asked := saga.Add(f, task, activities.ResizeAction, in)
	resized := saga.Add(f, task+"d", activities.WaitResizeAction, waitFor(in, asked), saga.Summary("wait until it can be confirmed"))
	return in, resized
}

func waitFor(in saga.Ref[activities.ResizeInput], asked saga.Ref[activities.Accepted]) saga.Ref[activities.ResizeWait] {
	return saga.From2(in, asked, func(in activities.ResizeInput, a activities.Accepted) activities.ResizeWait {
		return activities.ResizeWait{ResizeInput: in, Request: a.Request}
	})
}

// addConfirm adds the tasks from where the server can still go back, if it does not
// answer as it has to, to the end.
func addConfirm(f *saga.Flow, ready spec.Readiness, plan saga.Ref[activities.ResizePlan], in saga.Ref[activities.ResizeInput], resized saga.Ref[activities.Server]) saga.Ref[Resized] {
	before := append(ready.AddReady(f, saga.From(resized, spec.SiteOf)), resized)
	confirmed := saga.Add(f, "confirm", activities.ConfirmResizeAction, in, saga.After(before...), saga.Pivot(), saga.Summary("the point of no return"))
	done := saga.Add(f, "done", activities.WaitConfirmedAction, waitFor(in, confirmed), saga.Summary("wait until nova has forgotten the old flavor and host"))
	return saga.From2(plan, done, func(p activities.ResizePlan, s activities.Server) Resized {
		return Resized{ID: s.ID, Name: s.Name, Status: s.Status, Was: p.Old.Name, Flavor: s.Flavor, From: p.Before.Host, Host: s.Host}
	})
}

// ResizeSpec is the input of ServerResize.
type ResizeSpec struct {
	spec.RunOptions
	Server  string   `json:"server"`  // name or id
	Flavors []string `json:"flavors"` // names or ids, to be tried in this order
	spec.Readiness
}

// Validate returns everything that is wrong with the spec, joined, or nil.
func (s ResizeSpec) Validate() error {
	return spec.Validate(func(bad spec.Report) {
		s.RunOptions.Check(bad)
		spec.Require(bad, "server", s.Server)
		s.ValidateReady(bad)
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

// Resized is the result of ServerResize and of ServerMigrate.
type Resized struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Status string `json:"status"`
	Was    string `json:"was"` // flavor before
	Flavor string `json:"flavor"`
	From   string `json:"from,omitempty"` // host before; only administrators are told
	Host   string `json:"host,omitempty"`
}
