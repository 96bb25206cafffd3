package config

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/contrib/envconfig"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

type vars map[string]string

func (v vars) Environ() []string { return nil }

func (v vars) LookupEnv(key string) (string, bool) { s, ok := v[key]; return s, ok }

func env(t *testing.T, pairs ...string) envconfig.EnvLookup {
	t.Helper()
	v := vars{"TEMPORAL_CONFIG_FILE": filepath.Join(t.TempDir(), "none.toml")}
	for i := 0; i < len(pairs); i += 2 {
		v[pairs[i]] = pairs[i+1]
	}
	return v
}

func TestFlagsWinOverEnvironmentOverProfileOverDefaults(t *testing.T) {
	file := filepath.Join(t.TempDir(), "temporal.toml")
	require.NoError(t, os.WriteFile(file, []byte("[profile.default]\naddress = \"profile:1\"\nnamespace = "+
		"\"of-profile\"\n"), 0o600))
	for name, c := range map[string]struct {
		given              Connection
		address, namespace string
	}{
		"nothing": {Connection{Env: env(t)}, DefaultAddress, DefaultNamespace},
		"profile": {Connection{Env: env(t, "TEMPORAL_CONFIG_FILE", file)}, "profile:1", "of-profile"},
		"environment": {Connection{Env: env(t, "TEMPORAL_CONFIG_FILE", file, "TEMPORAL_ADDRESS", "env:2")}, "env:2",
			"of-profile"},
		"flags": {Connection{Address: "flag:3", Namespace: "n",
			Env: env(t, "TEMPORAL_CONFIG_FILE", file, "TEMPORAL_ADDRESS", "env:2")}, "flag:3", "n"},
	} {
		options, err := c.given.Options()
		require.NoError(t, err, name)
		require.Equal(t, c.address, options.HostPort, name)
		require.Equal(t, c.namespace, options.Namespace, name)
		require.Nil(t, options.ConnectionOptions.TLS, name)
	}
}

func TestAnyTLSFlagTurnsTLSOn(t *testing.T) {
	for _, c := range []Connection{{TLS: true}, {TLSServerName: "engine.example"}, {APIKey: "key"}} {
		c.Env = env(t)
		options, err := c.Options()
		require.NoError(t, err)
		require.NotNil(t, options.ConnectionOptions.TLS)
	}
	_, err := Connection{TLSCert: "only-the-certificate.pem", Env: env(t)}.Options()
	require.ErrorContains(t, err, "key")
}

func TestUnknownProfileIsNamed(t *testing.T) {
	_, err := Connection{Profile: "nowhere", Env: env(t)}.Options()
	require.ErrorContains(t, err, "nowhere")
}

func TestAddressMustHaveHostAndPort(t *testing.T) {
	for address, good := range map[string]bool{
		"127.0.0.1:7233": true, "[::1]:7233": true, "dns:///engine:7233": true, "engine": false, ":7233": false,
		"engine:": false,
	} {
		_, err := Connection{Address: address, Env: env(t)}.Options()
		require.Equal(t, good, err == nil, address)
	}
}

// An engine that is not there must be named at once, with what to do about it.
func TestUnreachableEngineIsNamed(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := closed.Addr().String()
	require.NoError(t, closed.Close())

	_, err = Connection{Address: address, Env: env(t)}.Dial(context.Background(), nil)
	var unreachable *Unreachable
	require.ErrorAs(t, err, &unreachable)
	require.Regexp(t, "^cannot reach the engine at "+address+": .*refused.*; start one with `novaflow dev`, or give "+
		"--address$", err.Error())
}

func TestLoggingRefusesWhatItDoesNotKnow(t *testing.T) {
	for _, l := range []Logging{{Level: "loud", Format: "json"}, {Level: "info", Format: "xml"}} {
		_, err := l.Logger()
		require.ErrorContains(t, err, "want")
	}
	_, err := Logging{Level: "info", Format: "console"}.Logger()
	require.NoError(t, err)
}

func TestEngineLoggerKeepsKeysGivenWithWith(t *testing.T) {
	core, seen := observer.New(zap.InfoLevel)
	logger := ForEngine(zap.New(core)).(sdkLogger)
	logger.With("run", "r1").Info("done", "task", "port")
	logger.Debug("not this one")
	require.Equal(t, 1, seen.Len())
	require.Equal(t, map[string]any{"run": "r1", "task": "port"}, seen.All()[0].ContextMap())
}
