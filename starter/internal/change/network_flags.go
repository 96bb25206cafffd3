package change

import (
	"fmt"
	"strconv"
	"strings"

	"novaflow/activities"
	"novaflow/workflows/spec"
	"novaflow/workflows/spec/topology"
)

// ParseSubnet reads a subnet as CIDR[,KEY=VALUE]...
func ParseSubnet(text string) (topology.SubnetSpec, error) {
	cidr, options, more := strings.Cut(text, ",")
	n := topology.SubnetSpec{CIDR: cidr}
	into := map[string]*string{"name": &n.Name, "gateway": &n.Gateway, "ipv6-ra-mode": &n.IPv6RAMode,
		"ipv6-address-mode": &n.IPv6AddressMode}
	switches := map[string]*bool{"no-dhcp": &n.NoDHCP, "no-router": &n.NoRouter}
	known := []string{"name", "gateway", "ipv6-ra-mode", "ipv6-address-mode", "no-dhcp", "no-router", "dns-nameserver",
		"allocation-pool"}
	for option := range strings.SplitSeq(options, ",") {
		key, value, has := strings.Cut(option, "=")
		start, end, ranged := strings.Cut(value, "-")
		switch {
		case !more:
		case switches[key] != nil && !has:
			*switches[key] = true
		case into[key] != nil && value != "":
			*into[key] = value
		case key == "dns-nameserver" && value != "":
			n.DNS = append(n.DNS, value)
		case key == "allocation-pool" && ranged:
			n.Pools = append(n.Pools, topology.PoolSpec{Start: start, End: end})
		default:
			return n, fmt.Errorf("--subnet %q: cannot read %q%s", text, option, nearestHint(key, known))
		}
	}
	return n, nil
}

// nearestHint ends a sentence with the nearest known word, or with all of them.
func nearestHint(word string, known []string) string {
	if near := activities.Nearest(word, known); near != "" && near != word {
		return fmt.Sprintf(": did you mean %s?", near)
	}
	return ": known are " + strings.Join(known, ", ")
}

// ParseIngress reads a rule as PROTOCOL[:PORT[:CIDR]]. The source may itself have colons;
// icmp has no port.
func ParseIngress(text string) (spec.Rule, error) {
	protocol, rest, _ := strings.Cut(text, ":")
	r := spec.Rule{Protocol: strings.ToLower(protocol)}
	if r.Protocol == "icmp" {
		r.From = strings.TrimPrefix(rest, ":")
		return r, nil
	}
	port, from, _ := strings.Cut(rest, ":")
	r.From = from
	n, err := strconv.Atoi(port)
	if err != nil || n == 0 || protocol == "" {
		return r, fmt.Errorf("--ingress %q: want PROTOCOL:PORT[:CIDR], such as tcp:22 or tcp:443:10.0.0.0/8, or icmp",
			text)
	}
	r.Port = n
	return r, nil
}
