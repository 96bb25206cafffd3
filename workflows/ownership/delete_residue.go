package ownership

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"novaflow/activities"
	"novaflow/saga"
	"novaflow/workflows/spec"
)

// ResidueSpec is the input of ResidueDelete: things that "novaflow verify" found
// to belong to no run any more.
type ResidueSpec struct {
	spec.RunOptions
	Before  time.Time                `json:"before"`  // only what was made before
	Objects []activities.OwnedObject `json:"objects"` // each with its mark
}

// Validate returns everything that is wrong with the spec, joined, or nil.
func (s ResidueSpec) Validate() error {
	return spec.Validate(func(bad spec.Report) {
		s.CheckForward(bad)
		if s.Before.IsZero() {
			bad("before: missing: what was just made may belong to a run that is about to say so")
		}
		if len(s.Objects) == 0 {
			bad("objects: none")
		}
		for i, o := range s.Objects {
			if _, marked := saga.ParseMark(string(o.Mark)); !marked || o.ID == "" || o.Kind == "" {
				bad("object %d: %s %q without kind, id or mark is nothing that novaflow may remove", i, o.Kind, o.ID)
			}
		}
	})
}

// DeleteResidue removes what carries a mark and belongs to no run any more. Whether
// it does is for "novaflow verify" to say, which sees all runs; here each thing is
// looked at again right before it goes: it must carry the mark that was judged, and
// must be old enough. Everything else it leaves alone.
//
// It only goes forward: what is gone stays gone.
//
// What is held: the workflow id "residue:<cloud>:all", so one run at a time removes
// residue. No run can be about the things themselves, as their runs have ended.
var DeleteResidue = spec.Planned[ResidueSpec, activities.Residue, spec.Deleted]{
	Workflow: "ResidueDelete", Kind: "residue-delete", // both stand in histories
	Plan: checkResidue, Build: buildDeleteResidue, DryRun: wouldGoAsResidue, Idle: noResidue,
	ForwardOnly: spec.DeletedForGood,
	// residueDeleteExample has something of each kind.
	Example: activities.Residue{Cloud: "devcloud", Objects: []activities.OwnedObject{
		{Kind: activities.KindFloatingIP, Name: "203.0.113.4"}, {Kind: activities.KindServer, Name: "web-1"},
		{Kind: activities.KindVolume, Name: "web-1-boot"}, {Kind: activities.KindPort, Name: "web-1-port-0"}, {Kind: activities.KindSecurityGroup, Name: "web-1"},
		{Kind: activities.KindSnapshot, Name: "monday"}, {Kind: activities.KindRouterInterface}, {Kind: activities.KindRouter, Name: "app"},
		{Kind: activities.KindSubnet, Name: "app-0"}, {Kind: activities.KindNetwork, Name: "app"},
	}},
}

// checkResidue looks which of the resources still exist and are still residue.
func checkResidue(ctx workflow.Context, req ResidueSpec) (activities.Residue, error) {
	return saga.Look(ctx, "look which of them are still there", activities.CheckResidueAction,
		activities.Residue{Cloud: req.Cloud, Before: req.Before, Objects: req.Objects})
}

func noResidue(left activities.Residue) bool { return len(left.Objects) == 0 }

func wouldGoAsResidue(left activities.Residue) spec.Deleted {
	return spec.Deleted{Removed: spec.ListRemovals(residueRemovals, left.Objects)}
}

// residueRemovals are in the order in which a server and its parts go, and then the
// network that they were on. How each goes is for RemoveResidue to know.
var residueRemovals = []spec.Removal{
	{Stage: 0, Kind: activities.KindFloatingIP, Task: "floating-ip"},
	{Stage: 1, Kind: activities.KindServer, Task: "server"},
	{Stage: 2, Kind: activities.KindSnapshot, Task: "snapshot"},
	{Stage: 3, Kind: activities.KindVolume, Task: "volume"},
	{Stage: 3, Kind: activities.KindPort, Task: "port"},
	{Stage: 3, Kind: activities.KindServerGroup, Task: "server-group"},
	{Stage: 4, Kind: activities.KindSecurityGroup, Task: "security-group"},
	{Stage: 4, Kind: activities.KindRouterInterface, Task: "router-interface"},
	{Stage: 5, Kind: activities.KindRouter, Task: "router"},
	{Stage: 6, Kind: activities.KindSubnet, Task: "subnet"},
	{Stage: 7, Kind: activities.KindNetwork, Task: "network"},
}

// buildDeleteResidue is the flow: the things in the order in which they depend on one
// another, each thing a task of its own.
func buildDeleteResidue(f *saga.Flow, left activities.Residue) saga.Ref[spec.Deleted] {
	gone := spec.AddInStages(residueRemovals, left.Objects, func(_ spec.Removal, name string, o activities.OwnedObject, options ...saga.TaskOption) saga.Ref[activities.Removed] {
		return saga.Add(f, name, activities.RemoveResidueAction, saga.Value(activities.OldObject{OwnedObject: o, Before: left.Before}), options...)
	})
	return saga.From(gone, func(removed []string) spec.Deleted { return spec.Deleted{Removed: removed} })
}
