//go:build openstack

package openstack

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"novaflow/test/stage"
)

// servicesCommand kills, starts, pauses and resumes the services of the cloud
// under test: COMMAND kill|start|pause|resume NAME.
var servicesCommand = os.Getenv("NOVAFLOW_SERVICES")

// breakable are the services, by the names of Debian's packages.
var breakable = []string{
	"keystone", "glance", "placement", "nova-api", "nova-conductor", "nova-scheduler", "nova-compute-1", "nova-compute-2", "nova-compute-3",
	"neutron", "cinder-api", "cinder-scheduler", "cinder-volume", "rabbitmq", "mariadb",
}

// stormRules are faults of the APIs, towards us and towards each other.
var stormRules = []string{
	"nova POST /servers$ after:500 1", "nova POST /servers$ drop 1", "nova POST /servers$ 503 2",
	"cinder POST /volumes$ after:500 1", "cinder POST /volumes$ drop 1", "cinder * .* 503 3",
	"neutron POST /ports after:500 1", "neutron POST /floatingips drop 1", "neutron POST /security-groups after:500 1",
	"neutron PUT /floatingips/ drop 1", "nova DELETE /servers/ drop 1", "neutron DELETE /ports/ after:500 1", "cinder DELETE /volumes/ drop 1",
	"neutron * .* delay:1 10", "nova GET .* delay:1 5", "keystone POST /tokens 503 2", "glance GET .* 503 2",
}

// stormHooks are faults of hypervisors, disks and switches.
var stormHooks = map[string]string{
	"spawn_delay": "3", "spawn_fail": ". 1", "spawn_abort": ". 1", "destroy_delay": "2", "destroy_fail": ". 1",
	"volume_create_fail": ". 2", "volume_create_delay": "2", "volume_delete_fail": ". 1", "volume_attach_fail": ". 1",
	"port_bind_fail": ". 1", "port_bind_delay": "1", "interface_fail": ". 1",
}

// storm breaks the cloud and the workers, one part after the other.
type storm struct {
	rand    *rand.Rand
	pool    *stage.Pool
	folder  string // of the rules and hooks
	strikes map[string]int
}

// blow goes on until the time is over. When it returns, everything is mended.
func (s *storm) blow(t *testing.T, until time.Time) {
	t.Helper()
	for time.Now().Before(until) {
		mend := s.strike(t)
		s.pause(4 * time.Second)
		mend()
		s.strikes["workers killed"]++
		s.pool.Replace(t, s.rand.IntN(len(s.pool.Workers)))
		s.pause(3 * time.Second)
	}
}

// pause lasts a second or more, up to most. What is broken must stay broken for a while,
// and work again before the next part breaks.
func (s *storm) pause(most time.Duration) {
	time.Sleep(time.Second + time.Duration(s.rand.Int64N(int64(most-time.Second))))
}

// strike breaks one part and returns what mends it.
func (s *storm) strike(t *testing.T) (mend func()) {
	t.Helper()
	switch service := breakable[s.rand.IntN(len(breakable))]; s.rand.IntN(4) {
	case 0:
		s.strikes["services killed"]++
		return breakService(t, "kill", "start", service)
	case 1:
		s.strikes["services paused"]++
		return breakService(t, "pause", "resume", service)
	case 2:
		s.strikes["API faults"]++
		return s.file(t, "api", stormRules[s.rand.IntN(len(stormRules))])
	}
	hooks := sortedKeys(stormHooks)
	hook := hooks[s.rand.IntN(len(hooks))]
	s.strikes["failures of hosts and disks"]++
	return s.file(t, hook, stormHooks[hook])
}

// breakService breaks a service. It is mended at the end of the test at the latest.
func breakService(t *testing.T, verb, undo, name string) (mend func()) {
	t.Helper()
	command := func(verb string) {
		out, err := exec.CommandContext(context.Background(), servicesCommand, verb, name).CombinedOutput()
		if err != nil {
			t.Errorf("%s %s %s: %v: %s", servicesCommand, verb, name, err, out)
		}
	}
	mended := false
	mend = func() {
		if !mended {
			mended = true
			command(undo)
		}
	}
	t.Cleanup(mend)
	command(verb)
	return mend
}

// file puts a rule or a hook in force.
func (s *storm) file(t *testing.T, name, text string) (mend func()) {
	t.Helper()
	path := filepath.Join(s.folder, name)
	require.NoError(t, os.WriteFile(path, []byte(text+"\n"), 0o644))
	mend = func() { _ = os.Remove(path) }
	t.Cleanup(mend)
	return mend
}

// String says what was broken, and how often.
func (s *storm) String() (text string) {
	for _, what := range sortedKeys(s.strikes) {
		text += fmt.Sprintf("%s: %d; ", what, s.strikes[what])
	}
	return text
}
