package attributes

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
)

func TestMissingAttributesAreNamedWithTheirTypes(t *testing.T) {
	err := attributesByHand("prod", searchAttributes(), errors.New("permission denied"))
	require.EqualError(t, err,
		`namespace "prod" lacks search attributes and does not let this worker create them (permission denied): create by hand `+
			"NovaflowKind (Keyword), NovaflowOutcome (Keyword), NovaflowProject (Keyword), NovaflowResources (KeywordList)")
	require.Equal(t, enumspb.INDEXED_VALUE_TYPE_KEYWORD_LIST, searchAttributes()["NovaflowResources"])
}
