package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"novaflow/workflows"
)

func TestParseNetwork(t *testing.T) {
	for text, want := range map[string]workflows.PortSpec{
		"private":              {Network: "private"},
		"private,ip=10.0.0.5":  {Network: "private", FixedIP: "10.0.0.5"},
		"private,ip=fd00::1":   {Network: "private", FixedIP: "fd00::1"},
		"private,ip=10.0.0":    {},
		"private,addr=1.2.3.4": {},
		"private,ip=":          {},
	} {
		got, err := parseNetwork(text)
		check(t, text, want, got, err)
	}
}

func TestParseVolume(t *testing.T) {
	for text, want := range map[string]workflows.VolumeSpec{
		"10": {Size: 10}, "10,type=ssd": {Size: 10, Type: "ssd"}, "ten": {}, "-1": {}, "0": {}, "10,ssd": {}, "": {},
	} {
		got, err := parseVolume(text)
		check(t, text, want, got, err)
	}
}

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
		check(t, text, want, got, err)
	}
}

// check expects an error that names the text where want is zero.
func check[T comparable](t *testing.T, text string, want, got T, err error) {
	t.Helper()
	var zero T
	if want == zero {
		require.ErrorContains(t, err, `"`+text+`"`)
		return
	}
	require.NoError(t, err, text)
	require.Equal(t, want, got, text)
}

// All that is wrong with a request must be said at once, not one thing a try.
func TestAllMistakesOfARequestAreReportedTogether(t *testing.T) {
	_, err := (&specFlags{networks: []string{"private,ip=x"}, volumes: []string{"big"}, ingress: []string{"tcp"}}).spec(workflows.RunOptions{Cloud: "c"}, "web-1")
	require.Len(t, strings.Split(err.Error(), "\n"), 5, "the three, no image and no flavor, and none twice:\n%v", err)
	require.ErrorContains(t, err, "image: missing")
	_, err = (&specFlags{bootVolume: -1}).spec(workflows.RunOptions{Cloud: "c"}, "web-1")
	for _, word := range []string{"image", "flavor", "network", "boot volume"} {
		require.ErrorContains(t, err, word)
	}
}
