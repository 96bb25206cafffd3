package workflows_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"novaflow/saga/sagatest"
	"novaflow/workflows/server"
)

// setServer changes all that can be changed; the server has the property owner.
var setServer = server.SetSpec{
	RunOptions: devcloudRun, Server: theServer.Name, Name: "web-2",
	Properties: map[string]string{"tier": "front", "owner": "ops"}, Unset: []string{"old one"},
}

// unsetServer takes setServer back.
var unsetServer = server.SetSpec{
	RunOptions: devcloudRun, Server: "web-2", Name: theServer.Name,
	Properties: map[string]string{"owner": "dev", "old one": "1"}, Unset: []string{"tier"},
}

// A server has all the new values or all the old ones, whatever happens to which
// task: names, values, and absence too.
func TestServerSetChangesAllOrNothing(t *testing.T) {
	t.Parallel()
	starts := worlds(troubles, perTrouble, func(t testing.TB, w *cloudWorld) {
		w.run(t, server.Create.Workflow, theServer)
		w.run(t, server.Set.Workflow, server.SetSpec{
			RunOptions: devcloudRun, Server: theServer.Name, Properties: map[string]string{"owner": "dev", "old one": "1"},
		})
	})
	starts[0].Sample = perVerb
	r := sagatest.Prove(t, sagatest.Flow{
		Workflow: server.Set.Workflow, Input: setServer, Pairs: pairs,
		Inverse: func(sagatest.Result) (any, any) { return server.Set.Workflow, unsetServer },
	}, starts...)
	requireAll(t, r, 6)
}

// Every problem is told at once, before the cloud is asked.
func TestServerSetRefusesBadSpecs(t *testing.T) {
	req := server.SetSpec{
		Name: strings.Repeat("x", 201) + " ",
		Properties: map[string]string{
			"": "1", "a/b": "1", "novaflow_mark": "mine", "long": strings.Repeat("x", 256), "both": "1", "üml": "1", strings.Repeat("k", 256): "1", "x%": "1", "a\nb": "1",
		},
		Unset: []string{"both", "novaflow_run", "twice", "twice"},
	}
	err := req.Validate()
	for _, want := range []string{
		"cloud: missing", "server: missing", "longer than 200", "begins or ends with a space", `property "": a key`, `property "a/b": a key`,
		`property "novaflow_mark": novaflow knows`, `property "long": its value`, `property "both": it is to be set and unset`, `property "üml": a key`,
		`property "x%": a key`, `property "a\nb": a key`, `property "novaflow_run": novaflow knows`, `property "twice": it is to be unset twice`,
	} {
		require.ErrorContains(t, err, want)
	}
	require.ErrorContains(t, server.SetSpec{RunOptions: devcloudRun, Server: "a"}.Validate(), "nothing to change")
	require.NoError(t, setServer.Validate())
}
