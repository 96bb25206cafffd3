package server

import (
	"fmt"
	"maps"
	"regexp"
	"slices"

	"go.temporal.io/sdk/workflow"

	"novaflow/activities"
	"novaflow/saga"
	"novaflow/workflows/spec"
)

// Set gives a server another name and other properties (metadata), or takes
// properties away. Whoever made the server does not matter, and nothing else of it
// is touched.
//
// What is held: the workflow id is the server's old name in its cloud, so one run
// at a time changes it; and a lock of the new name, so that no server of that name
// is made meanwhile, and no other one is given it.
//
// The invariant: either the server has all the new values, or each value is as
// this run found it. A value that somebody else has set since stays theirs.
var Set = spec.Planned[SetSpec, SetSpec, Changed]{
	Workflow: "ServerSet", Kind: "server-set", // both stand in histories
	Plan: planSet, Build: buildSet,
	Example: SetSpec{
		RunOptions: spec.RunOptions{Cloud: "devcloud"}, Server: "web-1", Name: "web-2",
		Properties: map[string]string{"tier": "front"}, Unset: []string{"owner"},
	},
}

// planSet notes the workflow id of the run, which has the lock of that name.
func planSet(ctx workflow.Context, req SetSpec) (SetSpec, error) {
	req.own = workflow.GetInfo(ctx).WorkflowExecution.ID
	return req, nil
}

// buildSet is the flow. The tasks:
//
//	request    look the server up and note the old values
//	lock       the new name
//	name-free  look again that no server has it: nobody can take it now
//	name       rename it
//	set-N      one for each property, in the order of their keys
//	unset-N
func buildSet(f *saga.Flow, req SetSpec) saga.Ref[Changed] {
	keys := slices.Sorted(maps.Keys(req.Properties))
	unset := slices.Sorted(slices.Values(req.Unset))
	plan := saga.Add(f, spec.RequestTask, activities.CheckSetAction, saga.Value(activities.SetQuery{
		Cloud: req.Cloud, Server: req.Server, Name: req.Name, Properties: slices.Concat(keys, unset),
	}), saga.Summary("look at "+req.Server))
	var changes []saga.Dependency
	if req.Name != "" {
		changes = append(changes, saga.Add(f, "name", activities.RenameServerAction, saga.From(plan, func(p activities.SetPlan) activities.RenameInput {
			return activities.RenameInput{Cloud: req.Cloud, ServerID: p.ID, From: p.Name, To: req.Name}
		}), saga.After(req.reserveName(f, plan)...), saga.Summary(req.Name)))
	}
	property := func(task, key string, to *string) {
		changes = append(changes, saga.Add(f, task, activities.SetPropertyAction, saga.From(plan, func(p activities.SetPlan) activities.PropertyInput {
			in := activities.PropertyInput{Cloud: req.Cloud, ServerID: p.ID, Key: key, To: to}
			if old, ok := p.Properties[key]; ok {
				in.From = &old
			}
			return in
		}), saga.After(changes...), saga.Summary(key))) // nova keeps all properties of a server in one place
	}
	for i, key := range keys {
		value := req.Properties[key]
		property(fmt.Sprintf("set-%d", i), key, &value)
	}
	for i, key := range unset {
		property(fmt.Sprintf("unset-%d", i), key, nil)
	}
	return saga.From(plan, func(p activities.SetPlan) Changed {
		out := Changed{ID: p.ID, Name: p.Name, Was: p.Name}
		if req.Name != "" {
			out.Name = req.Name
		}
		return out
	})
}

// reserveName adds the tasks after which nobody else can give a server the new
// name. That name may come before the old one in the order of locks. So two runs can
// want each other's name, but neither waits for longer than saga.DefaultLockWait,
// and nothing has been changed by then.
func (s SetSpec) reserveName(f *saga.Flow, plan saga.Ref[activities.SetPlan]) []saga.Dependency {
	var ids []string
	if id := spec.ServerWorkflowID(s.Cloud, s.Name); id != s.own { // which the run has
		ids = append(ids, id)
	}
	locked := saga.Lock(f, "lock", saga.Value(ids), saga.After(plan), saga.Summary("keep other runs away from "+s.Name))
	free := saga.Add(f, "name-free", activities.CheckSetAction, saga.From(plan, func(p activities.SetPlan) activities.SetQuery {
		return activities.SetQuery{Cloud: s.Cloud, Server: p.ID, Name: s.Name}
	}), saga.After(locked), saga.Summary("see that no other server has the name"))
	return []saga.Dependency{free}
}

// SetSpec is the input of ServerSet.
type SetSpec struct {
	spec.RunOptions
	Server     string            `json:"server"`               // name or id
	Name       string            `json:"name,omitempty"`       // the new one; "": it keeps its own
	Properties map[string]string `json:"properties,omitempty"` // to be set
	Unset      []string          `json:"unset,omitempty"`      // keys of properties to be taken away

	own string // workflow id of the run
}

// Limits of nova for a property of a server.
const maxProperty = 255

// Validate returns everything that is wrong with the spec, joined, or nil.
func (s SetSpec) Validate() error {
	return spec.Validate(func(bad spec.Report) {
		s.RunOptions.Check(bad)
		spec.Require(bad, "server", s.Server)
		if s.Name == "" && len(s.Properties) == 0 && len(s.Unset) == 0 {
			bad("nothing to change: give a name, or properties to set or unset")
		}
		spec.CheckName(bad, s.Name)
		for _, key := range slices.Sorted(maps.Keys(s.Properties)) {
			checkProperty(bad, key)
			if len([]rune(s.Properties[key])) > maxProperty {
				bad("property %q: its value is longer than %d characters", key, maxProperty)
			}
			if slices.Contains(s.Unset, key) {
				bad("property %q: it is to be set and unset", key)
			}
		}
		for i, key := range s.Unset {
			checkProperty(bad, key)
			if slices.Contains(s.Unset[:i], key) {
				bad("property %q: it is to be unset twice", key)
			}
		}
	})
}

// propertyKey is what nova takes for the key of a property.
var propertyKey = regexp.MustCompile(`^[a-zA-Z0-9\-_:. ]{1,255}$`)

func checkProperty(bad spec.Report, key string) {
	if !propertyKey.MatchString(key) {
		bad("property %q: a key has 1 to 255 letters, digits, spaces, and any of - _ : .", key)
	}
	if activities.ReservedProperty(key) {
		bad("property %q: novaflow knows by it which run made the server", key)
	}
}

// Changed is the result of ServerSet.
type Changed struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Was  string `json:"was"` // name before
}
