package server_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"novaflow/workflows/server"
	"novaflow/workflows/spec"
)

// A user who sends an impossible request is told all its mistakes, before anything is
// changed.
func TestServerPowerRefusesBadSpecs(t *testing.T) {
	for _, c := range []struct {
		req   server.PowerSpec
		wants []string
	}{
		{server.PowerSpec{}, []string{"cloud: missing", "server: missing", `verb: "" is none of hard-reboot, pause`}},
		{server.PowerSpec{RunOptions: spec.RunOptions{Cloud: "a:b", Deadline: -1}, Server: " ", Verb: "STOP"},
			[]string{"has a colon", "is negative", "server: missing", `verb: "STOP"`}},
	} {
		err := c.req.Validate()
		for _, want := range c.wants {
			require.ErrorContains(t, err, want)
		}
		require.Len(t, strings.Split(err.Error(), "\n"), len(c.wants))
	}
}

// Every problem is told at once, before the cloud is asked.
func TestServerSetRefusesBadSpecs(t *testing.T) {
	req := server.SetSpec{
		Name: strings.Repeat("x", 201) + " ",
		Properties: map[string]string{
			"": "1", "a/b": "1", "novaflow_mark": "mine", "long": strings.Repeat("x", 256), "both": "1", "üml": "1",
			strings.Repeat("k", 256): "1", "x%": "1", "a\nb": "1",
		},
		Unset: []string{"both", "novaflow_run", "twice", "twice"},
	}
	err := req.Validate()
	for _, want := range []string{
		"cloud: missing", "server: missing", "longer than 200", "begins or ends with a space", `property "": a key`,
		`property "a/b": a key`,
		`property "novaflow_mark": novaflow knows`, `property "long": its value`,
		`property "both": it is to be set and unset`, `property "üml": a key`,
		`property "x%": a key`, `property "a\nb": a key`, `property "novaflow_run": novaflow knows`,
		`property "twice": it is to be unset twice`,
	} {
		require.ErrorContains(t, err, want)
	}
	require.ErrorContains(t, server.SetSpec{RunOptions: onDevcloud, Server: "a"}.Validate(), "nothing to change")
	require.NoError(t, server.Set.Example.Validate())
}

// Every problem is told at once, before the cloud is asked.
func TestChangesOfServersRefuseBadSpecs(t *testing.T) {
	for want, err := range map[string]error{
		"flavor: give at least one": server.ResizeSpec{RunOptions: onDevcloud, Server: "a"}.Validate(),
		`flavor 1: "x" is there twice`: server.ResizeSpec{RunOptions: onDevcloud, Server: "a",
			Flavors: []string{"x", "x"}}.Validate(),
		"flavor 0: missing": server.ResizeSpec{RunOptions: onDevcloud, Server: "a",
			Flavors: []string{" "}}.Validate(),
		"server: missing":                 server.MigrateSpec{RunOptions: onDevcloud}.Validate(),
		"cloud: missing\nserver: missing": server.MigrateSpec{}.Validate(),
		`ready 0: protocol "udp" is not tcp, http or https`: server.ResizeSpec{RunOptions: onDevcloud, Server: "a",
			Flavors:   []string{"x"},
			Readiness: spec.Readiness{Ready: []spec.Probe{{Protocol: "udp", Port: 53}}}}.Validate(),
		"ready: a server that has arrived by a live migration cannot go back: leave out what it has to answer to, or " +
			"migrate it cold": server.MigrateSpec{
			RunOptions: onDevcloud, Server: "a", Live: true,
			Readiness: spec.Readiness{Ready: []spec.Probe{{Protocol: "tcp", Port: 22}}}}.Validate(),
		"image: missing": server.RebuildSpec{RunOptions: onDevcloud, Server: "a"}.Validate(),
	} {
		require.EqualError(t, err, want)
	}
}

// Every problem is told at once, before the cloud is asked.
func TestServerSnapshotRefusesBadSpecs(t *testing.T) {
	err := server.SnapshotSpec{Name: strings.Repeat("x", 201)}.Validate()
	for _, want := range []string{"cloud: missing", "server: missing", "longer than 200"} {
		require.ErrorContains(t, err, want)
	}
	require.ErrorContains(t, server.SnapshotSpec{RunOptions: onDevcloud, Server: "a", Name: "a\nb"}.Validate(),
		"printable")
	require.NoError(t, server.Snapshot.Example.Validate())
}

func TestBadRequestsForAttachmentsAreRefusedAllAtOnce(t *testing.T) {
	long := strings.Repeat("x", 201)
	for _, c := range []struct {
		req   spec.Spec
		words []string
	}{
		{server.AttachVolumeSpec{RunOptions: onDevcloud, Device: long},
			[]string{"server: missing", "volume: missing", "device"}},
		{server.AddPortSpec{RunOptions: onDevcloud, Port: "p", Network: "n"},
			[]string{"server: missing", "give one of them"}},
		{server.RemovePortSpec{RunOptions: onDevcloud}, []string{"server: missing", "port: missing"}},
	} {
		err := c.req.Validate()
		require.Error(t, err, "%+v", c.req)
		for _, w := range c.words {
			require.ErrorContains(t, err, w)
		}
		require.GreaterOrEqual(t, len(strings.Split(err.Error(), "\n")), len(c.words))
	}
}
