package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"novaflow/starter/internal/startertest"
	"novaflow/starter/internal/term"
)

// Such flags were taken and passed over: a server came without its floating IP, a
// request that was to be queued was refused, and the shell got help for a script.
func TestFlagsThatMeanNothingAreRefused(t *testing.T) {
	startertest.Bare(t)
	server := []string{"server", "create", "web-1", "--image", "tiny", "--flavor", "m1.nano", "--network", "private"}
	for _, c := range []struct {
		args []string
		says string
	}{
		{append(server, "--floating-ip", ""), "--floating-ip is empty: give it a value, or leave it out; see `novaflow server create --help`"},
		{append(server, "--user-data="), "--user-data is empty"},
		{append(server, "--queue-timeout", "1m"), "--queue-timeout means nothing without --queue"},
		{append(server, "--ready-timeout", "1m"), "--ready-timeout means nothing without --ready"},
		{[]string{"completion", "klingon"}, `unknown command "klingon" for "novaflow completion"`},
		{[]string{"sever", "create", "web-1", "--image", "tiny"}, `unknown command "sever" for "novaflow": did you mean "server"?`},
		{[]string{"project", "list", "--cloud", "devcloud"}, `unknown command "list" for "novaflow project"`},
		{[]string{"project", "--cloud", "devcloud"}, `unknown flag: --cloud`},
		{[]string{"volume", "delete", "a\xff"}, `"a\xff" is not UTF-8`}, // the engine answered: grpc: error while marshaling
		{[]string{"help", "sever"}, `unknown command "sever" for "novaflow": did you mean "server"?`},
		{[]string{"help", "server", "crate"}, `unknown command "crate" for "novaflow server": did you mean "create"?`},
		{[]string{"help", "server", "create", "web-1"}, `unknown command "web-1" for "novaflow server create"`},
	} {
		_, err := execute(c.args...)
		require.ErrorContains(t, err, c.says)
		require.Equal(t, term.ExitUsage, term.Code(err))
	}
	out, err := execute("help", "server", "create")
	require.NoError(t, err)
	require.Contains(t, out, "novaflow server create")
	require.Contains(t, out, "--help")
	_, err = execute(append(server, "--description", "", "--reason", "")...)
	require.NotContains(t, err.Error(), "is empty")
}
