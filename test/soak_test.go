//go:build e2e

package test

import (
	"flag"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"novaflow/test/stage"
)

var (
	soakRuns  = flag.Int("soak.runs", 40, "runs of the soak")
	soakWidth = flag.Int("soak.width", 30, "runs of the soak that are under way at once")
	soakSeed  = flag.Uint64("soak.seed", 0, "seed of the soak; 0 takes a random one")
)

// Every second one of three workers is killed and another takes its place, while
// the cloud loses answers, is away, is slow, refuses and breaks what it builds,
// and people cancel. Whatever happens, every run ends committed or reverted, and
// the cloud holds exactly what the committed ones say.
func TestSoak(t *testing.T) {
	seed := *soakSeed
	if seed == 0 {
		seed = rand.Uint64N(1 << 32)
	}
	t.Logf("seed %d: repeat with -soak.seed %d (what is random repeats, what runs at once does not)", seed, seed)
	random := rand.New(rand.NewPCG(seed, 1))
	queue, cloud := stage.Queue(), stage.StartCloud(t, "--build-time", "500ms", "--delete-time", "200ms")
	before, began := cloud.Inventory(t), time.Now()
	pool := theStage.Pool(t, 3, queue, cloud.File)
	chaos := &stage.Chaos{Cloud: cloud, Rand: random}
	load := theStage.Load(t, queue, *soakWidth, stage.Plans(random, queue, *soakRuns))
	takeovers, kills := soak(t, load, pool, chaos, random)
	runs, faults := load.Wait(), chaos.End(t)
	t.Logf("%d runs in %s: %s; %d workers killed, %d calls harmed", len(runs), time.Since(began).Round(time.Second),
		stage.Sum(runs), kills, faults)
	t.Logf("take-over after a kill: %s", takeovers)
	theStage.ReadLedgers(t, runs)
	require.Len(t, runs, *soakRuns)
	require.Empty(t, stage.Judge(before, cloud.Inventory(t), runs))
	theStage.DeleteAll(t, queue, runs)
	require.Equal(t, before, cloud.Inventory(t), "residue after the committed ones were deleted")
}

// soak causes faults until the load has ended.
func soak(t *testing.T, load *stage.Load, pool *stage.Pool, chaos *stage.Chaos, random *rand.Rand) (*stage.Takeovers,
	int) {
	t.Helper()
	takeovers, kills := &stage.Takeovers{Stage: theStage}, 0
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for load.Ended() < *soakRuns {
		<-tick.C
		live := load.Live()
		chaos.Strike(t, 1+len(live)/16) // the last runs must not get the mishaps of all
		takeovers.After(t.Context(), pool.Replace(t, random.IntN(len(pool.Workers))), live)
		kills++
	}
	return takeovers, kills
}
