package main

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"novaflow/workflows"
)

// specFlags are the flags that describe a server.
type specFlags struct {
	image, flavor, keyName, zone, floatingIP string
	networks, volumes, ingress               []string
	bootVolume                               int
}

func (f *specFlags) add(fs *pflag.FlagSet) {
	fs.StringVar(&f.image, "image", "", "image, by name or id")
	fs.StringVar(&f.flavor, "flavor", "", "flavor, by name or id")
	fs.StringArrayVar(&f.networks, "network", nil, "network to be on, by name or id, as `NETWORK[,ip=ADDRESS]` (repeatable)")
	fs.IntVar(&f.bootVolume, "boot-volume", 0, "boot from a new volume of this many `GiB`, made from the image")
	fs.StringArrayVar(&f.volumes, "volume", nil, "blank volume to attach, as `GiB[,type=TYPE]` (repeatable)")
	fs.StringVar(&f.floatingIP, "floating-ip", "", "give the first port a floating IP from `NETWORK`, or from the only external network: auto")
	fs.StringVar(&f.keyName, "key-name", "", "key pair to log in with")
	fs.StringVar(&f.zone, "availability-zone", "", "availability zone")
	fs.StringArrayVar(&f.ingress, "ingress", nil, "traffic to admit, as `PROTOCOL[:PORT[:CIDR]]`, such as tcp:22 or icmp (repeatable)")
}

// spec turns the flags into what the workflow is asked for. All mistakes are
// reported together.
func (f *specFlags) spec(o workflows.RunOptions, name string) (workflows.ServerSpec, error) {
	s := workflows.ServerSpec{
		RunOptions: o, Name: name, Image: f.image, Flavor: f.flavor, KeyName: f.keyName, AvailabilityZone: f.zone,
		BootVolume: f.bootVolume, FloatingIP: f.floatingIP,
	}
	var problems []error
	for _, text := range f.networks {
		p, err := parseNetwork(text)
		if err != nil {
			p.FixedIP = "" // said already; without the network the spec would lack a port
		}
		s.Ports, problems = append(s.Ports, p), append(problems, err)
	}
	for _, text := range f.volumes {
		v, err := parseVolume(text)
		if problems = append(problems, err); err == nil {
			s.Volumes = append(s.Volumes, v)
		}
	}
	for _, text := range f.ingress {
		r, err := parseIngress(text)
		if problems = append(problems, err); err == nil {
			s.Ingress = append(s.Ingress, r)
		}
	}
	return s, errors.Join(append(problems, s.Validate())...)
}

// parseNetwork reads NETWORK[,ip=ADDRESS].
func parseNetwork(text string) (workflows.PortSpec, error) {
	network, options, _ := strings.Cut(text, ",")
	p := workflows.PortSpec{Network: network}
	err := parseOptions("--network", text, options, func(key, value string) bool {
		p.FixedIP = value
		return key == "ip"
	})
	if _, bad := netip.ParseAddr(p.FixedIP); err == nil && p.FixedIP != "" && bad != nil {
		err = fmt.Errorf("--network %q: %q is no address", text, p.FixedIP)
	}
	return p, err
}

// parseVolume reads GiB[,type=TYPE].
func parseVolume(text string) (workflows.VolumeSpec, error) {
	size, options, _ := strings.Cut(text, ",")
	v := workflows.VolumeSpec{}
	var err error
	if v.Size, err = strconv.Atoi(size); err != nil || v.Size <= 0 {
		return v, fmt.Errorf("--volume %q: %q is no size in GiB", text, size)
	}
	return v, parseOptions("--volume", text, options, func(key, value string) bool {
		v.Type = value
		return key == "type"
	})
}

// parseOptions reads KEY=VALUE[,KEY=VALUE]...; set reports whether it knows the
// key.
func parseOptions(flag, text, options string, set func(key, value string) bool) error {
	if options == "" {
		return nil
	}
	for _, o := range strings.Split(options, ",") {
		key, value, ok := strings.Cut(o, "=")
		if !ok || value == "" || !set(key, value) {
			return fmt.Errorf("%s %q: do not know what %q means", flag, text, o)
		}
	}
	return nil
}

// parseIngress reads PROTOCOL[:PORT[:CIDR]]. The source may itself have colons;
// icmp has no port.
func parseIngress(text string) (workflows.Rule, error) {
	protocol, rest, _ := strings.Cut(text, ":")
	r := workflows.Rule{Protocol: strings.ToLower(protocol)}
	if r.Protocol == "icmp" {
		r.From = strings.TrimPrefix(rest, ":")
		return r, nil
	}
	port, from, _ := strings.Cut(rest, ":")
	r.From = from
	n, err := strconv.Atoi(port)
	if err != nil {
		return r, fmt.Errorf("--ingress %q: want PROTOCOL:PORT[:CIDR], such as tcp:22 or tcp:443:10.0.0.0/8, or icmp", text)
	}
	r.Port = n
	return r, nil
}
