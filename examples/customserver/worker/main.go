// Command worker serves novaflow's flows with the changes of package
// customserver, in the place of novaflow-worker. The engine comes from the
// TEMPORAL_* environment variables or Temporal's TOML profile.
package main

import (
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
	if err := saga.Check(workflows.Flows()...); err != nil {
		return err
	}
	engine, err := client.Dial(envconfig.MustLoadDefaultClientOptions())
	if err != nil {
		return err
	}
	defer engine.Close()
	w := worker.New(engine, workflows.TaskQueue, worker.Options{
		Interceptors:                 []interceptor.WorkerInterceptor{customserver.Customize(), audit.Archiving()},
		MaxHeartbeatThrottleInterval: activities.HeartbeatThrottle, // another worker is soon here if this one dies
	})
	archive, err := audit.NewArchive(audit.Off) // or where runs that end are to be archived
	if err != nil {
		return err
	}
	archive.Register(w)
	customserver.Register(w, activities.NewClouds(), &customserver.Extra{
		Inventory: customserver.NewMemoryInventory(), MaxVCPUs: 8,
	})
	return w.Run(worker.InterruptCh())
}
