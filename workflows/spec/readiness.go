package spec

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"novaflow/activities"
	"novaflow/activities/nova"
	"novaflow/activities/nova/plan"
	"novaflow/saga"
)

// DefaultReadyWithin bounds how long a server that is ACTIVE takes to answer on the
// network, unless its request says otherwise.
const DefaultReadyWithin = 5 * time.Minute

// Readiness is the part of a request that says what a server has to answer to.
type Readiness struct {
	Ready       []Probe  `json:"ready,omitempty"`       // what the server has to answer to, in the end
	ReadyWithin Duration `json:"readyWithin,omitempty"` // how long it may take to answer, 5m by default
}

// Probe is a way to see that a server is ready: it answers a worker at its floating IP
// or, if it has none, at its first fixed address.
type Probe struct {
	Protocol string `json:"protocol"` // tcp, http or https
	Port     int    `json:"port"`
	Path     string `json:"path,omitempty"` // of http and https; "" is /
}

// String returns the probe as the command line writes it.
func (p Probe) String() string {
	return Rule{Protocol: p.Protocol, Port: p.Port}.String() + p.Path
}

// CheckReady reports what is wrong with the probes.
func (r Readiness) CheckReady(bad Report) {
	if r.ReadyWithin < 0 {
		bad("ready within: %s is negative", r.ReadyWithin)
	}
	if r.ReadyWithin > 0 && len(r.Ready) == 0 {
		bad("ready within: there is nothing to be ready for: say what the server has to answer to")
	}
	for i, p := range r.Ready {
		switch {
		case !slices.Contains([]string{"tcp", "http", "https"}, p.Protocol):
			bad("ready %d: protocol %q is not tcp, http or https", i, p.Protocol)
		case p.Port < 1 || p.Port > 65535:
			bad("ready %d: port %d is not between 1 and 65535", i, p.Port)
		case p.Path != "" && (p.Protocol == "tcp" || !strings.HasPrefix(p.Path, "/")):
			bad("ready %d: path %q: only http and https have one, and it begins with a slash", i, p.Path)
		case slices.Contains(r.Ready[:i], p):
			bad("ready %d: %s is there twice", i, p)
		}
	}
}

// readyWithin returns how long the server may take to answer.
func (r Readiness) readyWithin() time.Duration {
	if r.ReadyWithin == 0 {
		return DefaultReadyWithin
	}
	return time.Duration(r.ReadyWithin)
}

// Site is where a server is asked whether it is ready.
type Site struct {
	Server  string `json:"server"` // name
	Address string `json:"address"`
}

// SiteOf returns the floating IP of a server or, if it has none, its first fixed address.
func SiteOf(s nova.Server) Site {
	at := Site{Server: s.Name}
	for _, a := range s.Addresses {
		if at.Address == "" || a.Kind == "floating" {
			at.Address = a.IP
		}
	}
	return at
}

// AddReady adds a wait for each probe, until the server answers.
func (r Readiness) AddReady(f *saga.Flow, at saga.Ref[Site]) (answers []saga.Dependency) {
	patient := saga.RunWith(saga.Options{
		Timeout: r.readyWithin() + time.Minute, HeartbeatTimeout: activities.HeartbeatTimeout,
	})
	for i, probe := range r.Ready {
		in := saga.From(at, func(at Site) plan.ReadyWait {
			return plan.ReadyWait{
				Server: at.Server, Address: at.Address, Probe: probe.Protocol, Port: probe.Port, Path: probe.Path,
				Within: r.readyWithin(),
			}
		})
		answers = append(answers, saga.Add(f, fmt.Sprintf("ready-%d", i), plan.WaitReadyAction, in,
			saga.Summary("wait until "+probe.String()+" answers"), patient))
	}
	return answers
}
