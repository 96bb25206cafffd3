// Command worker serves check-ins at a house that lasts as long as the process. It
// finds the engine in the TEMPORAL_* environment variables or in Temporal's TOML
// profile, as the temporal CLI does.
package main

import (
	"cmp"
	"context"
	"log"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/envconfig"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/worker"

	"example.com/flows/guestbook"
	"novaflow/saga"
)

func main() {
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	if err := saga.Check(guestbook.Flows()...); err != nil {
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
	w := worker.New(engine, "guestbook", worker.Options{
		Interceptors: []interceptor.WorkerInterceptor{saga.Listen(printEvent)},
	})
	guestbook.Register(w, &guestbook.Staff{House: guestbook.NewHouse("1")}) // the lock of room 1 is broken
	return w.Run(worker.InterruptCh())
}

// printEvent prints a transition of a run or a task.
func printEvent(e saga.Event) {
	log.Printf("%s %s: %s to %s %s", e.Workflow, e.Task, e.From, e.To, e.Text)
}
