package workflows

import (
	"slices"
	"strings"

	"go.temporal.io/sdk/workflow"

	"novaflow/activities"
	"novaflow/saga"
)

// Adopt puts a server, a volume or an image that exists under the management of a run:
// it gets the run's mark, and nothing else of it changes. From then on it is deleted, verified
// and audited as if a run had made it.
//
// What is held: the workflow id of the thing, so nothing else is done to it meanwhile.
//
// The invariant: either the thing has the mark, or it is as it was. To take the run
// back takes the mark away; the thing itself stays, always.
func Adopt(ctx workflow.Context, spec MarkSpec) (Adopted, error) {
	return run(ctx, adopt, spec)
}

// Names of the workflow and of its flow.
const (
	AdoptName = "Adopt"
	AdoptKind = "adopt"
)

var adopt = saga.Define(AdoptKind, buildAdopt)

var adoptExample = MarkSpec{RunOptions: RunOptions{Cloud: "devcloud"}, Kind: activities.KindServer, Name: "web-1"}

// buildAdopt is the flow: look, mark.
func buildAdopt(spec MarkSpec) (*saga.Flow, saga.Ref[Adopted]) {
	f := saga.NewFlow(AdoptKind, spec.flowOptions()...)
	found := saga.Add(f, requestTask, activities.CheckAdoptAction, saga.From(saga.ThisRun(), spec.query), saga.Summary("look at "+spec.Kind+" "+spec.Name))
	marked := saga.Add(f, "mark", activities.AdoptAction, found, saga.Summary(spec.Kind+" "+spec.Name))
	return f, saga.From(marked, func(o activities.OwnedObject) Adopted {
		return Adopted{Kind: o.Kind, ID: o.ID, Name: o.Name, Status: o.Status, Mark: o.Mark}
	})
}

// MarkSpec is the input of Adopt and of Release.
type MarkSpec struct {
	RunOptions
	Kind string `json:"kind"` // one of activities.MarkKinds
	Name string `json:"name"` // name or id of the thing
}

func (s MarkSpec) query(run string) activities.MarkQuery {
	return activities.MarkQuery{Cloud: s.Cloud, Kind: s.Kind, Name: s.Name, Run: run}
}

// Validate returns everything that is wrong with the spec, joined, or nil.
func (s MarkSpec) Validate() error {
	return validation(func(bad report) {
		s.RunOptions.validate(bad)
		if !slices.Contains(activities.MarkKinds, s.Kind) {
			bad("kind: %q is not one of %s", s.Kind, strings.Join(activities.MarkKinds, ", "))
		}
		required(bad, "name", s.Name)
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
