package change

import (
	"testing"

	"github.com/stretchr/testify/require"

	"novaflow/workflows/spec"
	"novaflow/workflows/spec/topology"
)

func TestParseIngress(t *testing.T) {
	for text, want := range map[string]spec.Rule{
		"tcp:22":               {Protocol: "tcp", Port: 22},
		"TCP:22:10.0.0.0/8":    {Protocol: "tcp", Port: 22, From: "10.0.0.0/8"},
		"udp:53:2001:db8::/32": {Protocol: "udp", Port: 53, From: "2001:db8::/32"},
		"icmp":                 {Protocol: "icmp"},
		"icmp:10.0.0.0/8":      {Protocol: "icmp", From: "10.0.0.0/8"},
		"icmp::10.0.0.0/8":     {Protocol: "icmp", From: "10.0.0.0/8"},
		"tcp":                  {},
		"tcp:ssh":              {},
	} {
		got, err := ParseIngress(text)
		if want == (spec.Rule{}) {
			require.ErrorContains(t, err, `"`+text+`"`)
			continue
		}
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
}

// A network's flags mean what the openstack command's flags of the same names do.
func TestSubnetFlag(t *testing.T) {
	n, err := ParseSubnet("10.7.0.0/24,name=a,gateway=10.7.0.254,dns-nameserver=192.0.2.1,dns-nameserver=192.0.2.2,allocation-pool=10.7.0.2-10.7.0.9,no-dhcp,no-router")
	require.NoError(t, err)
	require.Equal(t, topology.SubnetSpec{
		CIDR: "10.7.0.0/24", Name: "a", Gateway: "10.7.0.254", DNS: []string{"192.0.2.1", "192.0.2.2"},
		Pools: []topology.PoolSpec{{Start: "10.7.0.2", End: "10.7.0.9"}}, NoDHCP: true, NoRouter: true,
	}, n)
	n, err = ParseSubnet("fd00::/64,ipv6-ra-mode=slaac,ipv6-address-mode=slaac")
	require.NoError(t, err)
	require.Equal(t, topology.SubnetSpec{CIDR: "fd00::/64", IPv6RAMode: "slaac", IPv6AddressMode: "slaac"}, n)
	for text, want := range map[string]string{
		"10.7.0.0/24,gatway=10.7.0.1":           `cannot read "gatway=10.7.0.1": did you mean gateway?`,
		"10.7.0.0/24,gateway=":                  `cannot read "gateway="`,
		"10.7.0.0/24,no-dhcp=yes":               `cannot read "no-dhcp=yes"`,
		"10.7.0.0/24,":                          `cannot read ""`,
		"10.7.0.0/24,allocation-pool=10.7.0.10": `cannot read "allocation-pool=10.7.0.10"`,
	} {
		_, err := ParseSubnet(text)
		require.ErrorContains(t, err, want)
	}
}
