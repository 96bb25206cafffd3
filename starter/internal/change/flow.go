package change

import (
	"encoding/json"

	"novaflow/starter/internal/runs"
)

// Flow is a flow that commands start.
type Flow struct {
	Workflow string // under which its workflow is registered
	Kind     string // as search attributes and lists have it
	Report   runs.Reporter
}

// NewFlow returns a flow whose result about puts into words.
func NewFlow[T any](workflow, kind string, about func(T) (string, [][2]string)) Flow {
	return Flow{Workflow: workflow, Kind: kind, Report: func(result json.RawMessage) (string, [][2]string, error) {
		var out T
		if err := json.Unmarshal(result, &out); err != nil {
			return "", nil, err
		}
		headline, fields := about(out)
		return headline, fields, nil
	}}
}
