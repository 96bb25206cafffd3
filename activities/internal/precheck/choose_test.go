package precheck

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Ports need no name: 'name one of ""' was what people were told to type.
func TestThingsWithoutANameAreSuggestedByTheirID(t *testing.T) {
	type thing struct{ id, name string }
	known := NamesOf([]thing{{"p1", ""}, {"p2", "web"}}, func(v thing) (string, string) { return v.id, v.name })
	require.Equal(t, `: name one of "p1", "web"`, Advise("nothing-like-it", known))
}
