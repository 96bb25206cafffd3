package saga

import (
	"crypto/sha256"
	"encoding/json"
	"sync"
	"weak"

	"go.temporal.io/sdk/workflow"

	"novaflow/saga/internal/engine"
)

// lastBuilt is the flow that a definition was last built into for a child
// workflow, for as long as a child uses it. A run with many scopes in child
// workflows is one large flow, and every child needs all of it to find its part.
// Nothing changes a flow that is shared: children run copies of parts.
type lastBuilt struct {
	mu    sync.Mutex
	input [sha256.Size]byte
	flow  weak.Pointer[Flow]
}

// makeFor builds the flow for a child workflow, as the worker customizes it.
func (d *Definition[In, Out]) makeFor(ctx workflow.Context, input json.RawMessage) (*Flow, error) {
	if engine.IsCustomized(ctx, d.name) { // it may depend on the versions of this run
		f, err := d.decoded(input)
		if err == nil {
			engine.Customize(ctx, d.name, f)
		}
		return f, err
	}
	d.last.mu.Lock()
	defer d.last.mu.Unlock()
	sum := sha256.Sum256(input)
	if f := d.last.flow.Value(); f != nil && d.last.input == sum {
		return f, nil
	}
	f, err := d.decoded(input)
	if err == nil {
		d.last.input, d.last.flow = sum, weak.Make(f)
	}
	return f, err
}

func (d *Definition[In, Out]) decoded(input json.RawMessage) (*Flow, error) {
	var in In
	if err := json.Unmarshal(input, &in); err != nil {
		return nil, err
	}
	f, _, err := d.make(in)
	return f, err
}
