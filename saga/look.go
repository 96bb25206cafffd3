package saga

import (
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"novaflow/saga/internal/engine"
)

// ExecuteRead runs a read-only action before there is a flow, for a flow whose tasks
// depend on what it finds. The name is shown as a task's would be. An error
// keeps the type and the message that the activity gave it.
func ExecuteRead[In, Out any](ctx workflow.Context, name string, a Action[In, Out], in In) (Out, error) {
	var out Out
	if problem := a.problem(); problem != "" || a.effect {
		return out, temporal.NewNonRetryableApplicationError(name+": ExecuteRead takes an action of saga.Read",
			ErrTypeInvalidFlow, nil)
	}
	options := workflow.WithActivityOptions(ctx, engine.ActivityOptions(name, name, a.doOpts))
	err := workflow.ExecuteActivity(options, a.do, in).Get(ctx, &out)
	return out, engine.PlainError(err)
}
