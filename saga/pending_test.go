package saga_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"novaflow/saga"
)

// An engine refuses the task of a workflow that would have more than 2,000 activities
// under way, again and again: a wide flow would stand still, in either direction.
func TestAWideFlowHasAThousandActivitiesUnderWay(t *testing.T) {
	p := newPlay(t)
	p.fails("make top", -1)
	p.reverts("no valid host", func() (*saga.Flow, saga.Ref[thing]) {
		f := saga.NewFlow("wide")
		var all []saga.Dependency
		for i := range 1050 {
			all = append(all, add(f, fmt.Sprint("t", i)))
		}
		return f, saga.Add(f, "top", makes, saga.Value(thing{Name: "top"}), saga.After(all...))
	})
	most, now := map[string]int{}, map[string]int{}
	for _, event := range p.story() {
		_, to, _ := strings.Cut(event, " ")
		for begins, end := range map[string]string{"RUNNING": "SUCCESS", "REVERTING": "REVERTED"} {
			switch to {
			case begins:
				now[begins]++
				most[begins] = max(most[begins], now[begins])
			case end:
				now[begins]--
			}
		}
	}
	require.Equal(t, map[string]int{"RUNNING": 1000, "REVERTING": 1000}, most)
}
