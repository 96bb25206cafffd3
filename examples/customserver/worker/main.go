// Command worker serves novaflow's flows with the changes of package customserver,
// instead of novaflow-worker. It finds the engine in the TEMPORAL_* environment
// variables or in Temporal's TOML profile.
package main

import (
	"cmp"
	"context"
	"log"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/envconfig"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/worker"

	"example.com/flows/customserver"
	"novaflow/activities"
	"novaflow/audit"
	"novaflow/saga"
	"novaflow/workflows"
)

func main() {
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	changes := []interceptor.WorkerInterceptor{customserver.Customize(), audit.Archiving()}
	if err := saga.CheckCustomized(changes, workflows.Flows()...); err != nil {
		return err
	}
	options := envconfig.MustLoadDefaultClientOptions()
	engine, err := client.Dial(options)
	if err != nil {
		return err
	}
	defer engine.Close()
	namespace := cmp.Or(options.Namespace, client.DefaultNamespace)
	if err := saga.EnsureSearchAttributes(context.Background(), engine, namespace); err != nil {
		return err
	}
	w := worker.New(engine, workflows.TaskQueue, worker.Options{
		Interceptors: changes,
		// So that another worker takes over soon if this one dies.
		MaxHeartbeatThrottleInterval: activities.HeartbeatThrottle,
	})
	archive, err := audit.NewArchive(audit.Off) // or the place where runs that end are archived
	if err != nil {
		return err
	}
	archive.Register(w)
	customserver.Register(w, activities.NewClouds(), &customserver.Extra{
		Inventory: customserver.NewMemoryInventory(), MaxVCPUs: 8,
	})
	return w.Run(worker.InterruptCh())
}
