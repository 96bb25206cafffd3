package server

import (
	"slices"
	"strings"

	"novaflow/activities/nova"
	"novaflow/saga"
	"novaflow/workflows/spec"
)

// Power stops, starts, reboots, pauses, unpauses, suspends, resumes, shelves or unshelves
// a server, no matter who created it. Only its state is changed.
//
// Locks: the server's name in its cloud.
//
// Invariant: either the server reaches the state that the verb leads to, or it is in the
// state in which the run found it. The run changes back only what it changed: a revert
// does not start a server that was stopped already. It leaves a server alone that another
// user has changed since.
var Power = spec.Flow[PowerSpec, Powered]{
	Workflow: "ServerPower", Kind: "server-power", // both stand in histories
	Build:   buildPower,
	Example: PowerSpec{RunOptions: spec.RunOptions{Cloud: "devcloud"}, Server: "web-1", Verb: "stop"},
}

// buildPower adds the tasks, in this order:
//
//	request   look whether it may be, and note the state and nova's newest record
//	VERB      ask nova for it, unless the server is in that state already
//	done      wait until nova has done it
func buildPower(f *saga.Flow, req PowerSpec) saga.Ref[Powered] {
	query := nova.PowerQuery{Cloud: req.Cloud, Server: req.Server, Verb: req.Verb}
	plan := saga.Add(f, spec.RequestTask, nova.CheckPowerAction, saga.Value(query),
		saga.Summary("look at "+req.Server))
	in := saga.From(plan, func(p nova.PowerPlan) nova.PowerInput {
		return nova.PowerInput{Cloud: req.Cloud, Verb: req.Verb, Before: p.Before}
	})
	todo := saga.When(plan, func(p nova.PowerPlan) bool { return !p.Done })
	act := nova.PowerAction
	if strings.HasSuffix(req.Verb, "reboot") {
		act = nova.RebootAction
	}
	asked := saga.Add(f, req.Verb, act, in, todo, saga.Summary(req.Server))
	wait := saga.From2(in, saga.Optional(asked), func(
		in nova.PowerInput, asked *nova.Accepted,
	) nova.PowerWait {
		w := nova.PowerWait{PowerInput: in}
		if asked != nil {
			w.Request = asked.Request
		}
		return w
	})
	done := saga.Add(f, "done", nova.WaitPowerAction, wait, todo, saga.Summary("wait until nova has done it"))
	return saga.From2(plan, saga.Optional(done), func(p nova.PowerPlan, done *nova.Server) Powered {
		out := Powered{ID: p.Before.ID, Name: p.Before.Name, Was: p.Before.Status, Status: p.Before.Status}
		if done != nil {
			out.Status = done.Status
		}
		return out
	})
}

// PowerSpec is the request of Power.
type PowerSpec struct {
	spec.RunOptions
	Server string `json:"server"` // name or id
	Verb   string `json:"verb"`   // one of activities.PowerVerbs
}

// Validate returns everything that is wrong with the request, joined, or nil.
func (s PowerSpec) Validate() error {
	return spec.Validate(func(bad spec.Report) {
		s.RunOptions.Check(bad)
		spec.Require(bad, "server", s.Server)
		if !slices.Contains(nova.PowerVerbs(), s.Verb) {
			bad("verb: %q is none of %s", s.Verb, strings.Join(nova.PowerVerbs(), ", "))
		}
	})
}

// Powered is the result of Power.
type Powered struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Was    string `json:"was"`    // status before
	Status string `json:"status"` // status now; the same if there was nothing to do
}
