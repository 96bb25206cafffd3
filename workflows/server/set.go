package server

import (
	"fmt"
	"maps"
	"regexp"
	"slices"

	"go.temporal.io/sdk/workflow"

	"novaflow/activities/nova"
	"novaflow/saga"
	"novaflow/workflows/spec"
)

// Set gives a server another name and other properties (metadata), or removes properties.
// It does not matter who created the server, and nothing else of it is changed.
//
// Locks: the server's old name in its cloud, and the new name, so that nobody else
// creates a server of that name or renames one to it meanwhile.
//
// Invariant: either the server has all the new values, or each value is as the run found
// it. A value that another user has set since stays.
var Set = spec.Planned[SetSpec, SetSpec, Changed]{
	Workflow: "ServerSet", Kind: "server-set", // both stand in histories
	Plan: noteOwnID, Build: buildSet,
	Example: SetSpec{
		RunOptions: spec.RunOptions{Cloud: "devcloud"}, Server: "web-1", Name: "web-2",
		Properties: map[string]string{"tier": "front"}, Unset: []string{"owner"},
	},
}

// noteOwnID notes the workflow id of the run, which is a lock that the run has.
func noteOwnID(ctx workflow.Context, req SetSpec) (SetSpec, error) {
	req.own = workflow.GetInfo(ctx).WorkflowExecution.ID
	return req, nil
}

// buildSet adds the tasks:
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
	plan := saga.Add(f, spec.RequestTask, nova.CheckServerChangeAction, saga.Value(nova.ServerChangeQuery{
		Cloud: req.Cloud, Server: req.Server, Name: req.Name, Properties: slices.Concat(keys, unset),
	}), saga.Summary("look at "+req.Server))
	var changes []saga.Dependency
	if req.Name != "" {
		in := saga.From(plan, func(p nova.ServerChangePlan) nova.RenameInput {
			return nova.RenameInput{Cloud: req.Cloud, ServerID: p.ID, From: p.Name, To: req.Name}
		})
		changes = append(changes, saga.Add(f, "name", nova.RenameServerAction, in,
			saga.After(req.reserveName(f, plan)), saga.Summary(req.Name)))
	}
	change := func(task, key string, to *string) {
		// One after the other: nova keeps all properties of a server in one place.
		changes = append(changes, saga.Add(f, task, nova.SetServerPropertyAction, req.property(plan, key, to),
			saga.After(changes...), saga.Summary(key)))
	}
	for i, key := range keys {
		value := req.Properties[key]
		change(fmt.Sprintf("set-%d", i), key, &value)
	}
	for i, key := range unset {
		change(fmt.Sprintf("unset-%d", i), key, nil)
	}
	return saga.From(plan, func(p nova.ServerChangePlan) Changed {
		out := Changed{ID: p.ID, Name: p.Name, Was: p.Name}
		if req.Name != "" {
			out.Name = req.Name
		}
		return out
	})
}

// property computes the change of a property from its old value; to nil removes it.
func (s SetSpec) property(
	plan saga.Ref[nova.ServerChangePlan], key string, to *string,
) saga.Ref[nova.PropertyInput] {
	return saga.From(plan, func(p nova.ServerChangePlan) nova.PropertyInput {
		in := nova.PropertyInput{Cloud: s.Cloud, ServerID: p.ID, Key: key, To: to}
		if old, ok := p.Properties[key]; ok {
			in.From = &old
		}
		return in
	})
}

// reserveName adds the tasks after which nobody else can give a server the new name. That
// name may come before the old one in the order of locks, so two runs can want each
// other's name. But neither waits for longer than saga.DefaultLockWait, and nothing has
// been changed by then.
func (s SetSpec) reserveName(f *saga.Flow, plan saga.Ref[nova.ServerChangePlan]) saga.Dependency {
	var ids []string
	if id := spec.ServerWorkflowID(s.Cloud, s.Name); id != s.own {
		ids = append(ids, id)
	}
	locked := saga.Lock(f, "lock", saga.Value(ids),
		saga.After(plan), saga.Summary("keep other runs away from "+s.Name))
	query := saga.From(plan, func(p nova.ServerChangePlan) nova.ServerChangeQuery {
		return nova.ServerChangeQuery{Cloud: s.Cloud, Server: p.ID, Name: s.Name}
	})
	return saga.Add(f, "name-free", nova.CheckServerChangeAction, query,
		saga.After(locked), saga.Summary("see that no other server has the name"))
}

// SetSpec is the request of Set.
type SetSpec struct {
	spec.RunOptions
	Server     string            `json:"server"`               // name or id
	Name       string            `json:"name,omitempty"`       // the new one; "": it keeps its own
	Properties map[string]string `json:"properties,omitempty"` // to be set
	Unset      []string          `json:"unset,omitempty"`      // keys of properties to be removed

	own string // workflow id of the run
}

// maxProperty is nova's limit for the value of a property, in characters.
const maxProperty = 255

// Validate returns everything that is wrong with the request, joined, or nil.
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

// propertyKey matches what nova takes for the key of a property.
var propertyKey = regexp.MustCompile(`^[a-zA-Z0-9\-_:. ]{1,255}$`)

// checkProperty reports a key that nova refuses, or that is novaflow's own.
func checkProperty(bad spec.Report, key string) {
	if !propertyKey.MatchString(key) {
		bad("property %q: a key has 1 to 255 letters, digits, spaces, and any of - _ : .", key)
	}
	if nova.ReservedProperty(key) {
		bad("property %q: novaflow knows by it which run created the server", key)
	}
}

// Changed is the result of Set.
type Changed struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Was  string `json:"was"` // name before
}
