package main

import "encoding/json"

// reporter puts the result of a committed run into a sentence and into names and
// values.
type reporter func(result json.RawMessage) (headline string, fields [][2]string, err error)

// flow is a flow that commands start.
type flow struct {
	workflow string // under which its workflow is registered
	kind     string // as search attributes and lists have it
	report   reporter
}

// newFlow makes a flow whose result about puts into words.
func newFlow[T any](workflow, kind string, about func(T) (string, [][2]string)) flow {
	return flow{workflow: workflow, kind: kind, report: func(result json.RawMessage) (string, [][2]string, error) {
		var out T
		if err := json.Unmarshal(result, &out); err != nil {
			return "", nil, err
		}
		headline, fields := about(out)
		return headline, fields, nil
	}}
}
