package engine

import (
	"fmt"

	"novaflow/saga/internal/graph"
	"novaflow/saga/ledger"
)

// CheckReachable names the tasks that could never begin, because scopes wait for
// each other. It plays the run through as if everything succeeded.
func CheckReachable(f *graph.Flow) error {
	r := &run{flow: f, ledger: &ledger.Ledger{Tasks: make([]ledger.Entry, len(f.Tasks))}}
	for _, s := range f.Scopes {
		r.scopes = append(r.scopes, &scopeRun{scope: s})
	}
	for i := range f.Tasks {
		r.ledger.Tasks[i].State = ledger.TaskPending
	}
	r.link()
	r.count()
	for changed := true; changed; {
		changed = false
		for _, i := range r.order {
			if r.ledger.Tasks[i].State == ledger.TaskPending && r.mayStart(i, nil) {
				r.ledger.Tasks[i].State = ledger.TaskSuccess
				for s := r.tasks[i].Scope; s != nil; s = s.Parent {
					r.scopes[s.Index].open--
				}
				changed = true
			}
		}
	}
	if r.scopes[0].open == 0 {
		return nil
	}
	var stuck []string
	for i, e := range r.ledger.Tasks {
		if e.State == ledger.TaskPending {
			stuck = append(stuck, f.Tasks[i].Path)
		}
	}
	return fmt.Errorf("tasks %v can never begin, because they or their scopes wait for each other: put what they "+
		"share outside", stuck)
}
