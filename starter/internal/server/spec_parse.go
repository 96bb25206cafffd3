package server

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"novaflow/workflows/server"
	"novaflow/workflows/spec"
)

// nicFlag is a --network, --port or --nic as it was typed.
type nicFlag struct{ flag, text string }

// nicsFlag is a flag that adds a port to the server. Ports keep the order of the command
// line, no matter which of these flags they come from.
type nicsFlag struct {
	flag  string
	flags *specFlags
}

// String implements [pflag.Value].
func (*nicsFlag) String() string { return "" }

// Type implements [pflag.Value].
func (*nicsFlag) Type() string { return "stringArray" }

// Set implements [pflag.Value].
func (n *nicsFlag) Set(text string) error {
	n.flags.nics = append(n.flags.nics, nicFlag{n.flag, text})
	return nil
}

func (n nicFlag) parse() (server.PortSpec, error) {
	switch n.flag {
	case "port":
		if n.text == "" || strings.Contains(n.text, ",") {
			return server.PortSpec{Port: "?"}, fmt.Errorf("--port %q: want the name or id of an existing port, "+
				"and nothing else", n.text)
		}
		return server.PortSpec{Port: n.text}, nil
	case "nic":
		return parseNIC(n.text)
	}
	return parseNetwork(n.text)
}

// parseNetwork reads NETWORK[,KEY=VALUE]... With an error it still returns a port on a
// network, so that Validate adds no further complaint about it.
func parseNetwork(text string) (server.PortSpec, error) {
	network, options, _ := strings.Cut(text, ",")
	p := server.PortSpec{Network: network}
	err := parseOptions("--network", text, options, func(key, value string) bool { return setPort(&p, key, value) })
	return checkPort("--network", text, p, err)
}

// parseNIC reads what openstack's --nic takes, except for "none" and "auto".
func parseNIC(text string) (server.PortSpec, error) {
	var p server.PortSpec
	err := parseOptions("--nic", text, text, func(key, value string) bool {
		switch key {
		case "net-id", "net-name":
			p.Network = value
		case "port-id", "port-name":
			p.Port = value
		case "v4-fixed-ip", "v6-fixed-ip":
			return setPort(&p, "ip", value)
		default:
			return false
		}
		return true
	})
	if err == nil && (p.Network == "") == (p.Port == "") {
		err = fmt.Errorf("--nic %q: want either net-id or port-id: no server is created without ports, and no "+
			"network is chosen for you", text)
	}
	return checkPort("--nic", text, p, err)
}

// setPort sets what an option of a port requests. It reports whether it knows the option.
func setPort(p *server.PortSpec, key, value string) bool {
	switch key {
	case "ip":
		if p.FixedIP == "" && len(p.FixedIPs) == 0 {
			p.FixedIP = value
			return true
		}
		p.FixedIPs = append(p.FixedIPs, server.FixedIP{IP: value})
	case "subnet":
		p.FixedIPs = append(p.FixedIPs, server.FixedIP{Subnet: value})
	case "mac":
		p.MAC = value
	case "security-group":
		p.SecurityGroups = append(p.SecurityGroups, value)
	case "allowed-address":
		ip, mac, _ := strings.Cut(value, "@")
		p.AllowedAddresses = append(p.AllowedAddresses, server.AddressPair{IP: ip, MAC: mac})
	case "port-security":
		p.NoPortSecurity = value == "off"
		return value == "on" || value == "off"
	default:
		return false
	}
	return true
}

// checkPort refuses invalid addresses. With an error it returns a port on a network, so
// that Validate adds no further complaint about it.
func checkPort(flag, text string, p server.PortSpec, err error) (server.PortSpec, error) {
	for _, f := range append([]server.FixedIP{{IP: p.FixedIP}}, p.FixedIPs...) {
		if _, bad := netip.ParseAddr(f.IP); err == nil && f.IP != "" && bad != nil {
			err = fmt.Errorf("%s %q: %q is no address", flag, text, f.IP)
		}
	}
	if err != nil {
		network, _, _ := strings.Cut(text, ",")
		return server.PortSpec{Network: network}, err
	}
	return p, nil
}

// parseVolume reads GiB[,type=TYPE], or the name or id of a volume. A word of digits is a
// size: a volume with such a name needs its id.
func parseVolume(flag, text string) (server.VolumeSpec, error) {
	size, options, _ := strings.Cut(text, ",")
	gib, err := strconv.Atoi(size)
	if err != nil && options == "" && size != "" && !strings.HasPrefix(size, "-") {
		return server.VolumeSpec{Volume: text}, nil
	}
	v := server.VolumeSpec{Size: gib}
	if err != nil || gib <= 0 {
		return v, fmt.Errorf("%s %q: %q is no size in GiB", flag, text, size)
	}
	return v, parseOptions(flag, text, options, func(key, value string) bool {
		v.Type = value
		return key == "type"
	})
}

// parseOptions reads KEY=VALUE[,KEY=VALUE]... set reports whether it knows the key.
func parseOptions(flag, text, options string, set func(key, value string) bool) error {
	if options == "" {
		return nil
	}
	for _, o := range strings.Split(options, ",") {
		key, value, ok := strings.Cut(o, "=")
		if !ok || value == "" || !set(key, value) {
			return fmt.Errorf("%s %q: cannot read %q", flag, text, o)
		}
	}
	return nil
}

// parseReady reads PROTOCOL:PORT[/PATH].
func parseReady(text string) (spec.Probe, error) {
	protocol, rest, _ := strings.Cut(text, ":")
	port, path, found := strings.Cut(rest, "/")
	p := spec.Probe{Protocol: strings.ToLower(protocol)}
	if found {
		p.Path = "/" + path
	}
	var err error
	if p.Port, err = strconv.Atoi(port); err != nil {
		return p, fmt.Errorf("--ready %q: want tcp:PORT, http:PORT[/PATH] or https:PORT[/PATH], such as tcp:22 or "+
			"http:80/health", text)
	}
	return p, nil
}
