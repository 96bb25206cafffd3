package workflows_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/workflow"

	"novaflow/activities/neutron"
	"novaflow/activities/nova"
	"novaflow/saga"
	"novaflow/workflows/server"
)

// serverCreateChanges are changes to ServerCreate as a developer might write them.
var serverCreateChanges = map[string]func(*saga.Flow){
	"a task more at the begin": func(f *saga.Flow) {
		saga.InsertBefore(f, "request", "policy", nova.WaitServerAction, saga.Value(nova.ServerWait{}))
	},
	"a task more at the end": func(f *saga.Flow) {
		active := saga.ResultOf[nova.Server](f, "active")
		saga.InsertAfter(f, "active", "inventory", nova.WaitServerAction, saga.From(active, func(s nova.Server) nova.ServerWait {
			return nova.ServerWait{ID: s.ID}
		}))
	},
	"another activity": func(f *saga.Flow) {
		saga.Replace(f, "floating-ip", saga.Do(anotherFloatingIP).UndoneBy(noFloatingIP))
	},
}

func anotherFloatingIP(context.Context, saga.Intent[neutron.CreateFloatingIPInput]) (neutron.FloatingIP, error) {
	return neutron.FloatingIP{}, nil
}

func noFloatingIP(context.Context, saga.Undo[neutron.CreateFloatingIPInput, neutron.FloatingIP]) error {
	return nil
}

// A check that lets every change pass would be worth nothing: each of these
// fails it, with words that say what to do, and passes behind a gate.
func TestAChangeWithoutAVersionGateIsFound(t *testing.T) {
	history := recorded(t)["server-create-committed"]
	for name, change := range serverCreateChanges {
		t.Run(name, func(t *testing.T) {
			ungated := saga.Customize(server.Create.Kind, func(_ workflow.Context, f *saga.Flow) { change(f) })
			require.ErrorContains(t, goesOn(history, ungated), whatToDo)
			gated := saga.Customize(server.Create.Kind, func(ctx workflow.Context, f *saga.Flow) {
				if workflow.GetVersion(ctx, "test", workflow.DefaultVersion, 1) >= 1 {
					change(f)
				}
			})
			require.NoError(t, goesOn(history, gated))
		})
	}
}
