package spec_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"novaflow/workflows/spec"
)

func TestARuleReadsAsItIsWritten(t *testing.T) {
	require.Equal(t, "tcp:22", spec.Rule{Protocol: "tcp", Port: 22}.String())
	require.Equal(t, "udp:53:10.0.0.0/8", spec.Rule{Protocol: "udp", Port: 53, From: "10.0.0.0/8"}.String())
	require.Equal(t, "icmp", spec.Rule{Protocol: "icmp"}.String())
}

// A number in a request file would be nanoseconds, which nobody means.
func TestADurationHasAUnit(t *testing.T) {
	var d spec.Duration
	require.NoError(t, json.Unmarshal([]byte(`"90s"`), &d))
	require.Equal(t, spec.Duration(90*time.Second), d)
	require.EqualError(t, json.Unmarshal([]byte(`90`), &d), `"90" is no duration such as 90s, 10m or 1h30m`)
}
