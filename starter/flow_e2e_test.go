//go:build e2e

package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestARunIsDrawnWithTheStatesOfItsTasks(t *testing.T) {
	startTestDev(t)
	novaflow(t, exitFailed, "server create big --image tiny --flavor m1.impossible --network private")
	require.Regexp(t, `port-0<br/>REVERTED.*:::REVERTED`, novaflow(t, exitOK, "run graph big"))
	require.Contains(t, novaflow(t, exitOK, "run graph big --format dot"), `port-0\nREVERTED`)
}
