package sagatest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	"go.temporal.io/sdk/testsuite"

	"novaflow/saga"
)

// World is what a flow changes. Every case gets a fresh one.
type World interface {
	// Register registers the activities, and the workflows if they have names
	// of their own, with the environment of one run.
	Register(*testsuite.TestWorkflowEnvironment)
	// Inventory lists what exists: the truth, not what the activities believe.
	// It is called while activities run.
	Inventory() []Resource
}

// Healer is a World whose obstacle, such as a full quota or a service that is
// down, can be removed. It is, before a request is sent again.
type Healer interface{ Heal() }

// Resource is something that exists in a world.
type Resource struct {
	Kind  string // committed runs are compared by how many of each kind they created
	ID    string // distinguishes it from all others of its kind
	State string // what else must be the same again after a revert: name, status, size
	Mark  string // whatever in it can carry the mark of a task: description, tags; "" if there is no such field
}

// String writes the resource as failures show it.
func (t Resource) String() string {
	return strings.Join(strings.Fields(fmt.Sprintf("%s %s %s %s", t.Kind, t.ID, t.State, t.Mark)), " ")
}

// carries reports whether the resource has the mark written on it.
func (t Resource) carries(m saga.Mark) bool {
	return strings.Contains(t.Mark, string(m)) || strings.Contains(t.Mark, m.Digest())
}

// Start is a world to start from, such as an empty one, one with leftovers of a
// former try, one with resources of others that look alike, or one that is slow.
type Start struct {
	Name string
	// Open creates a fresh world. What it holds then is not the run's.
	Open func(testing.TB) World
	// Refuses says that the request cannot succeed in this world: it must be
	// reverted. If the world is a Healer, it must succeed once healed.
	Refuses bool
	// Sample bounds the number of cases in this world; 0 tries all. A sample
	// is spread over all points.
	Sample int
}

// key is what identifies a resource, whatever its state.
type key struct{ kind, id string }

func (t Resource) key() key { return key{t.Kind, t.ID} }

// Residue is the difference between what a world holds and what it should hold.
type Residue struct {
	Extra   []Resource // should not exist
	Missing []Resource // should exist
	Changed []Resource // as they are now, and should not be
}

// Empty reports whether there is no difference.
func (r Residue) Empty() bool { return len(r.Extra)+len(r.Missing)+len(r.Changed) == 0 }

// compareResources says how an inventory differs from an earlier one.
func compareResources(before, after []Resource) (r Residue) {
	was, is := indexResources(before), indexResources(after)
	for k, t := range is {
		if old, ok := was[k]; !ok {
			r.Extra = append(r.Extra, t)
		} else if old != t {
			r.Changed = append(r.Changed, t)
		}
	}
	for k, t := range was {
		if _, ok := is[k]; !ok {
			r.Missing = append(r.Missing, t)
		}
	}
	for _, list := range [][]Resource{r.Extra, r.Missing, r.Changed} {
		slices.SortFunc(list, func(a, b Resource) int { return cmp.Compare(a.String(), b.String()) })
	}
	return r
}

func indexResources(resources []Resource) map[key]Resource {
	m := make(map[key]Resource, len(resources))
	for _, t := range resources {
		m[t.key()] = t
	}
	return m
}

// countByKind counts by kind what came and, as negative numbers, what went.
func countByKind(r Residue) map[string]int {
	counts := map[string]int{}
	for _, t := range r.Extra {
		counts[t.Kind]++
	}
	for _, t := range r.Missing {
		counts[t.Kind]--
	}
	return counts
}
