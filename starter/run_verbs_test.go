package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"novaflow/starter/internal/startertest"
	"novaflow/starter/internal/term"
)

func TestVerbsThatLackWhatTheyNeedExitWith2(t *testing.T) {
	startertest.Bare(t)
	for line, want := range map[string]string{
		"run pause":                              "accepts 1 arg(s)",
		"run pause web-1 extra":                  "accepts 1 arg(s)",
		"run skip web-1":                         "accepts 2 arg(s)",
		"run skip web-1 port-0":                  "--reason is missing",
		"run abandon web-1":                      "--reason is missing",
		"run skip web-1 a --reason b --result {": "is no JSON",
		"run on-failure web-1 maybe":             "is not revert, hold or keep",
		"run revert":                             "accepts 1 arg(s)",
		"run ledger web-1 -o xml":                "want table, json or yaml",
		"server create web-1 --cloud c --image i --flavor f --network n --on-failure maybe": "is not revert, hold or keep",
	} {
		t.Run(line, func(t *testing.T) {
			_, err := execute(strings.Fields(line)...)
			require.ErrorContains(t, err, want)
			require.Equal(t, term.ExitUsage, term.Code(err))
		})
	}
}
