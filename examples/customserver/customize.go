package customserver

import (
	"context"
	"fmt"
	"time"

	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"novaflow/activities"
	"novaflow/activities/nova"
	"novaflow/activities/nova/plan"
	"novaflow/saga"
	"novaflow/workflows"
	"novaflow/workflows/server"
)

// Inventory is a service of the user that knows all servers. An entry carries the
// mark of the task that created it.
type Inventory interface {
	// Put makes sure that there is one entry with the mark.
	Put(ctx context.Context, mark saga.Mark, serverID, name string) error
	// Drop makes sure that there is none.
	Drop(ctx context.Context, mark saga.Mark) error
}

// Extra has the activities that this package adds.
type Extra struct {
	Inventory Inventory
	MaxVCPUs  int // of a server
}

// Record is the input of RecordServer.
type Record struct {
	ServerID string `json:"serverId"`
	Name     string `json:"name"`
}

// Done is the result of activities that return no data.
type Done struct{}

// RecordServer writes a server into the inventory.
func (x *Extra) RecordServer(ctx context.Context, i saga.Intent[Record]) (Done, error) {
	return Done{}, x.Inventory.Put(ctx, i.Mark, i.In.ServerID, i.In.Name)
}

// ForgetServer deletes the entry again.
func (x *Extra) ForgetServer(ctx context.Context, u saga.Undo[Record, Done]) error {
	return x.Inventory.Drop(ctx, u.Mark)
}

// CheckPolicy refuses flavors that are too large.
func (x *Extra) CheckPolicy(_ context.Context, found plan.ServerPlan) (Done, error) {
	if found.VCPUs > x.MaxVCPUs {
		text := fmt.Sprintf("flavor %s has %d VCPUs, and the policy allows %d: use a smaller one",
			found.FlavorName, found.VCPUs, x.MaxVCPUs)
		return Done{}, temporal.NewNonRetryableApplicationError(text, "Policy", nil)
	}
	return Done{}, nil
}

var (
	extra        *Extra
	recordServer = saga.Do(extra.RecordServer).UndoneBy(extra.ForgetServer)
	checkPolicy  = saga.Read(extra.CheckPolicy)
	waitLonger   = nova.WaitServerAction.With(
		saga.Options{Timeout: time.Hour, HeartbeatTimeout: activities.HeartbeatTimeout})
)

// Customize returns the change. Put it into worker.Options.Interceptors.
func Customize() interceptor.WorkerInterceptor {
	return saga.Customize(server.Create.Kind, func(_ workflow.Context, f *saga.Flow) {
		found := saga.ResultOf[plan.ServerPlan](f, "request")
		saga.InsertAfter(f, "request", "policy", checkPolicy, found)

		saga.Replace(f, "active", waitLonger)

		active := saga.ResultOf[nova.Server](f, "active")
		saga.InsertAfter(f, "active", "inventory", recordServer, saga.From(active, func(s nova.Server) Record {
			return Record{ServerID: s.ID, Name: s.Name}
		}))
	})
}

// Register registers everything with a worker that has the interceptor.
func Register(r worker.Registry, clouds *activities.Clouds, x *Extra) {
	workflows.Register(r)
	saga.RegisterRevert(r, activities.UndoOptions)
	activities.Register(r, clouds)
	r.RegisterActivity(x)
}
