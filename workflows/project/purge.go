package project

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"novaflow/activities"
	"novaflow/saga"
	"novaflow/workflows/spec"
)

// Purge deletes everything in a project, whoever made it, and then the project,
// for administrators. What would go has to be looked at before: the spec confirms it by
// the project's id or by how many things there are.
//
// What was found when the run began is deleted, and nothing else. Something that
// appears later keeps the project, with its quotas and roles, and is named in the result.
//
// What is held: the workflow id is the project's name in its cloud (see
// ProjectWorkflowID), and each network, server and volume is locked, under the names by
// which the worker's clouds.yaml has the project. A lock that another run holds ends
// the run before anything is deleted.
//
// It only goes forward once the project was looked at under the locks: what is gone
// stays gone.
var Purge = spec.Planned[PurgeSpec, purging, Purged]{
	Workflow: "ProjectPurge", Kind: "project-purge", // both stand in histories
	Plan: planPurge, Build: buildPurge, DryRun: purging.wouldGo,
	// projectPurgeExample has something of each kind.
	Example: purging{
		Spec: PurgeSpec{RunOptions: spec.RunOptions{Cloud: "devcloud-admin"}, Project: "research"},
		Found: activities.ProjectContents{
			Project: activities.OwnedObject{Kind: activities.KindProject, ID: "5bfd", Name: "research"}, Roles: []activities.RoleAssignment{{}},
			Objects: []activities.OwnedObject{
				{Kind: activities.KindServer, Name: "web-1"}, {Kind: activities.KindServerGroup, Name: "web"}, {Kind: activities.KindFloatingIP, Name: "203.0.113.4"},
				{Kind: activities.KindRouterInterface}, {Kind: activities.KindPort, Name: "spare"}, {Kind: activities.KindRouter, Name: "app"},
				{Kind: activities.KindSnapshot, Name: "monday"}, {Kind: activities.KindVolume, Name: "data-1"}, {Kind: activities.KindImage, Name: "golden"},
				{Kind: activities.KindSubnet, Name: "app-0"}, {Kind: activities.KindNetwork, Name: "app"}, {Kind: activities.KindSecurityGroup, Name: "default"},
			},
		},
	},
}

// planPurge looks up what is in the project, and refuses a request that confirms
// something else.
func planPurge(ctx workflow.Context, req PurgeSpec) (purging, error) {
	found, err := saga.Look(ctx, "look up what is in project "+req.Project, activities.ListProjectAction,
		activities.ContentsQuery{Cloud: req.Cloud, Project: req.Project})
	if err != nil || req.DryRun {
		return purging{Spec: req, Found: found}, err
	}
	if count := countOf(found); req.Confirm != found.Project.ID && req.Confirm != strconv.Itoa(count) {
		return purging{}, temporal.NewNonRetryableApplicationError(fmt.Sprintf(
			"%q is confirmed, but project %q (%s) holds %d things: look at them with a dry run, then confirm their number or the project's id",
			req.Confirm, found.Project.Name, found.Project.ID, count), activities.InvalidRequest, nil)
	}
	return purging{req, found}, nil
}

// wouldGo returns the result of a dry run.
func (p purging) wouldGo() Purged {
	out := purgedOf(p.Found, nil, p.Spec.KeepProject || p.Found.More > 0)
	out.Next = nextOf(p.Found)
	return out
}

// Options returns the options of the run.
func (p purging) Options() spec.RunOptions { return p.Spec.RunOptions }

// purging is the input of the flow: what is asked for, and what there is.
type purging struct {
	Spec  PurgeSpec                  `json:"spec"`
	Found activities.ProjectContents `json:"found"`
}

// purgeRemovals are in the order in which the services let things go. How each goes is
// for PurgeObject to know.
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

// purgeWidth is how many things go at once: a cloud that is asked for a thousand
// deletions at once serves nobody else.
const purgeWidth = 8

// buildPurge is the flow. The tasks, in their order:
//
//	lock                   the networks, servers and volumes
//	begin                  look once more; from here on it only goes forward
//	objects/KIND-N         delete a thing, purgeWidth at once
//	left                   look what is in the project now
//	quota-SERVICE, role-N  if nothing is left
//	project                the same
func buildPurge(f *saga.Flow, p purging) saga.Ref[Purged] {
	var locked []saga.Dependency
	if ids := p.locks(); len(ids) > 0 {
		locked = append(locked, saga.Lock(f, "lock", saga.Value(ids), append(p.Spec.LockOptions(), saga.Summary("keep other runs away"))...))
	}
	project := p.Found.Project
	begin := saga.Add(f, "begin", activities.ListProjectAction, saga.Value(activities.ContentsQuery{Cloud: p.Spec.Cloud, Project: project.ID}),
		saga.After(locked...), saga.Pivot(), saga.Summary("nobody else has come to use it: the point of no return"))
	scope := f
	if len(p.Found.Objects) > 0 {
		scope = f.Scope("objects", saga.Width(purgeWidth))
	}
	gone := spec.AddInStages(purgeRemovals, p.Found.Objects, func(_ spec.Removal, name string, o activities.OwnedObject, options ...saga.TaskOption) saga.Ref[activities.Removed] {
		return saga.Add(scope, name, activities.PurgeAction, saga.Value(activities.ProjectObject{OwnedObject: o, ProjectID: project.ID}),
			append(options, saga.After(begin))...)
	})
	left := saga.Add(f, "left", activities.ListLeftAction, saga.Value(activities.ContentsQuery{
		Cloud: p.Spec.Cloud, Project: project.ID,
	}), saga.After(begin, gone), saga.Summary("look what has appeared meanwhile"))
	if !p.Spec.KeepProject {
		p.close(f, left)
	}
	return saga.From2(gone, left, func(_ []string, left []activities.OwnedObject) Purged {
		return purgedOf(p.Found, wordsOf(left), p.Spec.KeepProject || len(left) > 0)
	})
}

// close adds the tasks that remove the project itself, if nothing is left in it.
func (p purging) close(f *saga.Flow, left saga.Ref[[]activities.OwnedObject]) {
	cloud, project := p.Spec.Cloud, p.Found.Project
	empty := saga.When(left, func(left []activities.OwnedObject) bool { return len(left) == 0 })
	var before []saga.Dependency
	for _, service := range quotaServices {
		before = append(before, saga.Add(f, "quota-"+service, activities.PurgeQuotaAction,
			saga.Value(activities.PurgeQuotaInput{Cloud: cloud, ProjectID: project.ID, Service: service}), empty))
	}
	for i, role := range p.Found.Roles {
		before = append(before, saga.Add(f, fmt.Sprintf("role-%d", i), activities.PurgeRoleAction, saga.Value(role), empty))
	}
	saga.Add(f, "project", activities.RemoveProjectAction, saga.Value(project), empty, saga.After(before...), saga.Summary(project.Name))
}

// locks are the workflow ids of what is in the project and runs change.
func (p purging) locks() []string {
	var ids []string
	for _, cloud := range append([]string{p.Spec.Cloud}, p.Found.Clouds...) {
		for _, o := range p.Found.Objects {
			name := o.Name
			if name == "" {
				name = o.ID
			}
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

// PurgeSpec is the input of ProjectPurge.
type PurgeSpec struct {
	spec.RunOptions
	Project     string `json:"project"`               // name or id
	KeepProject bool   `json:"keepProject,omitempty"` // empties it, and keeps it with its quotas and roles
	Confirm     string `json:"confirm,omitempty"`     // id of the project, or how many things are in it; a dry run tells both
}

// Validate returns everything that is wrong with the spec, joined, or nil.
func (s PurgeSpec) Validate() error {
	return spec.Validate(func(bad spec.Report) {
		s.RunOptions.CheckForward(bad)
		spec.Require(bad, "project", s.Project)
		if s.Confirm == "" && !s.DryRun {
			bad("confirm: missing: look at what would be deleted with a dry run, then confirm the number of things or the project's id")
		}
	})
}

// Purged is the result of ProjectPurge.
type Purged struct {
	ID      string   `json:"id"`
	Name    string   `json:"name"`
	Removed []string `json:"removed"`        // "kind id name", in the order in which they went, or would go in a dry run
	Left    []string `json:"left,omitempty"` // what is in the project now, and was not there when the run began
	Kept    bool     `json:"kept,omitempty"` // the project is still there
	Next    string   `json:"next,omitempty"` // of a dry run: what to confirm
}

// purgedOf is the result when what was found is gone.
func purgedOf(found activities.ProjectContents, left []string, kept bool) Purged {
	out := Purged{ID: found.Project.ID, Name: found.Project.Name, Removed: wordsOf(found.Objects), Left: left, Kept: kept}
	if !kept {
		out.Removed = append(out.Removed, fmt.Sprintf("the quotas and %d role assignments", len(found.Roles)))
		out.Removed = append(out.Removed, wordsOf([]activities.OwnedObject{found.Project})...)
	}
	return out
}

// nextOf says how to go on after a dry run.
func nextOf(found activities.ProjectContents) string {
	next := fmt.Sprintf("--confirm %d, or --confirm %s", countOf(found), found.Project.ID)
	if found.More > 0 {
		next += fmt.Sprintf("; %d of them are for another run, as one deletes %d at most", found.More, activities.MostPurged)
	}
	return next
}

// countOf is how many things are in a project.
func countOf(found activities.ProjectContents) int { return len(found.Objects) + found.More }

func wordsOf(objects []activities.OwnedObject) (words []string) {
	for _, o := range objects {
		words = append(words, strings.Join(slices.DeleteFunc([]string{o.Kind, o.ID, o.Name}, func(s string) bool { return s == "" }), " "))
	}
	return words
}
