package project

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"novaflow/activities"
	"novaflow/activities/inventory"
	"novaflow/activities/keystone"
	"novaflow/saga"
	"novaflow/workflows/spec"
)

// Purge deletes everything in a project, no matter who created it, and then the project,
// for administrators. People have to look first: the request confirms what would be
// deleted by the project's id or by the number of resources.
//
// What was found when the run began is deleted, and nothing else. A resource that appears
// later keeps the project, with its quotas and roles, and is named in the result.
//
// Locks: the project's name in its cloud, and each network, server and volume, under the
// names by which the worker's clouds.yaml has the project. If another run has one of the
// locks, the run ends before anything is deleted.
//
// Invariant: once the project was looked at under the locks, the run only goes forward,
// as what is deleted stays deleted.
var Purge = spec.Planned[PurgeSpec, purging, Purged]{
	Workflow: "ProjectPurge", Kind: "project-purge", // both stand in histories
	Plan: planPurge, Build: buildPurge, DryRun: purging.wouldGo,
	// It has something of each kind.
	Example: purging{
		Spec: PurgeSpec{RunOptions: spec.RunOptions{Cloud: "devcloud-admin"}, Project: "research"},
		Found: inventory.ProjectContents{
			Project: activities.OwnedObject{Kind: activities.KindProject, ID: "5bfd", Name: "research"},
			Roles:   []keystone.RoleAssignment{{}},
			Objects: []activities.OwnedObject{
				{Kind: activities.KindServer, Name: "web-1"}, {Kind: activities.KindServerGroup, Name: "web"},
				{Kind: activities.KindFloatingIP, Name: "203.0.113.4"}, {Kind: activities.KindRouterInterface},
				{Kind: activities.KindPort, Name: "spare"}, {Kind: activities.KindRouter, Name: "app"},
				{Kind: activities.KindSnapshot, Name: "monday"}, {Kind: activities.KindVolume, Name: "data-1"},
				{Kind: activities.KindImage, Name: "golden"}, {Kind: activities.KindSubnet, Name: "app-0"},
				{Kind: activities.KindNetwork, Name: "app"}, {Kind: activities.KindSecurityGroup, Name: "default"},
			},
		},
	},
}

// planPurge looks up what is in the project, and refuses a request that confirms
// something else.
func planPurge(ctx workflow.Context, req PurgeSpec) (purging, error) {
	found, err := saga.ExecuteRead(ctx, "look up what is in project "+req.Project, inventory.ListProjectContentsAction,
		inventory.ContentsQuery{Cloud: req.Cloud, Project: req.Project})
	if err != nil || req.DryRun {
		return purging{req, found}, err
	}
	if count := countResources(found); req.Confirm != found.Project.ID && req.Confirm != strconv.Itoa(count) {
		return purging{}, temporal.NewNonRetryableApplicationError(fmt.Sprintf(
			"%q is confirmed, but project %q (%s) holds %d resources: "+
				"look at them with a dry run, then confirm their number or the project's id",
			req.Confirm, found.Project.Name, found.Project.ID, count), activities.InvalidRequest, nil)
	}
	return purging{req, found}, nil
}

// purging is the input of the flow: the request, and what the plan found.
type purging struct {
	Spec  PurgeSpec                 `json:"spec"`
	Found inventory.ProjectContents `json:"found"`
}

// Options returns the options of the run.
func (p purging) Options() spec.RunOptions { return p.Spec.RunOptions }

// purgeRemovals are in the order in which the services let the resources go. The activity
// knows how each is removed.
var purgeRemovals = []spec.Removal{
	{Stage: 0, Kind: activities.KindServer, Task: "server"},
	{Stage: 1, Kind: activities.KindServerGroup, Task: "server-group"},
	{Stage: 1, Kind: activities.KindFloatingIP, Task: "floating-ip"},
	{Stage: 2, Kind: activities.KindRouterInterface, Task: "router-interface"},
	{Stage: 2, Kind: activities.KindPort, Task: "port"},
	{Stage: 3, Kind: activities.KindRouter, Task: "router"},
	{Stage: 3, Kind: activities.KindSnapshot, Task: "snapshot"},
	{Stage: 4, Kind: activities.KindVolume, Task: "volume"},
	{Stage: 5, Kind: activities.KindImage, Task: "image"},
	{Stage: 6, Kind: activities.KindSubnet, Task: "subnet"},
	{Stage: 7, Kind: activities.KindNetwork, Task: "network"},
	{Stage: 8, Kind: activities.KindSecurityGroup, Task: "security-group"},
}

// purgeConcurrency bounds how many resources are deleted at once: a cloud that is asked
// for a thousand deletions at once serves nobody else.
const purgeConcurrency = 8

// buildPurge adds the tasks, in this order:
//
//	lock                   the networks, servers and volumes
//	begin                  look once more; from here on it only goes forward
//	objects/KIND-N         delete a resource, purgeConcurrency at once
//	left                   look what is in the project now
//	quota-SERVICE, role-N  if nothing is left
//	project                the same
func buildPurge(f *saga.Flow, p purging) saga.Ref[Purged] {
	var locked []saga.Dependency
	if ids := p.locks(); len(ids) > 0 {
		locked = append(locked, saga.Lock(f, "lock", saga.Value(ids),
			append(p.Spec.LockOptions(), saga.Summary("keep other runs away"))...))
	}
	project := p.Found.Project
	query := saga.Value(inventory.ContentsQuery{Cloud: p.Spec.Cloud, Project: project.ID})
	begin := saga.Add(f, "begin", inventory.ListProjectContentsAction, query, saga.After(locked...), saga.Pivot(),
		saga.Summary("nobody else has come to use it: the point of no return"))
	scope := f
	if len(p.Found.Objects) > 0 {
		scope = f.Scope("objects", saga.MaxConcurrent(purgeConcurrency))
	}
	gone := spec.AddInStages(purgeRemovals, p.Found.Objects, func(
		_ spec.Removal, task string, o activities.OwnedObject, options ...saga.TaskOption,
	) saga.Ref[activities.Removed] {
		return saga.Add(scope, task, inventory.PurgeAction,
			saga.Value(inventory.ProjectObject{OwnedObject: o, ProjectID: project.ID}),
			append(options, saga.After(begin))...)
	})
	left := saga.Add(f, "left", inventory.ListRemainingAction, query,
		saga.After(begin, gone), saga.Summary("look what has appeared meanwhile"))
	if !p.Spec.KeepProject {
		p.removeProject(f, left)
	}
	return saga.From2(gone, left, func(_ []string, left []activities.OwnedObject) Purged {
		return p.result(describeObjects(left...), p.Spec.KeepProject || len(left) > 0)
	})
}

// removeProject adds the tasks that remove the project itself, if nothing is left in it.
func (p purging) removeProject(f *saga.Flow, left saga.Ref[[]activities.OwnedObject]) {
	cloud, project := p.Spec.Cloud, p.Found.Project
	empty := saga.When(left, func(left []activities.OwnedObject) bool { return len(left) == 0 })
	var before []saga.Dependency
	for _, service := range quotaServices {
		before = append(before, saga.Add(f, "quota-"+service, inventory.PurgeQuotaAction,
			saga.Value(inventory.PurgeQuotaInput{Cloud: cloud, ProjectID: project.ID, Service: service}), empty))
	}
	for i, role := range p.Found.Roles {
		before = append(before, saga.Add(f, fmt.Sprintf("role-%d", i), inventory.PurgeRoleAction,
			saga.Value(role), empty))
	}
	saga.Add(f, "project", inventory.RemoveProjectAction, saga.Value(project),
		empty, saga.After(before...), saga.Summary(project.Name))
}

// locks returns the workflow ids of what is in the project and is changed by runs.
func (p purging) locks() []string {
	var ids []string
	for _, cloud := range append([]string{p.Spec.Cloud}, p.Found.Clouds...) {
		for _, o := range p.Found.Objects {
			name := cmp.Or(o.Name, o.ID)
			switch o.Kind {
			case activities.KindServer:
				ids = append(ids, spec.ServerWorkflowID(cloud, name))
			case activities.KindVolume:
				ids = append(ids, spec.VolumeWorkflowID(cloud, name))
			case activities.KindNetwork:
				ids = append(ids, spec.NetworkWorkflowID(cloud, name))
			}
		}
	}
	return spec.InLockOrder(spec.ProjectWorkflowID(p.Spec.Cloud, p.Found.Project.Name), ids)
}

// PurgeSpec is the request of Purge.
type PurgeSpec struct {
	spec.RunOptions
	Project     string `json:"project"`               // name or id
	KeepProject bool   `json:"keepProject,omitempty"` // empties it, and keeps it with its quotas and roles

	// id of the project, or the number of resources in it; a dry run shows both
	Confirm string `json:"confirm,omitempty"`
}

// Validate returns everything that is wrong with the request, joined, or nil.
func (s PurgeSpec) Validate() error {
	return spec.Validate(func(bad spec.Report) {
		s.RunOptions.CheckForward(bad)
		spec.Require(bad, "project", s.Project)
		if s.Confirm == "" && !s.DryRun {
			bad("confirm: missing: look at what would be deleted with a dry run, " +
				"then confirm the number of resources or the project's id")
		}
	})
}

// Purged is the result of Purge.
type Purged struct {
	ID      string   `json:"id"`
	Name    string   `json:"name"`
	Removed []string `json:"removed"`        // "kind id name", in order; in a dry run, what would be
	Left    []string `json:"left,omitempty"` // what is in the project now, and was not when the run began
	Kept    bool     `json:"kept,omitempty"` // the project still exists
	Next    string   `json:"next,omitempty"` // of a dry run: what to confirm
}

// wouldGo returns the result of a dry run.
func (p purging) wouldGo() Purged {
	out := p.result(nil, p.Spec.KeepProject || p.Found.More > 0)
	out.Next = fmt.Sprintf("--confirm %d, or --confirm %s", countResources(p.Found), p.Found.Project.ID)
	if p.Found.More > 0 {
		out.Next += fmt.Sprintf("; %d of them are for another run, as one deletes %d at most",
			p.Found.More, inventory.MaxPurged)
	}
	return out
}

// result returns the result of the run, when what was found is gone.
func (p purging) result(left []string, kept bool) Purged {
	project := p.Found.Project
	out := Purged{
		ID: project.ID, Name: project.Name, Removed: describeObjects(p.Found.Objects...), Left: left, Kept: kept,
	}
	if !kept {
		out.Removed = append(out.Removed, fmt.Sprintf("the quotas and %d role assignments", len(p.Found.Roles)))
		out.Removed = append(out.Removed, describeObjects(project)...)
	}
	return out
}

// countResources counts what is in a project.
func countResources(found inventory.ProjectContents) int { return len(found.Objects) + found.More }

// describeObjects returns "kind id name" for each resource.
func describeObjects(objects ...activities.OwnedObject) (words []string) {
	for _, o := range objects {
		known := slices.DeleteFunc([]string{o.Kind, o.ID, o.Name}, func(s string) bool { return s == "" })
		words = append(words, strings.Join(known, " "))
	}
	return words
}
