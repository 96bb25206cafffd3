package workflows_test

import (
	"testing"

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
