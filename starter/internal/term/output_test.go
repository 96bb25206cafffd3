package term

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// The bug: with a DEL in a reason or in a text of the cloud, each look at the run ended
// in "yaml: control characters are not allowed".
func TestYAMLTakesEveryText(t *testing.T) {
	for _, text := range []string{"a\x7fb", "a\u0085b\u009fb", "a\ufffeb\uffffb", "a\x00\x1b[31mb", "a\u2028b\ufeffb", "服务器 \U0001F642"} {
		var out strings.Builder
		require.NoError(t, PrintDocument(&out, AsYAML, map[string]string{"reason": text}), "%q", text)
		var read map[string]string
		require.NoError(t, yaml.Unmarshal([]byte(out.String()), &read))
		require.Equal(t, text, read["reason"])
	}
}

// The bug: a reason or a name could clear the screen of the user who looked at the run.
func TestWhatOthersWroteIsNotObeyedByATerminal(t *testing.T) {
	var out strings.Builder
	require.NoError(t, PrintTable(&out, [][]string{{"NAME"}, {"web\x1b[2J"}}))
	require.NoError(t, PrintFields(&out, [][2]string{{"reason", "a\x1b[2J\u009b31m\nb"}}))
	require.Equal(t, "NAME\nweb\uFFFD[2J\n  reason  a\uFFFD[2J\uFFFD31m\nb\n", out.String())
}
