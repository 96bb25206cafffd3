package engine

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
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

func TestMissingAttributesAreNamedWithTheirTypes(t *testing.T) {
	err := attributesByHand("prod", searchAttributes(), errors.New("permission denied"))
	require.EqualError(t, err,
		`namespace "prod" lacks search attributes and does not let this worker create them (permission denied): create by hand `+
			"NovaflowKind (Keyword), NovaflowOutcome (Keyword), NovaflowProject (Keyword), NovaflowResources (KeywordList)")
	require.Equal(t, enumspb.INDEXED_VALUE_TYPE_KEYWORD_LIST, searchAttributes()["NovaflowResources"])
}
