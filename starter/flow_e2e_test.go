//go:build e2e

package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"novaflow/starter/internal/term"
)

func TestARunIsDrawnWithTheStatesOfItsTasks(t *testing.T) {
	startTestDev(t)
	novaflow(t, term.ExitFailed, "server create big --image tiny --flavor m1.impossible --network private")
	require.Regexp(t, `port-0<br/>REVERTED.*:::REVERTED`, novaflow(t, term.ExitOK, "run graph big"))
	require.Contains(t, novaflow(t, term.ExitOK, "run graph big --format dot"), `port-0\nREVERTED`)
}
