package cloud

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSuggestIsNotFarFetched(t *testing.T) {
	for _, c := range []struct{ name, known, want string }{
		{"privat", "private", `; did you mean "private"?`},
		{"pirvate", "private", ""},
		{"m1.smal", "m1.small", `; did you mean "m1.small"?`},
		{"Tiny", "tiny", `; did you mean "tiny"?`},
		{"banana", "m1.small", ""},
	} {
		require.Equal(t, c.want, Suggest(c.name, []string{c.known}), c.name)
	}
}
