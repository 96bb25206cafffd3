package engine

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// The engine terminates a run whose ids do not fit into the search attribute: a run of
// sixty servers would end so at its last step.
func TestNoMoreIDsAreSearchableThanTheEngineTakes(t *testing.T) {
	var ids []string
	for range 200 {
		ids = append(ids, uuid.NewString())
	}
	n := countFitting(ids, attributeLimit)
	require.Equal(t, (attributeLimit-len("[]")+len(","))/len(`"01234567-0123-0123-0123-0123456789ab",`), n)
	text, err := json.Marshal(ids[:n])
	require.NoError(t, err)
	require.LessOrEqual(t, len(text), attributeLimit)
	text, err = json.Marshal(ids[:n+1])
	require.NoError(t, err)
	require.Greater(t, len(text), attributeLimit)
	require.Equal(t, 20, countFitting(ids[:20], attributeLimit), "few are all there")
	require.Zero(t, countFitting([]string{strings.Repeat("x", attributeLimit)}, attributeLimit))
}
