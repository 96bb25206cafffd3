package engine

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// The arguments for a temporal CLI and the file for our engine and for
// docker-compose.yml would drift apart without anybody noticing.
func TestArgumentsAndFileTuneTheSame(t *testing.T) {
	text, err := os.ReadFile("server/dynamicconfig.yaml")
	require.NoError(t, err)
	var file map[string][]struct{ Value any }
	require.NoError(t, yaml.Unmarshal(text, &file))
	fromFile, fromArguments := map[string]any{}, map[string]any{}
	for key, values := range file {
		require.Len(t, values, 1, key)
		fromFile[key] = values[0].Value
	}
	for _, c := range dynamicConfig {
		var value any
		require.NoError(t, json.Unmarshal([]byte(c[1]), &value), c[0])
		if number, ok := value.(float64); ok {
			value = int(number)
		}
		fromArguments[c[0]] = value
	}
	require.Equal(t, fromFile, fromArguments)
}
