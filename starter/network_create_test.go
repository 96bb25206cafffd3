package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"novaflow/workflows/spec"
	"novaflow/workflows/spec/topology"
)

// A network's flags mean what the openstack command's flags of the same names do.
func TestSubnetFlag(t *testing.T) {
	n, err := parseSubnet("10.7.0.0/24,name=a,gateway=10.7.0.254,dns-nameserver=192.0.2.1,dns-nameserver=192.0.2.2,allocation-pool=10.7.0.2-10.7.0.9,no-dhcp,no-router")
	require.NoError(t, err)
	require.Equal(t, topology.SubnetSpec{
		CIDR: "10.7.0.0/24", Name: "a", Gateway: "10.7.0.254", DNS: []string{"192.0.2.1", "192.0.2.2"},
		Pools: []topology.PoolSpec{{Start: "10.7.0.2", End: "10.7.0.9"}}, NoDHCP: true, NoRouter: true,
	}, n)
	n, err = parseSubnet("fd00::/64,ipv6-ra-mode=slaac,ipv6-address-mode=slaac")
	require.NoError(t, err)
	require.Equal(t, topology.SubnetSpec{CIDR: "fd00::/64", IPv6RAMode: "slaac", IPv6AddressMode: "slaac"}, n)
	for text, want := range map[string]string{
		"10.7.0.0/24,gatway=10.7.0.1":           `"gatway=10.7.0.1" means: did you mean gateway?`,
		"10.7.0.0/24,gateway=":                  `"gateway=" means`,
		"10.7.0.0/24,no-dhcp=yes":               `"no-dhcp=yes" means`,
		"10.7.0.0/24,":                          `"" means`,
		"10.7.0.0/24,allocation-pool=10.7.0.10": `"allocation-pool=10.7.0.10" means`,
	} {
		_, err := parseSubnet(text)
		require.ErrorContains(t, err, want)
	}
}

// All mistakes of a command line are told at once.
func TestNetworkFlagsReportEverything(t *testing.T) {
	f := networkFlags{subnets: []string{"10.7.0.0/33", "fd00::/64,x=y"}, ingress: []string{"tcp"}, external: "public", mtu: 7}
	_, err := f.spec(spec.RunOptions{Cloud: "c"}, "a\nb")
	for _, want := range []string{`"10.7.0.0/33" is no range`, `"x=y" means`, `--ingress "tcp"`, "only a new router", "mtu: 7", `name: "a\nb" has a character`} {
		require.ErrorContains(t, err, want)
	}
}
