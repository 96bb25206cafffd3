package main

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/converter"

	"novaflow/saga"
)

// Whoever waits for an image of 40 GB wants to know how far it is.
func TestWhatAnActivityReportsIsToldInWords(t *testing.T) {
	for want, said := range map[string]any{
		"volume web-1: creating, 3 s": "volume web-1: creating, 3 s",
		"42 % uploaded 16 of 40 GB":   saga.Progress{Percent: 42, Message: "uploaded 16 of 40 GB"},
		`{"part":7}`:                  map[string]int{"part": 7},
	} {
		details, err := converter.GetDefaultDataConverter().ToPayloads(said)
		require.NoError(t, err)
		require.Equal(t, want, reportText(details))
	}
}
