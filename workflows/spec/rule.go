package spec

import (
	"fmt"
	"net/netip"
	"slices"
)

// Rule admits traffic to a server.
type Rule struct {
	Protocol string `json:"protocol"`       // tcp, udp or icmp
	Port     int    `json:"port,omitempty"` // 0 for icmp
	From     string `json:"from,omitempty"` // source in CIDR form; "" is anywhere on IPv4
}

// same reports whether two rules admit the same, which neutron refuses.
func (r Rule) same(other Rule) bool {
	return r.Protocol == other.Protocol && r.Port == other.Port && r.source() == other.source()
}

// source returns where traffic is admitted from, written in one way.
func (r Rule) source() string {
	if r.From == "" {
		return "0.0.0.0/0"
	}
	if from, err := netip.ParsePrefix(r.From); err == nil {
		return from.Masked().String()
	}
	return r.From
}

// check reports what is wrong with the rule at an index.
func (r Rule) check(bad Report, i int) {
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

// etherType returns neutron's word for the family of the rule's source.
func (r Rule) etherType() string {
	if from, err := netip.ParsePrefix(r.From); err == nil && from.Addr().Is6() {
		return "IPv6"
	}
	return "IPv4"
}

// String returns the rule as the command line writes it.
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

// CheckRules reports what is wrong with the rules of a security group.
func CheckRules(bad Report, rules []Rule) {
	for i, r := range rules {
		r.check(bad, i)
		if slices.ContainsFunc(rules[:i], r.same) {
			bad("rule %d: %s is there twice", i, r)
		}
	}
}
