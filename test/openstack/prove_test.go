//go:build openstack

package openstack

import (
	"flag"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"novaflow/test/stage"
	"novaflow/workflows/spec"
)

var (
	stormTime  = flag.Duration("storm.time", 90*time.Second, "how long things are broken")
	stormWidth = flag.Int("storm.width", 3, "runs that are under way at once")
	stormSeed  = flag.Uint64("storm.seed", 0, "seed of the storm; 0 takes a random one")
)

const (
	stormDeadline = 3 * time.Minute // of a run: nova forgets some builds when its parts die
	stormHelp     = 3 * time.Minute // after all is mended, an administrator frees what hangs
	stormOver     = 8 * time.Minute // then every run must have ended
)

// Servers are created, cancelled and deleted at random while the services of a
// real OpenStack are killed, stopped and slowed, hosts and disks fail, answers are lost and
// workers die. Whatever happens, every run ends committed or reverted, and the
// cloud holds exactly what the committed ones say.
func TestStorm(t *testing.T) {
	if servicesCommand == "" || faultFile == "" {
		t.Log("NOVAFLOW_SERVICES or NOVAFLOW_FAULTS names nothing: no storm")
		return
	}
	seed := *stormSeed
	if seed == 0 {
		seed = rand.Uint64N(1 << 32)
	}
	t.Logf("seed %d: repeat with -storm.seed %d (what is random repeats, what runs at once does not)", seed, seed)
	before, beforeObjects, began := inventory(t), objects(t), time.Now()
	queue, file := stage.Queue(), os.Getenv("OS_CLIENT_CONFIG_FILE")
	s := &storm{
		rand: rand.New(rand.NewPCG(seed, 1)), pool: theStage.Pool(t, 2, queue, file),
		folder: filepath.Dir(faultFile), strikes: map[string]int{},
	}
	load := theStage.Load(t, queue, *stormWidth, stormPlans(rand.New(rand.NewPCG(seed, 2)), queue))
	s.blow(t, began.Add(*stormTime))
	load.Stop()
	awaitCalm(t, load)
	runs := load.Wait()
	t.Logf("%d runs in %s: %s; %s", len(runs), time.Since(began).Round(time.Second), stage.Sum(runs), s)
	theStage.ReadLedgers(t, runs)
	for _, c := range runs {
		t.Logf("%s: %s, %v", c.GetID(), c.Ledger.State, c.Err)
	}
	require.NotEmpty(t, runs)
	awaitServices(t)
	require.Empty(t, stage.Judge(beforeObjects, objects(t), runs))
	theStage.DeleteAll(t, queue, runs)
	requireSame(t, before)
}

// awaitCalm waits until the load has ended, and reports what has not. OpenStack itself
// leaves some resources hanging that only its administrator can free. They are freed
// after a while, and the runs must then end by themselves.
func awaitCalm(t *testing.T, load *stage.Load) {
	t.Helper()
	help := &administrator{seen: map[string]string{}}
	begun := time.Now()
	for ; len(load.Live()) > 0 && time.Since(begun) < stormOver; time.Sleep(time.Second) {
		if time.Since(begun) > stormHelp {
			help.look(t)
		}
	}
	t.Logf("after %s; volumes that an administrator had to free: %v", time.Since(begun).Round(time.Second), help.freed)
	if len(load.Live()) == 0 {
		return
	}
	for _, c := range load.Live() {
		t.Logf("%s has not ended: %s", c.GetID(), theStage.Ledger(t, c.WorkflowRun).Tree())
	}
	t.Fatalf("%s after everything was mended, runs are under way", stormOver)
}

// stormPlans returns more random requests than a storm has time for. Half of those that
// commit are deleted while the storm lasts.
func stormPlans(r *rand.Rand, prefix string) []stage.Plan {
	plans := stage.Plans(r, "novaflow-test-"+prefix, 2000)
	for i := range plans {
		req := &plans[i].Spec
		req.Cloud, req.Image, req.Flavor = cloudName, imageName, flavorName
		req.Deadline = spec.Duration(stormDeadline)
		for p := range req.Ports {
			req.Ports[p].Network = networkName
		}
		if req.FloatingIP != "" {
			req.FloatingIP = externalName
		}
		plans[i].Delete = r.IntN(2) == 0
	}
	return plans
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
