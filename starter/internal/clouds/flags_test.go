package clouds

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"novaflow/starter/internal/startertest"
	"novaflow/starter/internal/term"
)

// A broken clouds.yaml must not be taken for a missing one: the command would
// go on with another cloud.
func TestChoiceOfTheCloud(t *testing.T) {
	startertest.Bare(t)
	write := func(path, text string) {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	}
	choose := func(want string) {
		t.Helper()
		got, err := (&Flags{}).Choose()
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	fails := func(want string) {
		t.Helper()
		_, err := (&Flags{}).Choose()
		require.ErrorContains(t, err, want)
		require.Equal(t, term.ExitUsage, term.Code(err))
	}
	fails("novaflow dev")
	write(DevCloudsFile(DevHome()), "clouds: {devcloud: {}}\n")
	choose("devcloud")
	write("clouds.yaml", "clouds: [not a map\n")
	fails("clouds.yaml cannot be read")
	write("clouds.yaml", "clouds: {one: {}}\n")
	choose("one")
	write("clouds.yaml", "clouds: {one: {}, two: {}}\n")
	fails("one, two")
	t.Setenv("OS_CLOUD", "two")
	choose("two")
}
