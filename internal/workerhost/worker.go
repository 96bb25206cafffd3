package workerhost

import (
	"slices"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/worker"

	"novaflow/activities"
	"novaflow/audit"
	"novaflow/saga"
	"novaflow/workflows"
)

const (
	// stickyTimeout is how long the next step of a run waits for the worker that had the
	// last one, before any other worker may take it. That bounds the wait for a dead
	// worker. A worker that is only busy loses the step too, which costs a replay.
	stickyTimeout = 500 * time.Millisecond

	// eagerReservations is the largest number of tasks that start at once without a
	// detour over the engine's queues.
	eagerReservations = 100

	// handoverGrace is the time that a stopping worker gives its activities to finish.
	handoverGrace = 3 * time.Second

	// stopTimeout is the time after which a stopping worker abandons what still runs.
	stopTimeout = 5 * time.Second
)

// Options say what a worker serves.
type Options struct {
	TaskQueue string
	Clouds    *activities.Clouds
	Archive   *audit.Archive // of runs that end; nil drops them
	// Interceptors come before those of novaflow itself.
	Interceptors []interceptor.WorkerInterceptor
	OnFatal      func(error) // called when the worker cannot go on, such as without its namespace; may be nil
}

// New returns a worker that serves every workflow and activity of novaflow on the task
// queue. Start starts it, and Stop hands its work over within 10 seconds.
func New(engine client.Client, o Options) worker.Worker {
	eager := eagerReservations
	autoscaling := worker.NewPollerBehaviorAutoscaling(worker.PollerBehaviorAutoscalingOptions{})
	interceptors := append(slices.Clip(o.Interceptors), &handover{grace: handoverGrace}, audit.Archiving())
	w := worker.New(engine, o.TaskQueue, worker.Options{
		OnFatalError:                                o.OnFatal,
		StickyScheduleToStartTimeout:                stickyTimeout,
		MaxEagerActivityReservationsPerWorkflowTask: &eager,
		MaxHeartbeatThrottleInterval:                activities.HeartbeatThrottle,
		DefaultHeartbeatThrottleInterval:            activities.HeartbeatThrottle,
		WorkerStopTimeout:                           stopTimeout,
		WorkflowTaskPollerBehavior:                  autoscaling,
		ActivityTaskPollerBehavior:                  autoscaling,
		Interceptors:                                interceptors,
	})
	RegisterWorkflows(w)
	activities.Register(w, o.Clouds)
	if o.Archive == nil {
		o.Archive = audit.None()
	}
	o.Archive.Register(w)
	return w
}

// RegisterWorkflows registers the workflows that a worker serves. Replayers of histories
// need the same ones.
func RegisterWorkflows(r worker.WorkflowRegistry) {
	workflows.Register(r)
	saga.RegisterRevert(r, activities.UndoOptions)
}
