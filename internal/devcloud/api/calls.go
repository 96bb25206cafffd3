package api

import (
	"maps"
	"strings"
	"sync"
)

// counters count calls by "service METHOD /path/{pattern}".
type counters struct {
	mu sync.Mutex
	n  map[string]int
	by map[string]map[string]int // the same by caller
}

// add counts one call, for all callers together and for each of them.
func (k *counters) add(call string, callers []string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.n == nil {
		k.n, k.by = map[string]int{}, map[string]map[string]int{}
	}
	k.n[call]++
	for _, name := range callers {
		if k.by[name] == nil {
			k.by[name] = map[string]int{}
		}
		k.by[name][call]++
	}
}

// callersIn returns the names between brackets at the end of a user agent, as in
// "novaflow (CreatePort, CreateVolume)".
func callersIn(agent string) []string {
	_, names, ok := strings.Cut(strings.TrimSuffix(agent, ")"), " (")
	if !ok {
		return nil
	}
	return strings.Split(names, ", ")
}

// Calls returns the number of calls to the API, by service, method and path pattern
// without the version: "nova GET /servers/{id}". Calls that a fault answered count too;
// calls of the control API do not.
func (c *Frontend) Calls() map[string]int {
	c.calls.mu.Lock()
	defer c.calls.mu.Unlock()
	return maps.Clone(c.calls.n)
}

// CallsBy returns the same counts as Calls for each caller that the user agents of
// requests name between brackets. For novaflow these are the activities.
func (c *Frontend) CallsBy() map[string]map[string]int {
	c.calls.mu.Lock()
	defer c.calls.mu.Unlock()
	out := map[string]map[string]int{}
	for name, calls := range c.calls.by {
		out[name] = maps.Clone(calls)
	}
	return out
}

// ResetCalls sets all counts of Calls back to zero.
func (c *Frontend) ResetCalls() {
	c.calls.mu.Lock()
	defer c.calls.mu.Unlock()
	c.calls.n, c.calls.by = nil, nil
}
