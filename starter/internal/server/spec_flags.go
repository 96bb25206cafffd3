package server

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"novaflow/activities/nova"
	"novaflow/saga/sagacodec"
	"novaflow/starter/internal/change"
	"novaflow/starter/internal/term"
	"novaflow/workflows/server"
	"novaflow/workflows/spec"
)

// specFlags are the flags that describe a server.
type specFlags struct {
	image, snapshot, bootVolume     string
	flavors, zones                  []string
	nics                            []nicFlag // ports in the order of the command line
	securityGroups, ingress         []string
	volumes                         []string
	floatingIP, keyName, publicKey  string
	serverGroup, groupPolicy        string
	userData, description, hostname string
	properties, tags                []string
	configDrive                     bool
	ready                           readyFlags
	seal                            func([]byte) (sagacodec.Secret, error)
}

func (f *specFlags) add(fs *pflag.FlagSet) {
	f.addBoot(fs)
	f.addNetwork(fs)
	f.addGuest(fs)
	fs.StringArrayVar(&f.flavors, "flavor", nil,
		"flavor, by name or id; several are tried in this order while capacity is missing (repeatable)")
	fs.StringArrayVar(&f.zones, "availability-zone", nil, "availability zone; several are tried in this order, all "+
		"of them with one flavor before the next flavor (repeatable)")
	fs.StringVar(&f.serverGroup, "server-group", "", "server group to be in, by name or id")
	fs.StringVar(&f.groupPolicy, "server-group-policy", "",
		"create a server group with this `POLICY`: affinity, anti-affinity, soft-affinity or soft-anti-affinity")
	f.ready.add(fs)
}

func (f *specFlags) addBoot(fs *pflag.FlagSet) {
	fs.StringVar(&f.image, "image", "", "image to boot from, by name or id")
	fs.StringVar(&f.snapshot, "snapshot", "",
		"volume snapshot to boot from, by name or id: a new volume is created from it")
	fs.StringVar(&f.bootVolume, "boot-volume", "", "boot from a new volume of `GiB[,type=TYPE]`, created from the "+
		"image or snapshot, or from this existing VOLUME")
	fs.StringVar(&f.bootVolume, "boot-from-volume", "", "the same as --boot-volume, as the openstack command calls it")
	fs.StringArrayVar(&f.volumes, "volume", nil, "blank volume to create and attach, as `GiB[,type=TYPE]`, or the "+
		"name or id of an existing one; with nothing else to boot from, the first existing one is booted from "+
		"(repeatable)")
}

func (f *specFlags) addNetwork(fs *pflag.FlagSet) {
	fs.Var(&nicsFlag{"network", f}, "network", "network to be on, as `NETWORK[,KEY=VALUE]...` with keys ip, subnet, "+
		"mac, security-group, allowed-address, and port-security=off (repeatable)")
	fs.Var(&nicsFlag{"port", f}, "port",
		"existing port, by name or id; it is released later, never deleted (repeatable)")
	fs.Var(&nicsFlag{"nic", f}, "nic", "the same as --network or --port, as the openstack command writes it: "+
		"`net-id=NETWORK[,v4-fixed-ip=ADDRESS][,v6-fixed-ip=ADDRESS] or port-id=PORT` (repeatable)")
	fs.StringArrayVar(&f.securityGroups, "security-group", nil,
		"security group of the new ports, by name or id (repeatable)")
	fs.StringVar(&f.floatingIP, "floating-ip", "",
		"give the first port a floating IP from `NETWORK`, or from the only external network: auto")
	fs.StringArrayVar(&f.ingress, "ingress", nil,
		"traffic to admit, as `PROTOCOL[:PORT[:CIDR]]`, such as tcp:22 or icmp (repeatable)")
}

func (f *specFlags) addGuest(fs *pflag.FlagSet) {
	fs.StringVar(&f.keyName, "key-name", "",
		"key pair to log in with, or name of the one that is created from --public-key")
	fs.StringVar(&f.publicKey, "public-key", "", "create a key pair from the public key in this `FILE`")
	fs.StringVar(&f.userData, "user-data", "", "`FILE` for the server to run or read when it first starts; it is a "+
		"secret and is only stored encrypted, see `novaflow key --help`")
	fs.BoolVar(&f.configDrive, "use-config-drive", false, "give the server its metadata on a drive")
	fs.StringArrayVar(&f.properties, "property", nil, "metadata of the server, as `KEY=VALUE` (repeatable)")
	fs.StringArrayVar(&f.tags, "tag", nil, "tag of the server (repeatable)")
	fs.StringVar(&f.description, "description", "", "description of the server")
	fs.StringVar(&f.hostname, "hostname", "", "host name, if it is not the server's name")
}

// spec turns the flags into the input of the workflow. All mistakes are reported
// together.
func (f *specFlags) spec(o spec.RunOptions, name string) (server.CreateSpec, error) {
	s := server.CreateSpec{
		RunOptions: o, Name: name, Image: f.image, Snapshot: f.snapshot, KeyName: f.keyName, FloatingIP: f.floatingIP,
		SecurityGroups: f.securityGroups, ServerGroup: f.serverGroup, GroupPolicy: f.groupPolicy,
		Tags: f.tags, Description: f.description, Hostname: f.hostname, ConfigDrive: f.configDrive,
	}
	s.Flavor, s.FallbackFlavors = splitFirst(f.flavors)
	s.AvailabilityZone, s.FallbackZones = splitFirst(f.zones)
	var bad term.Problems
	f.specVolumes(&s, &bad)
	for _, nic := range f.nics {
		p, err := nic.parse()
		bad.Add(err)
		s.Ports = append(s.Ports, p)
	}
	for _, text := range f.ingress {
		if r, err := change.ParseIngress(text); bad.Add(err) {
			s.Ingress = append(s.Ingress, r)
		}
	}
	s.Readiness = f.ready.readiness(&bad)
	f.specGuest(&s, &bad)
	return s, errors.Join(append(bad, s.Validate())...)
}

// splitFirst splits a list into what is tried first and the rest.
func splitFirst(all []string) (string, []string) {
	if len(all) == 0 {
		return "", nil
	}
	return all[0], slices.Clone(all[1:])
}

// specVolumes sets what the server boots from and what is attached to it.
func (f *specFlags) specVolumes(s *server.CreateSpec, bad *term.Problems) {
	if f.bootVolume != "" {
		if v, err := parseVolume("--boot-volume", f.bootVolume); bad.Add(err) {
			s.BootVolume, s.BootType, s.BootFrom = v.Size, v.Type, v.Volume
		}
	}
	for _, text := range f.volumes {
		v, err := parseVolume("--volume", text)
		switch {
		case !bad.Add(err):
		case v.Volume != "" && f.image+f.snapshot+f.bootVolume+s.BootFrom == "":
			s.BootFrom = v.Volume
		default:
			s.Volumes = append(s.Volumes, v)
		}
	}
}

// specGuest sets what the server's guest system gets.
func (f *specFlags) specGuest(s *server.CreateSpec, bad *term.Problems) {
	s.Properties = term.ParseProperties(f.properties, bad)
	if f.publicKey != "" {
		text, err := term.ReadFile(nil, "--public-key", f.publicKey)
		if bad.Add(err) {
			s.PublicKey = strings.TrimSpace(string(text))
		}
	}
	if f.userData != "" {
		secret, err := f.sealUserData()
		bad.Add(err)
		s.UserData = secret
	}
}

// sealUserData encrypts the file that --user-data names.
func (f *specFlags) sealUserData() (sagacodec.Secret, error) {
	text, err := term.ReadFile(os.Stdin, "--user-data", f.userData)
	if err != nil {
		return sagacodec.Secret{}, err
	}
	if len(text) > nova.MaxUserDataBytes {
		return sagacodec.Secret{}, fmt.Errorf("--user-data: %s has %d bytes, and nova takes %d: let it fetch the rest",
			f.userData, len(text), nova.MaxUserDataBytes)
	}
	secret, err := f.seal(text)
	if err != nil {
		return secret, fmt.Errorf("--user-data: %w", err)
	}
	return secret, nil
}
