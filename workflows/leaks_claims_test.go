package workflows_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/testsuite"

	"novaflow/workflows/server"
)

// A port that is deleted while a server has it leaves what was claimed for it, such as
// bandwidth on the host, claimed for ever: it is detached first, or its server is gone.
// https://bugs.launchpad.net/nova/+bug/1820588
func TestLeakOfAClaimWhenAPortGoesBeforeItIsFree(t *testing.T) {
	removePort := server.RemovePortSpec{RunOptions: onDevcloud, Server: smallServer.Name, Port: smallServer.Name +
		"-port"}
	for name, c := range map[string]struct {
		workflow, input any
		faults          []string
		ports           int // that must be deleted
	}{
		"delete of a server": {server.Delete.Workflow, deleteServer, nil, 2},
		"removal of a port":  {server.RemovePort.Workflow, removePort, []string{"nova DELETE /os-interface/ 503 2"}, 1},
		"failed addition of a port": {server.AddPort.Workflow,
			server.AddPortSpec{RunOptions: onDevcloud, Server: smallServer.Name, Network: "private"},
			[]string{"nova POST /os-interface$ after:400 1"}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			w := leakWorld(t)
			require.NoError(t, w.create(smallServer))
			if name != "failed addition of a port" {
				w.run(t, server.AddPort.Workflow, aPort)
			}
			w.fault(t, c.faults...)
			deleted := 0
			_ = w.begin(c.workflow, c.input, func(env *testsuite.TestWorkflowEnvironment) {
				env.SetOnActivityCompletedListener(func(info *activity.Info, _ converter.EncodedValue, err error) {
					if isPortDelete(info) && err == nil {
						deleted++
					}
				})
				env.SetOnActivityStartedListener(func(info *activity.Info, _ context.Context,
					args converter.EncodedValues) {
					if isPortDelete(info) {
						w.requireFree(t, args)
					}
				})
			}).end()
			require.Equal(t, c.ports, deleted)
		})
	}
}

func isPortDelete(info *activity.Info) bool {
	return info.ActivityType.Name == "RemovePort" || info.ActivityType.Name == "DeletePort"
}

// requireFree fails if the port that an activity is about to delete has a user.
func (w *cloudWorld) requireFree(t *testing.T, args converter.EncodedValues) {
	var port struct {
		In  struct{ ID string }  // to be removed
		Out *struct{ ID string } // to be undone
	}
	if err := args.Get(&port); err != nil {
		t.Error(err)
		return
	}
	id := port.In.ID
	if port.Out != nil {
		id = port.Out.ID
	}
	for _, o := range w.Cloud.Inventory() {
		if o.ID == id && o.Use != "" {
			t.Errorf("port %s is about to be deleted while %s has it", o.Name, o.Use)
		}
	}
}
