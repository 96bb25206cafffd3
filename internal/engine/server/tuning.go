package main

import (
	_ "embed"
	"fmt"
	"io"
	"strings"

	"go.temporal.io/server/common/dynamicconfig"
)

//go:embed dynamicconfig.yaml
var tunedConfig []byte

// tunedPragmas make commits on a file two to three times cheaper and keep them durable:
// synchronous=2 is FULL, so each commit is on disk when it is answered.
var tunedPragmas = map[string]string{"journal_mode": "wal", "synchronous": "2"}

// dynamicConfig returns the tuned configuration with the overrides on top, each of them
// "key=value" with the value in JSON. It writes a warning for a key or value that the
// server does not know, and keeps it, as the temporal CLI does.
func dynamicConfig(overrides []string, warn io.Writer) (dynamicconfig.StaticClient, error) {
	loader := dynamicconfig.LoadYamlFile(tunedConfig)
	for _, o := range overrides {
		key, value, found := strings.Cut(o, "=")
		if !found {
			return nil, fmt.Errorf("--dynamic-config-value %q: want KEY=JSON", o)
		}
		loader.LoadValue(dynamicconfig.MakeKey(key), fmt.Appendf(nil, "[{value: %s}]", value))
	}
	if err := loader.Err(); err != nil {
		return nil, fmt.Errorf("dynamic configuration: %w", err)
	}
	for _, w := range loader.Warnings {
		fmt.Fprintln(warn, "dynamic configuration:", w)
	}
	client := dynamicconfig.StaticClient{}
	for key, values := range loader.Map {
		client[key] = values
	}
	return client, nil
}
