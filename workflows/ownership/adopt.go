package ownership

import (
	"fmt"
	"slices"
	"strings"

	"go.temporal.io/sdk/workflow"

	"novaflow/activities"
	"novaflow/activities/inventory"
	"novaflow/saga"
	"novaflow/workflows/spec"
)

// Adopt puts an existing server, volume, network or image under novaflow's management: it
// gets the run's mark, and nothing else of it changes. A network is adopted with its
// subnets. From then on it is deleted, verified and audited as if a run had created it.
//
// Locks: the resource, so nothing else is done to it meanwhile.
//
// Invariant: either the resource has the mark, or it is as it was. A revert removes the
// mark; the resource itself always stays.
var Adopt = spec.Planned[MarkSpec, adopting, Adopted]{
	Workflow: "Adopt", Kind: "adopt", // both stand in histories
	Plan: planAdoption, Build: buildAdopt,
	Example: adopting{
		MarkSpec: MarkSpec{RunOptions: spec.RunOptions{Cloud: "devcloud"}, Kind: activities.KindNetwork, Name: "app"},
		Parts:    []activities.OwnedObject{{Kind: activities.KindSubnet, Name: "app-0"}},
	},
}

// planAdoption looks up the subnets that are adopted with a network.
func planAdoption(ctx workflow.Context, req MarkSpec) (adopting, error) {
	in := adopting{MarkSpec: req}
	if req.Kind != activities.KindNetwork {
		return in, nil
	}
	parts, err := saga.ExecuteRead(ctx, "look up the subnets of "+req.Name, inventory.ListAdoptPartsAction,
		req.query(saga.RunID(ctx)))
	in.Parts = parts
	return in, err
}

// adopting is the input of the flow: what is asked for, and what goes with it.
type adopting struct {
	MarkSpec
	Parts []activities.OwnedObject `json:"parts,omitempty"`
}

// buildAdopt adds the tasks: look, then mark the parts and, last, the resource itself.
func buildAdopt(f *saga.Flow, req adopting) saga.Ref[Adopted] {
	found := saga.Add(f, spec.RequestTask, inventory.CheckAdoptAction, saga.From(saga.ThisRun(), req.query),
		saga.Summary("look at "+req.Kind+" "+req.Name))
	var before []saga.Dependency
	for i, o := range req.Parts {
		before = append(before, saga.Add(f, fmt.Sprintf("mark-%d", i), inventory.AdoptAction, saga.Value(o),
			saga.After(found), saga.Summary(o.Kind+" "+o.Name)))
	}
	marked := saga.Add(f, "mark", inventory.AdoptAction, found,
		saga.After(before...), saga.Summary(req.Kind+" "+req.Name))
	return saga.From(marked, func(o activities.OwnedObject) Adopted {
		return Adopted{Kind: o.Kind, ID: o.ID, Name: o.Name, Status: o.Status, Mark: o.Mark}
	})
}

// MarkSpec is the request of Adopt and of Release.
type MarkSpec struct {
	spec.RunOptions
	Kind string `json:"kind"` // one of activities.MarkKinds
	Name string `json:"name"` // name or id of the resource
}

// query returns what the cloud is asked, for a run.
func (s MarkSpec) query(run string) inventory.MarkQuery {
	return inventory.MarkQuery{Cloud: s.Cloud, Kind: s.Kind, Name: s.Name, Run: run}
}

// Validate returns everything that is wrong with the request, joined, or nil.
func (s MarkSpec) Validate() error {
	return spec.Validate(func(bad spec.Report) {
		s.RunOptions.Check(bad)
		if !slices.Contains(inventory.MarkKinds, s.Kind) {
			bad("kind: %q is not one of %s", s.Kind, strings.Join(inventory.MarkKinds, ", "))
		}
		spec.Require(bad, "name", s.Name)
	})
}

// Adopted is the result of Adopt.
type Adopted struct {
	Kind   string    `json:"kind"`
	ID     string    `json:"id"`
	Name   string    `json:"name,omitempty"`
	Status string    `json:"status"`
	Mark   saga.Mark `json:"mark"`
}
