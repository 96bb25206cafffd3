package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"novaflow/workflows"
)

func TestParseIngress(t *testing.T) {
	for text, want := range map[string]workflows.Rule{
		"tcp:22":               {Protocol: "tcp", Port: 22},
		"TCP:22:10.0.0.0/8":    {Protocol: "tcp", Port: 22, From: "10.0.0.0/8"},
		"udp:53:2001:db8::/32": {Protocol: "udp", Port: 53, From: "2001:db8::/32"},
		"icmp":                 {Protocol: "icmp"},
		"icmp:10.0.0.0/8":      {Protocol: "icmp", From: "10.0.0.0/8"},
		"icmp::10.0.0.0/8":     {Protocol: "icmp", From: "10.0.0.0/8"},
		"tcp":                  {},
		"tcp:ssh":              {},
	} {
		got, err := parseIngress(text)
		if want == (workflows.Rule{}) {
			require.ErrorContains(t, err, `"`+text+`"`)
			continue
		}
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
}
