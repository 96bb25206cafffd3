package spec

import (
	"time"
)

// StepTimeout is the client.StartWorkflowOptions.WorkflowTaskTimeout of every
// run: how long the engine waits for the worker that it told to decide what comes
// next. Deciding takes milliseconds, and a fifth of a second where a thousand
// tasks have to be played back first; but when a worker dies in the middle of it,
// the run stands still for so long. The engine's default is ten seconds. A worker
// that needs longer loses the step to another one, which is harmless.
const StepTimeout = 2 * time.Second
