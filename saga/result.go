package saga

import (
	"bytes"
	"encoding/json"

	"go.temporal.io/sdk/workflow"

	"novaflow/saga/internal/graph"
)

// encodeResult waits for an activity and keeps its result as JSON.
func encodeResult[Out any](ctx workflow.Context, f workflow.Future) ([]byte, error) {
	var out Out
	if err := f.Get(ctx, &out); err != nil {
		return nil, err
	}
	return json.Marshal(out)
}

// decodesAs reports whether a result that an operator gives has the type that the task
// would have returned.
func decodesAs[Out any](result []byte) error {
	var out Out
	d := json.NewDecoder(bytes.NewReader(result))
	d.DisallowUnknownFields()
	return d.Decode(&out)
}

// factsOf reads what the result of an effect says beside its data.
func factsOf[Out any](result []byte) (f graph.Facts) {
	var out Out
	if len(result) == 0 || json.Unmarshal(result, &out) != nil {
		return graph.Facts{}
	}
	if one, ok := any(out).(Identified); ok && one.ResourceID() != "" {
		f.Resources = append(f.Resources, one.ResourceID())
	}
	if several, ok := any(out).(Related); ok {
		f.Resources = append(f.Resources, several.ResourceIDs()...)
	}
	if answered, ok := any(out).(Requested); ok {
		f.RequestID = answered.RequestID()
	}
	return f
}

// Identified is implemented by results that stand for a resource with an id. The
// ids of a run's results can be searched for with AttributeResources.
type Identified interface{ ResourceID() string }

// Related is implemented by results that stand for a relation between resources, such as
// the attachment of one to another. It gives the ids of these resources.
type Related interface{ ResourceIDs() []string }

// Requested is implemented by results that say under which id the outside world knows the
// request that had the effect. The id helps a reader of the logs of the outside world.
type Requested interface{ RequestID() string }
