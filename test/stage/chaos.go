package stage

import (
	"math/rand/v2"
	"testing"

	"novaflow/internal/devcloud"
)

// mishaps are what a cloud does now and then. Those that end a run are few: most
// must not be noticed from outside.
var mishaps = []devcloud.Fault{
	// The answer is lost: the resource exists, and its creator does not know.
	{Service: "nova", Method: "POST", Path: "/servers$", Action: "after:500", Count: 1},
	{Service: "nova", Method: "POST", Path: "/servers$", Action: "drop", Count: 1},
	{Service: "cinder", Method: "POST", Path: "/volumes$", Action: "after:503", Count: 1},
	{Service: "cinder", Method: "POST", Path: "/volumes$", Action: "drop", Count: 1},
	{Service: "neutron", Method: "POST", Path: "/ports$", Action: "after:504", Count: 1},
	{Service: "neutron", Method: "POST", Path: "/floatingips$", Action: "drop", Count: 1},
	{Service: "neutron", Method: "POST", Path: "/security-groups$", Action: "after:500", Count: 1},
	{Service: "neutron", Method: "PUT", Path: "/floatingips/", Action: "drop", Count: 1},
	{Service: "nova", Method: "POST", Path: "/os-volume_attachments$", Action: "after:500", Count: 1},
	{Service: "nova", Method: "DELETE", Path: "/servers/", Action: "drop", Count: 1},
	{Service: "cinder", Method: "DELETE", Path: "/volumes/", Action: "after:500", Count: 1},
	{Service: "neutron", Method: "DELETE", Path: "/ports/", Action: "drop", Count: 1},
	// A service, or all of them, is away or slow.
	{Service: "*", Method: "*", Path: ".", Action: "503", Count: 12},
	{Service: "nova", Method: "*", Path: ".", Action: "503", Count: 6},
	{Service: "cinder", Method: "*", Path: ".", Action: "cut", Count: 6},
	{Service: "neutron", Method: "*", Path: ".", Action: "429:1", Count: 3},
	{Service: "*", Method: "GET", Path: ".", Action: "delay:0.5", Count: 5},
	{Service: "keystone", Method: "POST", Path: "/tokens", Action: "503", Count: 2},
	{Service: "nova", Method: "GET", Path: ".", Action: "expire", Count: 1},
	// Resources are in use, in error, late.
	{Service: "cinder", Method: "DELETE", Path: "/volumes/", Action: "own:400", Count: 2, Text: "Volume status must be available or error"},
	{Service: "neutron", Method: "DELETE", Path: "/ports/", Action: "own:409", Count: 2, Text: "Port is in use"},
	{Service: "nova", Method: "DELETE", Path: "/servers/", Action: "own:409", Count: 1, Text: "Cannot delete while it is building"},
	{Service: "nova", Method: "POST", Path: "/os-volume_attachments$", Action: "own:409", Count: 1, Text: "Conflict"},
	{Service: "nova", Method: "POST", Path: "/servers$", Action: "error", Count: 1, Text: "Build of instance aborted: the host went away"},
	{Service: "cinder", Method: "POST", Path: "/volumes$", Action: "error", Count: 1},
	{Service: "nova", Method: "DELETE", Path: "/servers/", Action: "slow:3s", Count: 2},
	{Service: "cinder", Method: "DELETE", Path: "/volumes/", Action: "slow:3s", Count: 2},
	{Service: "nova", Method: "POST", Path: "/servers$", Action: "lag:2", Count: 2},
	{Service: "cinder", Method: "POST", Path: "/volumes$", Action: "lag:2", Count: 2},
	{Service: "neutron", Method: "POST", Path: "/ports$", Action: "lag:2", Count: 2},
}

// Chaos lets mishaps happen to a cloud.
type Chaos struct {
	Cloud *CloudProcess
	Rand  *rand.Rand

	inForce int // calls that rules are in force for
	harmed  int
}

// Strike puts n random mishaps in force and removes those before. A service that is away
// comes back by itself, not only after a number of calls.
func (c *Chaos) Strike(t testing.TB, n int) {
	t.Helper()
	c.End(t)
	rules := make([]devcloud.Fault, n)
	for i := range rules {
		rules[i] = mishaps[c.Rand.IntN(len(mishaps))]
		c.inForce += rules[i].Count
	}
	c.Cloud.AddFaults(t, rules...)
}

// End removes what is in force and returns how many calls were harmed so far.
func (c *Chaos) End(t testing.TB) int {
	t.Helper()
	for _, f := range c.Cloud.Faults(t) {
		c.inForce -= f.Count
	}
	c.Cloud.ClearFaults(t)
	c.harmed, c.inForce = c.harmed+c.inForce, 0
	return c.harmed
}
