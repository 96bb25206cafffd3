package server_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"novaflow/workflows/server"
	"novaflow/workflows/spec"
)

var onDevcloud = spec.RunOptions{Cloud: "devcloud"}

// A request with five mistakes must not take five tries to get right.
func TestAllProblemsOfASpecAreReportedTogether(t *testing.T) {
	err := server.CreateSpec{
		Name:       " web\n",
		BootVolume: -1,
		Ports:      []server.PortSpec{{}, {Network: "private", FixedIP: "10.0.0.256"}},
		Volumes:    []server.VolumeSpec{{Size: 0}},
		Ingress: []spec.Rule{
			{Protocol: "tcp"}, {Protocol: "icmp", Port: 1}, {Protocol: "gre"},
			{Protocol: "udp", Port: 53, From: "10.0.0.1"},
		},
		RunOptions: spec.RunOptions{Deadline: spec.Duration(-time.Second)},
	}.Validate()
	for _, want := range []string{
		"cloud: missing", "image: missing", "flavor: missing",
		`name: " web\n" begins or ends with a space`, `name: " web\n" has a character`,
		"port 0: network: missing", `port 1: fixed IP "10.0.0.256" is no address`,
		"boot volume: -1 GiB is no size", "volume 0: 0 GiB is no size",
		"rule 0: port 0 is not between", "rule 1: icmp has no port", `rule 2: protocol "gre"`,
		`rule 3: source "10.0.0.1"`,
		"deadline: -1s is negative",
	} {
		require.ErrorContains(t, err, want)
	}
	require.Len(t, strings.Split(err.Error(), "\n"), 14, "and nothing else:\n%v", err)
}

// Neutron refuses what is asked for twice, but only when other resources exist.
func TestNothingIsAskedForTwice(t *testing.T) {
	req := server.Create.Example
	req.Ports = []server.PortSpec{{Network: "a", FixedIP: "fd00::1"}, {Network: "b", FixedIP: "fd00::1"},
		{Network: "a", FixedIP: "fd00:0::1"}, {Network: "a"}, {Network: "a"}}
	req.Ingress = []spec.Rule{
		{Protocol: "tcp", Port: 22}, {Protocol: "tcp", Port: 23}, {Protocol: "udp", Port: 22},
		{Protocol: "tcp", Port: 22, From: "10.0.0.0/8"},
		{Protocol: "tcp", Port: 22, From: "0.0.0.0/0"}, {Protocol: "tcp", Port: 22, From: "10.1.0.0/8"},
	}
	require.EqualError(t, req.Validate(), "port 2: fixed IP fd00:0::1 on a is another port's already\nrule 4: "+
		"tcp:22:0.0.0.0/0 is there twice\nrule 5: tcp:22:10.1.0.0/8 is there twice")
}

func TestASpecNeedsAPort(t *testing.T) {
	req := server.Create.Example
	req.Ports = nil
	require.EqualError(t, req.Validate(), "ports: give at least one network")
}

func TestNamesMayBeUnicodeButNotEndless(t *testing.T) {
	req := server.Create.Example
	req.Name = "wäb-服务器 (1)"
	require.NoError(t, req.Validate())
	for _, bad := range []string{"web-\U0001F600", "web\u200b", "web\u2028", "web\u0085", "web\xff"} {
		req.Name = bad
		require.ErrorContains(t, req.Validate(), "a character that OpenStack does not take",
			"%q: nova refuses it, after all else was made", bad)
	}
	req.Name = strings.Repeat("x", 201)
	require.ErrorContains(t, req.Validate(), "name: longer than 200 bytes")
}

// Two runs that change one server must have one id, and those of two servers two.
func TestACloudWithAColonIsRefused(t *testing.T) {
	require.Equal(t, spec.ServerWorkflowID("a", "b:c"), spec.ServerWorkflowID("a:b", "c"), "why it is refused")
	req, other := server.Create.Example, server.DeleteSpec{RunOptions: onDevcloud, Server: "web-1"}
	req.Cloud, other.Cloud = "a:b", "a:b"
	require.ErrorContains(t, req.Validate(), `cloud: "a:b" has a colon`)
	require.ErrorContains(t, other.Validate(), `cloud: "a:b" has a colon`)
}
