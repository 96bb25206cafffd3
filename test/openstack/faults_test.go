//go:build openstack

package openstack

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"novaflow/workflows/server"
)

// faultFile is where the cloud under test reads rules that make its services
// misbehave; without one the tests of this file are not generated.
var faultFile = os.Getenv("NOVAFLOW_FAULTS")

// lostAnswers carry a create out and lose its answer. OpenTofu 1.12.6 on the
// same cloud: the first apply fails, the second says complete, destroy waits ten
// minutes and fails, and five objects stay behind.
var lostAnswers = []string{
	"nova POST /servers$ after:500 1",
	"cinder POST /volumes$ after:500 1",
	"neutron POST /ports after:500 1",
}

// droppedAnswers are the same with the connection cut.
var droppedAnswers = []string{
	"nova POST /servers$ drop 1",
	"cinder POST /volumes$ drop 1",
	"neutron POST /floatingips drop 1",
}

func TestUnderFaults(t *testing.T) {
	if faultFile == "" {
		t.Log("NOVAFLOW_FAULTS names no file: no faults to try")
		return
	}
	t.Run("lost answers make no twins", func(t *testing.T) { createUnder(t, lostAnswers) })
	t.Run("cut connections make no twins", func(t *testing.T) { createUnder(t, droppedAnswers) })
	t.Run("refused a while", func(t *testing.T) {
		createUnder(t, []string{"nova POST /servers$ 503 1", "neutron POST /ports 503 2", "cinder * .* 503 1"})
	})
}

// createUnder creates a server while rules hold, and requires that each part
// exists once and that a delete leaves nothing.
func createUnder(t *testing.T, rules []string) {
	t.Helper()
	before, queue, spec := inventory(t), worker(t), serverSpec()
	require.NoError(t, os.WriteFile(faultFile, []byte(strings.Join(rules, "\n")+"\n"), 0o644))
	t.Cleanup(func() { require.NoError(t, os.Remove(faultFile)) })
	var got server.Server
	require.NoError(t, theStage.Get(t, theStage.Create(t, queue, spec), &got))
	require.Len(t, inventory(t), len(before)+6, "server, port, 2 volumes, floating IP, security group: nothing twice")
	remove(t, queue, spec)
	requireSame(t, before)
}

// adminCloud may change quotas; without one the test is not generated.
var adminCloud = os.Getenv("NOVAFLOW_TEST_ADMIN_CLOUD")

func TestAnExhaustedQuotaIsNamedAndNothingIsLeft(t *testing.T) {
	if adminCloud == "" {
		t.Log("NOVAFLOW_TEST_ADMIN_CLOUD names no cloud: no quota to lower")
		return
	}
	project := os.Getenv("NOVAFLOW_TEST_PROJECT")
	for quota, words := range map[string]string{"--instances": "instances", "--volumes": "volumes", "--floating-ips": "floating IPs"} {
		t.Run(words, func(t *testing.T) {
			before, queue, spec := inventory(t), worker(t), serverSpec()
			setQuota(t, project, quota, "0")
			defer setQuota(t, project, quota, "100")
			require.ErrorContains(t, theStage.Get(t, theStage.Create(t, queue, spec), nil), "quota")
			requireSame(t, before)
		})
	}
}

func setQuota(t *testing.T, project, quota, value string) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "openstack", "--os-cloud", adminCloud, "quota", "set", quota, value, project).CombinedOutput()
	require.NoError(t, err, "%s", out)
}
