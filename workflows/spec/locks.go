package spec

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"novaflow/saga"
)

// lockOrder lists the kinds of resources in the order in which they are locked. The
// workflow id of a run is its first lock, so a run that changes a server and a volume has
// the id of the server. No run waits for a lock that comes before one it has, so no two
// runs wait for each other.
var lockOrder = []string{"project", "host", "image", "network", "server", "volume", "port"}

// LockAlso adds the task "lock", which locks further resources for the rest of the run by
// their workflow ids, in any order. Own is the workflow id of the run. What changes the
// resources must come after the ref.
func LockAlso(f *saga.Flow, own string, ids saga.Ref[[]string], options ...saga.TaskOption) saga.Ref[[]string] {
	sorted := saga.From(ids, func(ids []string) []string { return InLockOrder(own, ids) })
	return saga.Lock(f, "lock", sorted, append(options, saga.Summary("keep other runs away"))...)
}

// InLockOrder sorts workflow ids and drops duplicates. It panics if one comes before that
// of the run: that is a mistake in the flow, which then reverts.
//
// An administrator's run also takes locks under the names that the owners have for the
// cloud. Of each kind those come after all locks under its own name, whatever the names
// are: the first lock of such a run, its own workflow id, has its own name for the cloud.
func InLockOrder(own string, ids []string) []string {
	cloud := cloudOf(own)
	compare := func(a, b string) int {
		return cmp.Or(cmp.Compare(rankOf(a), rankOf(b)),
			cmp.Compare(rankIn(cloud, a), rankIn(cloud, b)), cmp.Compare(a, b))
	}
	sorted := slices.Clone(ids)
	slices.SortFunc(sorted, compare)
	sorted = slices.Compact(sorted)
	for _, id := range sorted {
		if rankOf(id) < 0 || compare(own, id) >= 0 {
			panic(fmt.Sprintf("run %s may not lock %s: locks are taken in the order %s, "+
				"then under the run's own name for the cloud first, then by name",
				own, id, strings.Join(lockOrder, ", ")))
		}
	}
	return sorted
}

// rankIn returns 1 for a workflow id under another name for the cloud, else 0.
func rankIn(cloud, id string) int {
	if cloudOf(id) == cloud {
		return 0
	}
	return 1
}

// cloudOf returns the cloud in a workflow id, see [WorkflowID].
func cloudOf(id string) string {
	_, rest, _ := strings.Cut(id, ":")
	cloud, _, _ := strings.Cut(rest, ":")
	return cloud
}

// rankOf returns the place of a workflow id's kind in the order, -1 if it has none.
func rankOf(id string) int {
	kind, _, _ := strings.Cut(id, ":")
	return slices.Index(lockOrder, kind)
}
