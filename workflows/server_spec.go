package workflows

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"unicode"

	"novaflow/saga/sagacodec"
)

// ServerSpec is the input of ServerCreate. Images, flavors, networks and key
// pairs are given by name or id.
type ServerSpec struct {
	RunOptions
	Name string `json:"name"` // one server of this name per project

	Image      string `json:"image,omitempty"`      // to boot from; or
	Snapshot   string `json:"snapshot,omitempty"`   // a volume snapshot, of which a volume to boot from is made; or
	BootFrom   string `json:"bootFrom,omitempty"`   // a volume that exists, which is brought: never deleted
	BootVolume int    `json:"bootVolume,omitempty"` // GiB, made from the image or snapshot; 0 boots from the image itself, or is the snapshot's size
	BootType   string `json:"bootVolumeType,omitempty"`

	Flavor           string   `json:"flavor"`
	FallbackFlavors  []string `json:"fallbackFlavors,omitempty"` // tried in this order where there is no room for the one before
	AvailabilityZone string   `json:"availabilityZone,omitempty"`
	FallbackZones    []string `json:"fallbackZones,omitempty"` // tried in this order, all of them with a flavor before the next flavor
	KeyName          string   `json:"keyName,omitempty"`
	PublicKey        string   `json:"publicKey,omitempty"`         // makes the key pair KeyName of it
	ServerGroup      string   `json:"serverGroup,omitempty"`       // that exists
	GroupPolicy      string   `json:"serverGroupPolicy,omitempty"` // makes a server group with it

	Ports          []PortSpec   `json:"ports"`                    // one at least
	SecurityGroups []string     `json:"securityGroups,omitempty"` // of ports that are made and name none
	Volumes        []VolumeSpec `json:"volumes,omitempty"`        // attached in this order
	FloatingIP     string       `json:"floatingIP,omitempty"`     // external network; "auto" is the only one; "" none
	Ingress        []Rule       `json:"ingress,omitempty"`        // makes a security group of its own for the ports

	Description string            `json:"description,omitempty"`
	Hostname    string            `json:"hostname,omitempty"` // "": nova makes one from the name
	Properties  map[string]string `json:"properties,omitempty"`
	Tags        []string          `json:"tags,omitempty"`
	ConfigDrive bool              `json:"configDrive,omitempty"`
	UserData    sagacodec.Secret  `json:"userData,omitzero"`

	Readiness
}

// Rule admits traffic to the server.
type Rule struct {
	Protocol string `json:"protocol"`       // tcp, udp or icmp
	Port     int    `json:"port,omitempty"` // 0 for icmp
	From     string `json:"from,omitempty"` // source in CIDR form; "" is anywhere on IPv4
}

// Request gives access to what every request for a new resource has.
func (s *ServerSpec) Request() (*RunOptions, *string) { return &s.RunOptions, &s.Name }

// maxName is nova's limit for server names, less room for "-boot" and the like
// in the names of the parts.
const maxName = 200

// Validate returns everything that is wrong with the spec and can be seen
// without a cloud, joined, or nil.
func (s ServerSpec) Validate() error {
	var problems []error
	bad := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	s.RunOptions.validate(bad)
	required(bad, "name", s.Name)
	s.validateBoot(bad)
	required(bad, "flavor", s.Flavor)
	checkName(bad, s.Name)
	s.validatePorts(bad)
	s.validateVolumes(bad)
	s.validatePlacing(bad)
	s.validateGuest(bad)
	s.validateReady(bad)
	for i, r := range s.Ingress {
		r.validate(bad, i)
		if slices.ContainsFunc(s.Ingress[:i], r.same) {
			bad("rule %d: %s is there twice", i, r)
		}
	}
	return errors.Join(problems...)
}

type report func(format string, args ...any)

func required(bad report, field, value string) {
	if strings.TrimSpace(value) == "" {
		bad("%s: missing", field)
	}
}

// checkCloud refuses what would make [ServerWorkflowID] the same for different
// servers: cloud "a", server "b:c" and cloud "a:b", server "c".
func checkCloud(bad report, cloud string) {
	required(bad, "cloud", cloud)
	if strings.Contains(cloud, ":") {
		bad("cloud: %q has a colon, which parts cloud and server in the ids of runs: give it another name in clouds.yaml", cloud)
	}
}

// checkName refuses what nova refuses: characters that have no shape, and those
// beyond U+FFFE, of which cinder and neutron make an error of their own. Nova
// sees the name last, when all else has been made.
func checkName(bad report, name string) {
	if len(name) > maxName {
		bad("name: longer than %d bytes", maxName)
	}
	if name != strings.TrimSpace(name) {
		bad("name: %q begins or ends with a space", name)
	}
	if strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsGraphic(r) || r == unicode.ReplacementChar || r > 0xFFFE }) {
		bad("name: %q has a character that OpenStack does not take: it must be printable and below U+FFFF", name)
	}
}

// same reports whether two rules admit the same, which neutron refuses.
func (r Rule) same(other Rule) bool {
	return r.Protocol == other.Protocol && r.Port == other.Port && r.source() == other.source()
}

// source is where traffic is admitted from, written in one way.
func (r Rule) source() string {
	if r.From == "" {
		return "0.0.0.0/0"
	}
	if from, err := netip.ParsePrefix(r.From); err == nil {
		return from.Masked().String()
	}
	return r.From
}

func (r Rule) validate(bad report, i int) {
	switch r.Protocol {
	case "tcp", "udp":
		if r.Port < 1 || r.Port > 65535 {
			bad("rule %d: port %d is not between 1 and 65535", i, r.Port)
		}
	case "icmp":
		if r.Port != 0 {
			bad("rule %d: icmp has no port", i)
		}
	default:
		bad("rule %d: protocol %q is not tcp, udp or icmp", i, r.Protocol)
	}
	if _, err := netip.ParsePrefix(r.From); r.From != "" && err != nil {
		bad("rule %d: source %q is not in CIDR form", i, r.From)
	}
}

// etherType is neutron's word for the family of the rule's source.
func (r Rule) etherType() string {
	if from, err := netip.ParsePrefix(r.From); err == nil && from.Addr().Is6() {
		return "IPv6"
	}
	return "IPv4"
}

// Server is the result of ServerCreate.
type Server struct {
	ID         string   `json:"id"`
	Name       string   `json:"name"`
	Status     string   `json:"status"`
	Addresses  []string `json:"addresses"`
	FloatingIP string   `json:"floatingIP,omitempty"`
	Ports      []string `json:"ports"` // ids
	BootVolume string   `json:"bootVolume,omitempty"`
	Volumes    []string `json:"volumes,omitempty"` // ids, in the order of the spec

	Flavor      string `json:"flavor,omitempty"` // the one of the alternatives that had room, by name
	Zone        string `json:"zone,omitempty"`
	KeyPair     string `json:"keyPair,omitempty"`     // that was made, by name
	ServerGroup string `json:"serverGroup,omitempty"` // that was made, by id
}

// DeleteSpec is the input of ServerDelete.
type DeleteSpec struct {
	RunOptions
	Server string `json:"server"`        // name or id
	Run    string `json:"run,omitempty"` // saga.RunID of the run that made it, for when the server itself is gone
}

// Validate returns everything that is wrong with the spec, joined, or nil.
func (s DeleteSpec) Validate() error {
	var problems []error
	bad := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	s.validateForward(bad)
	required(bad, "server", s.Server)
	return errors.Join(problems...)
}

// Deleted is the result of ServerDelete.
type Deleted struct {
	ID      string   `json:"id"`             // of the server; "" if it was gone before
	Removed []string `json:"removed"`        // "kind id", in the order in which they went, or would go in a dry run
	Left    []string `json:"left,omitempty"` // what was made for a server and another one has by now
}

// ServerWorkflowID is the [WorkflowID] of a server.
func ServerWorkflowID(cloud, name string) string { return WorkflowID("server", cloud, name) }

// String is the rule as the command line writes it.
func (r Rule) String() string {
	text := r.Protocol
	if r.Port != 0 {
		text = fmt.Sprintf("%s:%d", text, r.Port)
	}
	if r.From != "" {
		text += ":" + r.From
	}
	return text
}
