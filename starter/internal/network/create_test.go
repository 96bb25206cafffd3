package network

import (
	"testing"

	"github.com/stretchr/testify/require"

	"novaflow/workflows/spec"
)

// All mistakes of a command line are told at once.
func TestNetworkFlagsReportEverything(t *testing.T) {
	f := createFlags{subnets: []string{"10.7.0.0/33", "fd00::/64,x=y"}, ingress: []string{"tcp"}, external: "public",
		mtu: 7}
	_, err := f.request(spec.RunOptions{Cloud: "c"}, "a\nb")
	for _, want := range []string{`"10.7.0.0/33" is no range`, `cannot read "x=y"`, `--ingress "tcp"`,
		"only a new router", "mtu: 7", `name: "a\nb" has a character`} {
		require.ErrorContains(t, err, want)
	}
}
