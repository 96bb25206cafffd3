package devcloud

import (
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"

	"novaflow/internal/devcloud/api"
)

// addControl serves the control API, under /devcloud/.
func (c *Cloud) addControl() {
	handle := func(pattern string, do func(r *http.Request) (any, error)) {
		c.front.Handle(pattern, func(w http.ResponseWriter, r *http.Request) {
			v, err := do(r)
			if err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			kind, body := api.EncodeJSON(v)
			w.Header().Set("Content-Type", kind)
			w.Write(append(body, '\n')) //nolint:errcheck // the client has gone
		})
	}
	handle("GET /devcloud/inventory", func(*http.Request) (any, error) { return c.Inventory(), nil })
	handle("GET /devcloud/calls", func(*http.Request) (any, error) { return c.front.Calls(), nil })
	handle("DELETE /devcloud/calls", func(*http.Request) (any, error) { c.front.ResetCalls(); return obj{}, nil })
	handle("GET /devcloud/faults", func(*http.Request) (any, error) { return c.front.Faults(), nil })
	handle("POST /devcloud/faults", c.postFaults)
	handle("DELETE /devcloud/faults", func(*http.Request) (any, error) {
		c.front.ClearFaults()
		return c.Faults(), nil
	})
	handle("GET /devcloud/settings", func(*http.Request) (any, error) { return c.store.Settings(), nil })
	handle("PUT /devcloud/settings", c.putSettings)
}

func (c *Cloud) postFaults(r *http.Request) (any, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		return nil, err
	}
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	rules, err := api.ParseFaults(kind, body)
	if err != nil {
		return nil, err
	}
	for _, f := range rules {
		c.front.AddFault(f)
	}
	return c.front.Faults(), nil
}

// Configure changes the settings. change gets those in force.
func (c *Cloud) Configure(change func(*Settings)) error {
	c.store.Lock()
	defer c.store.Unlock()
	s := c.store.CurrentSettings()
	change(&s)
	if s.Hosts < 1 || s.TokenLife <= 0 || s.BuildTime < 0 || s.DeleteTime < 0 {
		return fmt.Errorf("devcloud: settings: hosts and token_life must be positive, times not negative")
	}
	c.store.SetSettings(s)
	c.nova.AddHosts()
	return c.store.Flush()
}

func (c *Cloud) putSettings(r *http.Request) (any, error) {
	s := c.store.Settings()
	if err := json.NewDecoder(r.Body).Decode(&s); err != nil {
		return nil, fmt.Errorf("devcloud: settings: %w", err)
	}
	err := c.Configure(func(now *Settings) { *now = s })
	return c.store.Settings(), err
}

// Settings returns the settings in force, with all quotas.
func (c *Cloud) Settings() Settings { return c.store.Settings() }

// AddFault puts the rule in force. It panics if the rule is malformed: use ParseFault for
// rules from outside.
func (c *Cloud) AddFault(f Fault) { c.front.AddFault(f) }

// ClearFaults removes all rules. What is already stuck stays stuck.
func (c *Cloud) ClearFaults() { c.front.ClearFaults() }

// Faults lists the rules that can still match, with what is left of their counts.
func (c *Cloud) Faults() []Fault { return c.front.Faults() }

// Calls returns the number of calls to the API, by service, method and path pattern
// without the version: "nova GET /servers/{id}". Calls that a fault answered count too;
// calls of the control API do not.
func (c *Cloud) Calls() map[string]int { return c.front.Calls() }

// CallsBy returns the same counts as Calls for each caller that the user agents of
// requests name between brackets. For novaflow these are the activities.
func (c *Cloud) CallsBy() map[string]map[string]int { return c.front.CallsBy() }

// ResetCalls sets all counts of Calls back to zero.
func (c *Cloud) ResetCalls() { c.front.ResetCalls() }

// KillHost stops nova-compute of the host, or starts it again. The service of a dead host
// is "down", and no server is placed there. KillHost reports whether the host exists.
func (c *Cloud) KillHost(name string, dead bool) bool { return c.nova.KillHost(name, dead) }

// Hosts returns for each host whether it is in service, and why not: "enabled up",
// "disabled REASON up".
func (c *Cloud) Hosts() map[string]string { return c.nova.Hosts() }
