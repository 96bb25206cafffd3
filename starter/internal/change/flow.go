package change

import (
	"encoding/json"

	"novaflow/starter/internal/runs"
	"novaflow/workflows/spec"
)

// Flow is a flow as the command has it: what starts it, and how its result is reported.
type Flow struct {
	Workflow string // under which its workflow is registered
	Kind     string // as search attributes and lists have it
	Report   runs.Reporter
}

// NewFlow takes a flow whole. about puts its result into a headline and fields.
func NewFlow[S spec.Spec, Out any](flow spec.FlowOf[S, Out], about func(Out) (string, [][2]string)) Flow {
	report := func(result json.RawMessage) (string, [][2]string, error) {
		var out Out
		if err := json.Unmarshal(result, &out); err != nil {
			return "", nil, err
		}
		headline, fields := about(out)
		return headline, fields, nil
	}
	return Flow{Workflow: flow.WorkflowName(), Kind: flow.FlowKind(), Report: report}
}
