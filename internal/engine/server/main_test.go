package main

import (
	"io"
	"strings"
	"testing"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/server/common/dynamicconfig"
)

// These are the arguments of testsuite.StartDevServer in the SDK. If the engine refuses
// one of them, each test of a user fails.
func TestOptionsTakeWhatTheSDKPasses(t *testing.T) {
	args := "--ip localhost --port 7000 --namespace mine --dynamic-config-value frontend.enableServerVersionCheck=false" +
		" --log-level error --log-format pretty --headless --db-filename x.db --ui-port 8000 --search-attribute Owner=Keyword"
	o, err := parseOptions(strings.Fields(args), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if o.ip != loopback || o.port != 7000 || o.uiPort != 8000 || o.dbFile != "x.db" || !o.headless || o.namespaces[0] != "mine" {
		t.Errorf("got %+v", o)
	}
	if o.attributes["Owner"] != enumspb.INDEXED_VALUE_TYPE_KEYWORD {
		t.Errorf("search attributes: %v", o.attributes)
	}
}

func TestOptionsDefaultToTheLoopback(t *testing.T) {
	o, err := parseOptions(nil, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if o.ip != loopback || o.uiIP != loopback || o.uiPort != 8233 || o.namespaces[0] != "default" {
		t.Errorf("got %+v", o)
	}
}

func TestOptionsRefuseWhatCannotWork(t *testing.T) {
	for _, args := range []string{
		"--ip nowhere", "more", "--search-attribute Owner=Word", "--search-attribute Owner",
		"--sqlite-pragma cache=1", "--sqlite-pragma journal_mode",
	} {
		if _, err := parseOptions(strings.Fields(args), io.Discard); err == nil {
			t.Errorf("%s: taken", args)
		}
	}
}

// A key that the server does not know, or a value of the wrong type, is only a
// warning at run time, and the tuning would be lost without a word.
func TestTunedConfigurationIsKnownToTheServer(t *testing.T) {
	var warnings strings.Builder
	client, err := dynamicConfig(nil, &warnings)
	if err != nil {
		t.Fatal(err)
	}
	if len(client) == 0 || warnings.Len() > 0 {
		t.Errorf("%d keys; %s", len(client), warnings.String())
	}
}

func TestOverrideWinsOverTheTuning(t *testing.T) {
	client, err := dynamicConfig([]string{`history.timerProcessorMaxTimeShift="100ms"`}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if got := client.GetValue(dynamicconfig.MakeKey("history.timerProcessorMaxTimeShift")); len(got) != 1 || got[0].Value != "100ms" {
		t.Errorf("got %v", got)
	}
	if _, err := dynamicConfig([]string{"no value"}, io.Discard); err == nil {
		t.Error("an override without a value is taken")
	}
}

// With mode=rwc and a misspelt pragma SQLite is slow or not durable and says nothing.
func TestFileIsDurableAndFastUnlessAskedOtherwise(t *testing.T) {
	o, err := parseOptions(strings.Fields("--db-filename x.db --sqlite-pragma synchronous=1"), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	got := databaseConfig(o).ConnectAttributes
	if got["journal_mode"] != "wal" || got["synchronous"] != "1" || got["mode"] != "rwc" {
		t.Errorf("got %v", got)
	}
}
