package ownership

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"novaflow/activities"
	"novaflow/activities/inventory"
	"novaflow/saga"
	"novaflow/workflows/spec"
)

// DeleteResidue removes what carries a mark and belongs to no run any more. Whether it
// does is for "novaflow verify" to say, which sees all runs. Here each resource is looked
// at again right before it is removed: it must carry the mark that was judged, and must
// be old enough. Everything else is left alone.
//
// Locks: "residue:<cloud>:all", so one run at a time removes residue. No run can be about
// the resources themselves, as their runs have ended.
//
// Invariant: it only goes forward, as what is deleted stays deleted.
var DeleteResidue = spec.Planned[ResidueSpec, inventory.Residue, spec.Deleted]{
	Workflow: "ResidueDelete", Kind: "residue-delete", // both stand in histories
	Plan: checkResidue, Build: buildDeleteResidue, DryRun: wouldGo, Idle: noResidue,
	ForwardOnly: spec.DeletedForGood,
	// It has something of each kind.
	Example: inventory.Residue{Cloud: "devcloud", Objects: []activities.OwnedObject{
		{Kind: activities.KindFloatingIP, Name: "203.0.113.4"}, {Kind: activities.KindServer, Name: "web-1"},
		{Kind: activities.KindVolume, Name: "web-1-boot"}, {Kind: activities.KindPort, Name: "web-1-port-0"},
		{Kind: activities.KindSecurityGroup, Name: "web-1"}, {Kind: activities.KindSnapshot, Name: "monday"},
		{Kind: activities.KindRouterInterface}, {Kind: activities.KindRouter, Name: "app"},
		{Kind: activities.KindSubnet, Name: "app-0"}, {Kind: activities.KindNetwork, Name: "app"},
	}},
}

// checkResidue looks which of the resources still exist and are still residue.
func checkResidue(ctx workflow.Context, req ResidueSpec) (inventory.Residue, error) {
	return saga.ExecuteRead(ctx, "look which of them are still there", inventory.CheckResidueAction,
		inventory.Residue{Cloud: req.Cloud, Before: req.Before, Objects: req.Objects})
}

// noResidue reports whether nothing is left to remove.
func noResidue(left inventory.Residue) bool { return len(left.Objects) == 0 }

// wouldGo returns the result of a dry run.
func wouldGo(left inventory.Residue) spec.Deleted {
	return spec.Deleted{Removed: spec.ListRemovals(residueRemovals, left.Objects)}
}

// residueRemovals are in the order in which a server and its parts can be removed, and
// then the network that they were on. The activity knows how each is removed.
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

// buildDeleteResidue adds a task for each resource, in the order in which they depend on
// one another.
func buildDeleteResidue(f *saga.Flow, left inventory.Residue) saga.Ref[spec.Deleted] {
	gone := spec.AddInStages(residueRemovals, left.Objects, func(
		_ spec.Removal, task string, o activities.OwnedObject, options ...saga.TaskOption,
	) saga.Ref[activities.Removed] {
		old := inventory.OldObject{OwnedObject: o, Before: left.Before}
		return saga.Add(f, task, inventory.RemoveResidueAction, saga.Value(old), options...)
	})
	return saga.From(gone, func(removed []string) spec.Deleted { return spec.Deleted{Removed: removed} })
}

// ResidueSpec is the request of DeleteResidue: resources that, as "novaflow verify"
// found, belong to no run any more.
type ResidueSpec struct {
	spec.RunOptions
	Before  time.Time                `json:"before"`  // only what was created before
	Objects []activities.OwnedObject `json:"objects"` // each with its mark
}

// Validate returns everything that is wrong with the request, joined, or nil.
func (s ResidueSpec) Validate() error {
	return spec.Validate(func(bad spec.Report) {
		s.CheckForward(bad)
		if s.Before.IsZero() {
			bad("before: missing: what was just created may belong to a run that is about to say so")
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
