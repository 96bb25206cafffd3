package spec

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"novaflow/saga"
)

// lockOrder is the order in which kinds of resources are locked. The workflow id
// of a run is the first lock that it has, so a run that changes a server and a
// volume has the id of the server. No run ever waits for what comes before
// something it holds, so no two runs wait for each other.
var lockOrder = []string{"project", "host", "image", "network", "server", "volume", "port"}

// LockAlso adds the task "lock", which locks further resources for the rest of
// the run: their workflow ids, in any order. Own is the workflow id of the run.
// Whatever changes them must come after the ref.
func LockAlso(f *saga.Flow, own string, ids saga.Ref[[]string], options ...saga.TaskOption) saga.Ref[[]string] {
	return saga.Lock(f, "lock", saga.From(ids, func(ids []string) []string { return InLockOrder(own, ids) }),
		append(options, saga.Summary("keep other runs away"))...)
}

// InLockOrder sorts workflow ids, each once, and panics where they come before
// that of the run: that is a mistake in the flow, which reverts for it.
//
// An administrator's run also locks under the names that the owners of things have
// for the cloud. Of each kind those come after all under its own name, whatever the
// names are: the first that such a run holds, its own workflow id, has its own.
func InLockOrder(own string, ids []string) []string {
	cloud := lockCloud(own)
	compare := func(a, b string) int {
		return cmp.Or(cmp.Compare(lockRank(a), lockRank(b)), cmp.Compare(theirs(cloud, a), theirs(cloud, b)), cmp.Compare(a, b))
	}
	sorted := slices.Clone(ids)
	slices.SortFunc(sorted, compare)
	sorted = slices.Compact(sorted)
	for _, id := range sorted {
		if lockRank(id) < 0 || compare(own, id) >= 0 {
			panic(fmt.Sprintf("run %s may not lock %s: locks are taken in the order %s, then under the run's own name for the cloud first, then by name", own, id, strings.Join(lockOrder, ", ")))
		}
	}
	return sorted
}

// theirs is 1 for the id of a lock under another name for the cloud.
func theirs(cloud, id string) int {
	if lockCloud(id) == cloud {
		return 0
	}
	return 1
}

// lockCloud is the cloud in a workflow id, see [WorkflowID].
func lockCloud(id string) string {
	_, rest, _ := strings.Cut(id, ":")
	cloud, _, _ := strings.Cut(rest, ":")
	return cloud
}

// lockRank is the place of a workflow id's kind in the order, -1 if it has none.
func lockRank(id string) int {
	kind, _, _ := strings.Cut(id, ":")
	return slices.Index(lockOrder, kind)
}
