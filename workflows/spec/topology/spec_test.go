package topology_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"novaflow/workflows/spec"
	"novaflow/workflows/spec/topology"
)

// A request with many mistakes must not take as many tries to get right, and none
// of them may be found only when half of the network exists.
func TestAllProblemsOfANetworkAreReportedTogether(t *testing.T) {
	err := topology.Spec{
		Name: " app\n", MTU: 1200, Router: "r", NewRouter: true, NoPortSecurity: true,
		Subnets: []topology.SubnetSpec{
			{CIDR: "10.0.0.1/24", Gateway: "10.0.1.1",
				Pools: []topology.PoolSpec{{Start: "10.0.0.9", End: "10.0.0.2"}, {Start: "10.0.0.2", End: "10.0.1.2"}}},
			{CIDR: "10.0.0.128/25", Name: " app\n-0", DNS: []string{"ns", "192.0.2.1", "192.0.2.1"},
				IPv6RAMode: "slaac"},
			{CIDR: "fd00::/60", IPv6RAMode: "slaac", IPv6AddressMode: "dhcpv6-stateful"},
			{CIDR: "fd00:1::/64", IPv6AddressMode: "slac", NoDHCP: true},
			{CIDR: "10.2.0.0/31"},
			{CIDR: "10.3.0.0/24", Gateway: "10.3.0.255", Pools: []topology.PoolSpec{{Start: "10.3.0.1",
				End: "10.3.0.9"}, {Start: "10.3.0.9", End: "10.3.0.12"}}},
			{CIDR: "ten"}, {},
			{CIDR: "10.4.0.0/24", Pools: []topology.PoolSpec{{Start: "10.4.0.1", End: "10.4.0.9"}}},
			{CIDR: "10.5.0.0/24", Gateway: "fd00::1"},
		},
		Ingress: []spec.Rule{{Protocol: "tcp", Port: 22}, {Protocol: "tcp", Port: 22}},
	}.Validate()
	for _, want := range []string{
		"cloud: missing", `name: " app\n" begins or ends with a space`, `name: " app\n" has a character`,
		"mtu: 1200 is not between 1280",
		"subnet 0: 10.0.0.1/24 has bits of a host: did you mean 10.0.0.0/24?",
		"subnet 0: gateway 10.0.1.1 is not in 10.0.0.0/24",
		"subnet 0: pool: 10.0.0.9 does not come before 10.0.0.2",
		"subnet 0: pool 10.0.0.2-10.0.1.2 is not within 10.0.0.0/24",
		"subnet 1: 10.0.0.128/25 overlaps with 10.0.0.0/24 of subnet 0",
		`subnet 1: subnet 0 has the name " app\n-0" already`,
		`subnet 1: name server "ns" is no address`, "subnet 1: name server 192.0.2.1 is there twice",
		"subnet 1: IPv6 modes make no sense for 10.0.0.128/25",
		"subnet 2: IPv6 modes slaac and dhcpv6-stateful contradict each other",
		"subnet 2: fd00::/60: ports make their addresses themselves",
		`subnet 3: IPv6 mode "slac"`, "subnet 3: IPv6 modes need DHCP",
		"subnet 4: 10.2.0.0/31 is too small for DHCP",
		"subnet 5: gateway 10.3.0.255 is the network's or the broadcast address",
		"subnet 5: pool 10.3.0.9-10.3.0.12 overlaps with another",
		`subnet 6: "ten" is no range of addresses`, "subnet 7: cidr: missing",
		"subnet 8: pool 10.4.0.1-10.4.0.9 contains the gateway 10.4.0.1",
		"subnet 9: gateway fd00::1 is of the other IP version",
		`router: either create one, or use "r", not both`, "rule 1: tcp:22 is there twice",
		"security group: ports of a network without port security have none",
	} {
		require.ErrorContains(t, err, want)
	}
	for _, line := range strings.Split(err.Error(), "\n") {
		t.Log(line)
	}
}

// What contradicts itself must not be guessed at.
func TestNetworksThatContradictThemselves(t *testing.T) {
	one := []topology.SubnetSpec{{CIDR: "10.0.0.0/24"}}
	none := []topology.SubnetSpec{{CIDR: "10.0.0.0/24", Gateway: "none"}}
	alone := []topology.SubnetSpec{{CIDR: "fd00::/64", IPv6AddressMode: "slaac"}}
	for want, req := range map[string]topology.Spec{
		"subnets: give at least one":         {},
		"only a new router gets a gateway":   {Subnets: one, Router: "r", ExternalNetwork: "public"},
		"it would serve no subnet":           {Subnets: none, NewRouter: true},
		"there is no router to keep it from": {Subnets: []topology.SubnetSpec{{CIDR: "10.0.0.0/24", NoRouter: true}}},
		"another router announces":           {Subnets: alone, NewRouter: true},
		"longer than 200 bytes": {Subnets: []topology.SubnetSpec{{CIDR: "10.0.0.0/24",
			Name: strings.Repeat("ö", 101)}}},
		"mtu: -1": {Subnets: one, MTU: -1},
	} {
		req.Cloud, req.Name = "devcloud", "app"
		err := req.Validate()
		require.ErrorContains(t, err, want)
		require.Equal(t, 1, strings.Count(err.Error(), "\n")+1, "and nothing else:\n%v", err)
	}
	alone[0].NoRouter = true
	req := topology.Spec{RunOptions: spec.RunOptions{Cloud: "devcloud"}, Name: "app", Subnets: append(alone, one...),
		Router: "r"}
	require.NoError(t, req.Validate())
}
