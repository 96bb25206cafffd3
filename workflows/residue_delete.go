package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"novaflow/activities"
	"novaflow/saga"
)

// ResidueSpec is the input of ResidueDelete: things that "novaflow verify" found
// to belong to no run any more.
type ResidueSpec struct {
	RunOptions
	Before  time.Time                `json:"before"`  // only what was made before
	Objects []activities.OwnedObject `json:"objects"` // each with its mark
}

// Validate returns everything that is wrong with the spec, joined, or nil.
func (s ResidueSpec) Validate() error {
	return validation(func(bad report) {
		s.validateForward(bad)
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

// ResidueDelete removes what carries a mark and belongs to no run any more. Whether
// it does is for "novaflow verify" to say, which sees all runs; here each thing is
// looked at again right before it goes: it must carry the mark that was judged, and
// must be old enough. Everything else it leaves alone.
//
// It only goes forward: what is gone stays gone.
//
// What is held: the workflow id "residue:<cloud>:all", so one run at a time removes
// residue. No run can be about the things themselves, as their runs have ended.
var ResidueDelete = Planned[ResidueSpec, activities.Residue, Deleted]{
	Workflow: "ResidueDelete", Kind: "residue-delete", // both stand in histories
	Plan: checkResidue, Build: buildResidueDelete, DryRun: wouldGoAsResidue, Idle: noResidue,
	ForwardOnly: deletedForGood,
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

func wouldGoAsResidue(left activities.Residue) Deleted {
	return Deleted{Removed: listRemovals(residueRemovals, left.Objects)}
}

// residueRemovals are in the order in which a server and its parts go, and then the
// network that they were on. How each goes is for RemoveResidue to know.
var residueRemovals = []removal{
	{stage: 0, kind: activities.KindFloatingIP, task: "floating-ip"},
	{stage: 1, kind: activities.KindServer, task: "server"},
	{stage: 2, kind: activities.KindSnapshot, task: "snapshot"},
	{stage: 3, kind: activities.KindVolume, task: "volume"},
	{stage: 3, kind: activities.KindPort, task: "port"},
	{stage: 3, kind: activities.KindServerGroup, task: "server-group"},
	{stage: 4, kind: activities.KindSecurityGroup, task: "security-group"},
	{stage: 4, kind: activities.KindRouterInterface, task: "router-interface"},
	{stage: 5, kind: activities.KindRouter, task: "router"},
	{stage: 6, kind: activities.KindSubnet, task: "subnet"},
	{stage: 7, kind: activities.KindNetwork, task: "network"},
}

// buildResidueDelete is the flow: the things in the order in which they depend on one
// another, each thing a task of its own.
func buildResidueDelete(f *saga.Flow, left activities.Residue) saga.Ref[Deleted] {
	gone := inStages(residueRemovals, left.Objects, func(_ removal, name string, o activities.OwnedObject, options ...saga.TaskOption) saga.Ref[activities.Removed] {
		return saga.Add(f, name, activities.RemoveResidueAction, saga.Value(activities.OldObject{OwnedObject: o, Before: left.Before}), options...)
	})
	return saga.From(gone, func(removed []string) Deleted { return Deleted{Removed: removed} })
}
