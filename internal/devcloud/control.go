package devcloud

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"strings"
	"sync"
)

// counters count calls by "service METHOD /path/{pattern}".
type counters struct {
	mu sync.Mutex
	n  map[string]int
	by map[string]map[string]int // the same by caller
}

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

// callersIn are the names that a user agent has between brackets at its end, as
// in "novaflow (CreatePort, CreateVolume)".
func callersIn(agent string) []string {
	_, names, ok := strings.Cut(strings.TrimSuffix(agent, ")"), " (")
	if !ok {
		return nil
	}
	return strings.Split(names, ", ")
}

// Calls says how often each API call was made, by service, method and path
// pattern without the version: "nova GET /servers/{id}". Calls that a fault
// answered count too; calls of the control API do not.
func (c *Cloud) Calls() map[string]int {
	c.calls.mu.Lock()
	defer c.calls.mu.Unlock()
	return maps.Clone(c.calls.n)
}

// CallsBy is Calls for each caller that the user agents of requests name between
// brackets: for novaflow, the activities.
func (c *Cloud) CallsBy() map[string]map[string]int {
	c.calls.mu.Lock()
	defer c.calls.mu.Unlock()
	out := map[string]map[string]int{}
	for name, calls := range c.calls.by {
		out[name] = maps.Clone(calls)
	}
	return out
}

// ResetCalls lets Calls count from zero again.
func (c *Cloud) ResetCalls() {
	c.calls.mu.Lock()
	defer c.calls.mu.Unlock()
	c.calls.n, c.calls.by = nil, nil
}

func (c *Cloud) addControl() {
	handle := func(pattern string, do func(r *http.Request) (any, error)) {
		c.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			v, err := do(r)
			if err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			kind, body := asJSON(v)
			w.Header().Set("Content-Type", kind)
			w.Write(append(body, '\n')) //nolint:errcheck // the client has gone
		})
	}
	handle("GET /devcloud/inventory", func(*http.Request) (any, error) { return c.Inventory(), nil })
	handle("GET /devcloud/calls", func(*http.Request) (any, error) { return c.Calls(), nil })
	handle("DELETE /devcloud/calls", func(*http.Request) (any, error) { c.ResetCalls(); return obj{}, nil })
	handle("GET /devcloud/faults", func(*http.Request) (any, error) { return c.Faults(), nil })
	handle("POST /devcloud/faults", c.postFaults)
	handle("DELETE /devcloud/faults", func(*http.Request) (any, error) { c.ClearFaults(); return c.Faults(), nil })
	handle("GET /devcloud/settings", func(*http.Request) (any, error) { return c.Settings(), nil })
	handle("PUT /devcloud/settings", c.putSettings)
}

func (c *Cloud) postFaults(r *http.Request) (any, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		return nil, err
	}
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	rules, err := parseFaults(kind, body)
	if err != nil {
		return nil, err
	}
	for _, f := range rules {
		c.AddFault(f)
	}
	return c.Faults(), nil
}

// parseFaults reads rules as JSON or as lines of text; all are checked before
// the first is put in force.
func parseFaults(kind string, body []byte) ([]Fault, error) {
	var rules []Fault
	if kind == "application/json" {
		if err := json.Unmarshal(body, &rules); err != nil {
			var one Fault
			if err := json.Unmarshal(body, &one); err != nil {
				return nil, fmt.Errorf("devcloud: faults: %w", err)
			}
			rules = []Fault{one}
		}
		for i := range rules {
			if err := rules[i].compile(); err != nil {
				return nil, err
			}
		}
		return rules, nil
	}
	for line := range strings.Lines(string(body)) {
		line, _, _ = strings.Cut(line, "#")
		if strings.TrimSpace(line) == "" {
			continue
		}
		f, err := ParseFault(line)
		if err != nil {
			return nil, err
		}
		rules = append(rules, f)
	}
	return rules, nil
}
