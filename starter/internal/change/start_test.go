package change

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"novaflow/starter/internal/term"
)

// Details were cut within a character: the engine refuses such a text, so a
// long request in another script than Latin could not be started at all.
func TestTextsForTheEngineAreCutBetweenCharacters(t *testing.T) {
	for lead := range 4 {
		text := strings.Repeat("a", lead) + strings.Repeat("漢", 10_000)
		for _, cut := range []string{term.ClipDetails(text), term.ClipBytes(text, summaryLimit)} {
			require.True(t, utf8.ValidString(cut))
		}
		require.LessOrEqual(t, len(term.ClipDetails(text)), 10_000)
	}
}
