package ledger

import (
	"fmt"
	"testing"
)

// The tree is written after every step of a run, so its cost must not grow with
// what is not shown.
func BenchmarkTree(b *testing.B) {
	for _, n := range []int{10, 100, 1000, 10000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			l := &Ledger{Flow: "many", State: RunRunning, Tasks: []Entry{{Task: "base", State: TaskSuccess}}}
			for i := range n {
				l.Tasks = append(l.Tasks,
					Entry{Task: fmt.Sprintf("part/%d", i), State: TaskSuccess, Needs: []string{"base"}})
			}
			l.Tasks[n].State = TaskRunning
			branches := l.Branches()
			for b.Loop() {
				l.TreeOf(branches, DetailsLimit)
			}
		})
	}
}
