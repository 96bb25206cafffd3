//go:build cluster

package cluster

import (
	"flag"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"novaflow/test/stage"
)

var (
	runs  = flag.Int("cluster.runs", 200, "runs that are started")
	width = flag.Int("cluster.width", 30, "runs that are under way at once")
	seed  = flag.Uint64("cluster.seed", 1, "seed of what the runs ask for and when they are cancelled")
)

// The death of a node takes its share of all runs, timers and queues with it,
// until the other node takes them over; the death of the database takes
// everything, and what was answered must still be there.
func TestRunsOutliveANodeAndTheDatabase(t *testing.T) {
	c := Start(t)
	queue, cloud := stage.Queue(), stage.StartCloud(t, "--build-time", "500ms", "--delete-time", "200ms")
	before, began := cloud.Inventory(t), time.Now()
	c.Pool(t, 2, queue, cloud.File)
	load := c.Load(t, queue, *width, stage.Plans(rand.New(rand.NewPCG(*seed, 1)), queue, *runs))
	for _, step := range []struct {
		what string
		do   func()
	}{
		{"node 2 is killed", func() { c.Nodes[1].Kill() }},
		{"node 2 comes back", func() { c.Nodes[1].Start(t) }},
		{"node 1 is killed", func() { c.Nodes[0].Kill() }},
		{"node 1 comes back", func() { c.Nodes[0].Start(t) }},
		{"the database crashes and comes back", func() { c.Database.Restart(t) }},
	} {
		next := load.Ended() + *runs/7
		stage.Await(t, "some more runs to end", func() bool { return load.Ended() >= next })
		step.do()
		t.Logf("after %s, with %d runs ended and %d under way: %s", time.Since(began).Round(time.Second), load.Ended(),
			len(load.Live()), step.what)
	}
	ended := load.Wait()
	t.Logf("%d runs in %s: %s", len(ended), time.Since(began).Round(time.Second), stage.Sum(ended))
	c.ReadLedgers(t, ended)
	require.Len(t, ended, *runs)
	require.Empty(t, stage.Judge(before, cloud.Inventory(t), ended))
	c.DeleteAll(t, queue, ended)
	require.Equal(t, before, cloud.Inventory(t), "residue after the committed ones were deleted")
}
