package workflows_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"novaflow/internal/devcloud"
	"novaflow/saga/sagatest"
	"novaflow/workflows/server"
)

// A server takes its user-supplied resources whole or releases them unchanged, whatever
// happens to which task. Its delete leaves them to the user.
func TestServerOfBroughtThingsTakesThemOrGivesThemBack(t *testing.T) {
	t.Parallel()
	var req server.CreateSpec
	prepare := func(t testing.TB, w *cloudWorld) { req = broughtServer(t, w) }
	open := func(tr trouble) func(testing.TB) sagatest.World {
		return func(t testing.TB) sagatest.World {
			w := broughtWorld(t, tr.options)
			prepare(t, w)
			for _, f := range tr.faults {
				w.AddFault(f)
			}
			return w
		}
	}
	starts := []sagatest.Start{{Name: "clean", Open: open(trouble{}), Sample: perBrought}}
	for _, tr := range slices.Concat(troubles[:broughtTroubles], refusals[:1]) {
		starts = append(starts, sagatest.Start{Name: tr.name, Open: open(tr), Refuses: tr.refuses, Sample: 1})
	}
	starts[0].Open(t) // to know the spec
	r := sagatest.Prove(t, sagatest.Flow{
		Workflow: server.Create.Workflow, Input: req, Pairs: pairs,
		Inverse: func(sagatest.Result) (any, any) { return server.Delete.Workflow, deleteServer },
		Check:   checkBrought,
	}, starts...)
	requireAll(t, r, len(r.Points))
	for _, task := range []string{"port-0", "boot-volume", "volume-0", "key-pair", "server-group", "place/server",
		"place/active"} {
		require.True(t, slices.ContainsFunc(r.Points, func(p string) bool { return p == task || p == task+"#2" }),
			"%s of %v", task, r.Points)
	}
}

// checkBrought fails unless the server has the user-supplied and the created resources.
func checkBrought(world sagatest.World, result sagatest.Result) error {
	var s server.Server
	if err := result(&s); err != nil {
		return err
	}
	w := world.(*cloudWorld)
	boot, _ := w.find("volume", "mine-boot")
	data, _ := w.find("volume", "mine-data")
	port, _ := w.find("port", "mine")
	for _, o := range []devcloud.Object{boot, data} {
		if o.Status != "in-use" || o.Use != s.ID {
			return fmt.Errorf("volume %s is %s by %q", o.Name, o.Status, o.Use)
		}
	}
	if port.Use != "compute:nova "+s.ID {
		return fmt.Errorf("port mine is used by %q", port.Use)
	}
	if s.Flavor != "m1.nano" || s.BootVolume != boot.ID || s.Volumes[0] != data.ID || s.Ports[0] != port.ID ||
		s.KeyPair != "web 1" || s.ServerGroup == "" {
		return fmt.Errorf("the server lacks something: %+v", s)
	}
	return nil
}
