package spec

import "time"

// StepTimeout is the client.StartWorkflowOptions.WorkflowTaskTimeout of every run. It
// bounds how long the engine waits for the worker that decides what comes next. Deciding
// takes milliseconds, or a fifth of a second if a thousand tasks have to be replayed
// first. But if a worker dies while it decides, the run stands still that long; the
// engine's default is ten seconds. A worker that needs longer loses the step to another
// one, which is harmless.
const StepTimeout = 2 * time.Second
