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
	// stickyTimeout is how long the next step of a run waits for a worker that
	// died before any other worker may take it. A worker that is merely busy loses
	// it too, which costs the other one a replay.
	stickyTimeout = 500 * time.Millisecond

	// eagerReservations is the widest layer of tasks that starts without a
	// detour over the engine's queues.
	eagerReservations = 100

	// handoverGrace is what a stopping worker leaves its activities to finish.
	handoverGrace = 3 * time.Second

	// stopTimeout is when a stopping worker leaves behind whatever still runs.
	stopTimeout = 5 * time.Second
)

// Options say what a worker serves.
type Options struct {
	TaskQueue string
	Clouds    *activities.Clouds
	Archive   *audit.Archive // of runs that end; nil drops them
	// Interceptors come before those of novaflow itself.
	Interceptors []interceptor.WorkerInterceptor
	OnFatal      func(error) // told when the worker cannot go on, such as when its namespace is gone; may be nil
}

// New makes a worker that serves every workflow and activity of novaflow on the
// task queue. Start it with Start; Stop hands its work over within 10 seconds.
func New(engine client.Client, o Options) worker.Worker {
	eager := eagerReservations
	w := worker.New(engine, o.TaskQueue, worker.Options{
		OnFatalError:                                o.OnFatal,
		StickyScheduleToStartTimeout:                stickyTimeout,
		MaxEagerActivityReservationsPerWorkflowTask: &eager,
		MaxHeartbeatThrottleInterval:                activities.HeartbeatThrottle,
		DefaultHeartbeatThrottleInterval:            activities.HeartbeatThrottle,
		WorkerStopTimeout:                           stopTimeout,
		WorkflowTaskPollerBehavior:                  worker.NewPollerBehaviorAutoscaling(worker.PollerBehaviorAutoscalingOptions{}),
		ActivityTaskPollerBehavior:                  worker.NewPollerBehaviorAutoscaling(worker.PollerBehaviorAutoscalingOptions{}),
		Interceptors:                                append(slices.Clip(o.Interceptors), &handover{grace: handoverGrace}, audit.Archiving()),
	})
	register(w)
	activities.Register(w, o.Clouds)
	if o.Archive == nil {
		o.Archive = audit.None()
	}
	o.Archive.Register(w)
	return w
}

// register registers the workflows that a worker serves.
func register(r worker.WorkflowRegistry) {
	workflows.Register(r)
	saga.RegisterRevert(r, activities.UndoOptions)
}

// NewReplayer plays histories back as a worker does that takes their runs over.
// The interceptors come before those of novaflow itself.
func NewReplayer(interceptors ...interceptor.WorkerInterceptor) (worker.WorkflowReplayer, error) {
	r, err := worker.NewWorkflowReplayerWithOptions(worker.WorkflowReplayerOptions{
		Interceptors: append(slices.Clip(interceptors), audit.Archiving()),
	})
	if err != nil {
		return nil, err
	}
	register(r)
	return r, nil
}
