//go:build e2e

package test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"novaflow/activities"
	"novaflow/internal/devcloud"
	"novaflow/test/stage"
)

// away is how long what dies is away: longer than activities may be silent.
const away = activities.HeartbeatTimeout + time.Second

// While the engine is away nothing can be recorded, but workers go on with what
// they had begun; when it comes back, it hands out again what it had not heard
// of. So each of these activities happens twice, and must have happened once.
func TestTheEngineDiesAndComesBackOnItsDatabase(t *testing.T) {
	t.Parallel()
	s := stage.StartDurable(t)
	queue, cloud := stage.Queue(), stage.StartCloud(t, "--build-time", "2s", "--delete-time", "500ms")
	before := cloud.Inventory(t)
	cloud.AddFaults(t, devcloud.Fault{
		Service: "nova", Method: "POST", Path: "/servers$", Action: "error", Count: 4, Text: "refused by the test",
	})
	pool := s.Pool(t, 2, queue, cloud.File)
	load := s.Load(t, queue, 12, uncancelled(stage.Plans(rand.New(rand.NewPCG(1, 1)), queue, 12)))
	atEach(t, s.Stage, load, []string{"boot-volume", "undo ", "active"}, func() {
		s.Kill()
		time.Sleep(away)
		s.RestartEngine(t)
	})
	runs := load.Wait()
	t.Log(stage.Sum(runs))
	s.ReadLedgers(t, runs)
	require.Empty(t, stage.Judge(before, cloud.Inventory(t), runs))
	s.DeleteAll(t, queue, runs)
	require.Equal(t, before, cloud.Inventory(t))
	for _, w := range pool.Workers {
		require.NoError(t, w.Terminate(), "workers must have lived through it")
	}
}

// atEach does something each time that an activity of the load has begun, and at least
// once. On a busy machine all runs may be past the next activity.
func atEach(t *testing.T, s *stage.Stage, load *stage.Load, activities []string, do func()) {
	t.Helper()
	stage.Await(t, "a run to be under way", func() bool { return len(load.Live()) > 0 })
	for i, begun := range activities {
		reached := false
		stage.Await(t, begun+" to begin", func() bool {
			live := load.Live()
			reached = s.AnyBegun(t, live, begun)
			return reached || len(live) == 0
		})
		if !reached {
			require.Positive(t, i, "nothing was reached")
			return
		}
		do()
	}
}

// uncancelled removes the cancellations from plans.
func uncancelled(plans []stage.Plan) []stage.Plan {
	for i := range plans {
		plans[i].Cancel = 0
	}
	return plans
}
