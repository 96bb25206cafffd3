package api

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Fault is a rule about calls. Action is one of:
//
//	503, 429:2     answered instead of the call, :2 is Retry-After in seconds
//	429:@2         the same as a date, two seconds from now by the cloud's clock
//	own:409        the same in the service's own words, with Text as message
//	after:500      the call is carried out, its answer is lost: 500 instead
//	cut            the connection is cut before the call
//	drop           the call is carried out, then the connection is cut
//	delay:2.5      seconds before the call
//	hang           no answer, nothing done, until the client or the cloud ends
//	after:hang     carried out, no answer
//	expire         all tokens issued so far are no longer valid
//
// and, for calls that create or delete a server, volume, port ...:
//
//	lag:3, lag:2s  what is created is not in lists for three lists, or two seconds
//	slow:5s        it takes this long to become ready, or, on DELETE, to be gone
//	stuck          it stays on its way (BUILD, creating, deleting) for ever
//	error          a server or volume ends in ERROR, with Text as fault
type Fault struct {
	Service string `json:"service"` // keystone, nova, neutron, cinder, glance or *
	Method  string `json:"method"`  // or *
	Path    string `json:"path"`    // regular expression, searched in the path after the prefix
	Action  string `json:"action"`
	Count   int    `json:"count,omitempty"` // how many calls; 0: all until removed
	Skip    int    `json:"skip,omitempty"`  // how many matching calls pass first
	Text    string `json:"text,omitempty"`

	path *regexp.Regexp
	verb string
	arg  string
	left int
}

// ParseFault reads "SERVICE METHOD PATH-REGEXP ACTION [COUNT [TEXT]]".
func ParseFault(line string) (Fault, error) {
	w := strings.Fields(line)
	if len(w) < 4 {
		return Fault{}, fmt.Errorf("devcloud: fault %q: want SERVICE METHOD PATH-REGEXP ACTION [COUNT [TEXT]]", line)
	}
	f := Fault{Service: w[0], Method: w[1], Path: w[2], Action: w[3]}
	if len(w) > 4 {
		n, err := strconv.Atoi(w[4])
		if err != nil || n < 1 {
			return Fault{}, fmt.Errorf("devcloud: fault %q: COUNT %q is not a positive number", line, w[4])
		}
		f.Count, f.Text = n, strings.Join(w[5:], " ")
	}
	return f, f.compile()
}

// compile checks the rule and prepares it for matching.
func (f *Fault) compile() error {
	bad := func(what string) error { return fmt.Errorf("devcloud: fault %q: %s", f.String(), what) }
	re, err := regexp.Compile(f.Path)
	if err != nil {
		return bad(err.Error())
	}
	f.path, f.left = re, f.Count
	f.verb, f.arg, _ = strings.Cut(f.Action, ":")
	if !slices.Contains([]string{"*", "keystone", "nova", "neutron", "cinder", "glance"}, f.Service) {
		return bad("no such service")
	}
	switch f.verb {
	case "cut", "drop", "hang", "expire", "stuck", "error":
		return nil
	case "delay":
		_, err = strconv.ParseFloat(f.arg, 64)
	case "slow":
		_, err = time.ParseDuration(f.arg)
	case "lag":
		if _, err = strconv.Atoi(f.arg); err != nil {
			_, err = time.ParseDuration(f.arg)
		}
	case "after", "own":
		if f.arg != "hang" {
			err = checkStatus(f.arg)
		}
	default:
		err = checkStatus(f.verb)
	}
	if err != nil {
		return bad("no such action: " + err.Error())
	}
	return nil
}

func checkStatus(text string) error {
	if n, err := strconv.Atoi(text); err != nil || n < 200 || n > 599 {
		return fmt.Errorf("%q is not a status", text)
	}
	return nil
}

// String formats the rule as ParseFault reads it.
func (f Fault) String() string {
	s := strings.Join([]string{f.Service, f.Method, f.Path, f.Action}, " ")
	if f.Count > 0 {
		s = strings.TrimSpace(fmt.Sprintf("%s %d %s", s, f.Count, f.Text))
	}
	return s
}

// ParseFaults reads rules as JSON or as lines of text. It returns none of them if one is
// malformed.
func ParseFaults(kind string, body []byte) ([]Fault, error) {
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

// onObjects reports whether the fault bears on what the call creates or deletes.
func (f *Fault) onObjects() bool {
	return slices.Contains([]string{"lag", "slow", "stuck", "error"}, f.verb)
}

type faults struct {
	mu    sync.Mutex
	rules []*Fault
}

// AddFault puts the rule in force. It panics if the rule is malformed: use ParseFault for
// rules from outside.
func (c *Frontend) AddFault(f Fault) {
	if err := f.compile(); err != nil {
		panic(err)
	}
	c.faults.mu.Lock()
	defer c.faults.mu.Unlock()
	c.faults.rules = append(c.faults.rules, &f)
}

// ClearFaults removes all rules. What is already stuck stays stuck.
func (c *Frontend) ClearFaults() {
	c.faults.mu.Lock()
	defer c.faults.mu.Unlock()
	c.faults.rules = nil
}

// Faults lists the rules that can still match, with what is left of their counts.
func (c *Frontend) Faults() []Fault {
	c.faults.mu.Lock()
	defer c.faults.mu.Unlock()
	out := []Fault{}
	for _, f := range c.faults.rules {
		if f.Count == 0 || f.left > 0 {
			g := *f
			g.Count = f.left
			out = append(out, g)
		}
	}
	return out
}

// match returns the first rule that matches the call, and counts it down.
func (fs *faults) match(service, method, path string) *Fault {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	for _, f := range fs.rules {
		spent := f.Count > 0 && f.left == 0
		if spent || f.Service != "*" && f.Service != service || f.Method != "*" && f.Method != method ||
			!f.path.MatchString(path) {
			continue
		}
		if f.Skip > 0 {
			f.Skip--
			continue
		}
		if f.left > 0 {
			f.left--
		}
		return f
	}
	return nil
}

// words returns the text of the fault, or a default.
func (f *Fault) words() string {
	if f.Text != "" {
		return f.Text
	}
	return "injected by devcloud"
}
