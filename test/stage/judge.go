package stage

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"

	"go.temporal.io/sdk/temporal"

	"novaflow/internal/devcloud"
	"novaflow/saga"
)

// marked finds a mark in what a client has left on an object.
var marked = regexp.MustCompile(`novaflow:([^/\s]+)/([^#\s]+)#`)

// settled is the status that parts of a whole server have.
var settled = map[string]string{"server": "ACTIVE", "volume": "in-use", "floating-ip": "ACTIVE"}

// Judge compares a cloud with what runs say of it, and returns every difference. What
// existed before must exist unchanged. What the ledger of a committed run lists must
// exist once. Nothing of a reverted run may exist.
func Judge(before, after []devcloud.Object, runs []*Created) (problems []string) {
	bad := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	for _, o := range missing(before, after) {
		bad("%s %q (%s) was there before and is gone or changed", o.Kind, o.Name, o.ID)
	}
	made := map[string][]devcloud.Object{} // by run
	for _, o := range missing(after, before) {
		mark := marked.FindStringSubmatch(o.Mark)
		switch {
		case mark != nil:
			made[mark[1]] = append(made[mark[1]], o)
		case o.Kind != "security-group-rule": // neutron puts some into every group
			bad("%s %q (%s) carries no mark", o.Kind, o.Name, o.ID)
		}
	}
	for _, c := range runs {
		run := c.Ledger.Run
		for _, problem := range c.judge(made[run]) {
			bad("%s (run %s, %s): %s", c.GetID(), run, c.Ledger.State, problem)
		}
		delete(made, run)
	}
	for run, objects := range made {
		bad("run %s, which nobody started, made %v", run, objects)
	}
	return problems
}

// judge compares one run with the objects that carry its mark.
func (c *Created) judge(found []devcloud.Object) (problems []string) {
	bad := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	if want := c.state(); c.Ledger.State != want {
		bad("ended with %v, want state %s", c.Err, want)
	}
	expected := map[string]string{} // id by task
	if c.Ledger.State == saga.RunCommitted && !c.Gone {
		expected = c.parts()
	}
	for _, o := range found {
		task := marked.FindStringSubmatch(o.Mark)[2]
		switch id, ok := expected[task]; {
		case !ok:
			bad("%s (%s) of task %s is left: %s", o.Kind, o.ID, task, o.Status)
		case id != o.ID:
			bad("%s (%s) is a twin of %s of task %s", o.Kind, o.ID, id, task)
		case settled[o.Kind] != "" && settled[o.Kind] != o.Status:
			bad("%s (%s) of task %s is %s", o.Kind, o.ID, task, o.Status)
		}
	}
	for task, id := range expected {
		if !slices.ContainsFunc(found, func(o devcloud.Object) bool { return o.ID == id }) {
			bad("what task %s made (%s) does not exist", task, id)
		}
	}
	return problems
}

// state returns the state that the ledger must have after the run's end.
func (c *Created) state() saga.RunState {
	if c.Err == nil {
		return saga.RunCommitted
	}
	if app, ok := errors.AsType[*temporal.ApplicationError](c.Err); ok && app.Type() == saga.ErrTypeReverted || temporal.IsCanceledError(c.Err) {
		return saga.RunReverted
	}
	return "COMMITTED or REVERTED"
}

// parts lists the ids of what the run created, by task. What carries no mark, such as an
// attachment, is not an object of its own.
func (c *Created) parts() map[string]string {
	parts := map[string]string{}
	for _, e := range c.Ledger.Tasks {
		var made struct {
			ID   string    `json:"id"`
			Mark saga.Mark `json:"mark"`
		}
		if e.Undo != "" && json.Unmarshal(e.Out, &made) == nil && made.Mark == e.Mark {
			parts[e.Task] = made.ID
		}
	}
	return parts
}

// missing lists what is in a and is absent from b, or different there.
func missing(a, b []devcloud.Object) (out []devcloud.Object) {
	in := map[devcloud.Object]bool{}
	for _, o := range b {
		in[o] = true
	}
	for _, o := range a {
		if !in[o] {
			out = append(out, o)
		}
	}
	return out
}
