package workflows_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"novaflow/workflows"
)

// observed collects the calls that activities make in the tests.
type observed struct {
	mu    sync.Mutex
	calls map[string]map[string]bool // by activity
}

var seen = observed{calls: map[string]map[string]bool{}}

func (o *observed) add(by map[string]map[string]int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for activity, calls := range by {
		if o.calls[activity] == nil {
			o.calls[activity] = map[string]bool{}
		}
		for call := range calls {
			if !strings.HasPrefix(call, "keystone POST /auth/tokens") && !strings.HasSuffix(call, " /") {
				o.calls[activity][call] = true
			}
		}
	}
}

// unlisted returns the calls that are on no activity's list. Which reads are needed
// depends on the moment; what is changed does not.
func (o *observed) unlisted() (missing []string) {
	for activity, calls := range o.calls {
		for call := range calls {
			if !strings.Contains(call, " GET ") && !slices.Contains(workflows.Calls(activity), call) {
				missing = append(missing, activity+": "+call)
			}
		}
	}
	slices.Sort(missing)
	return missing
}

// write adds the observed calls to the list. A run of all tests creates the list anew.
func (o *observed) write() error {
	out := map[string][]string{}
	if flag.Lookup("test.run").Value.String() != "" {
		text, err := os.ReadFile("calls.json")
		if err == nil {
			err = json.Unmarshal(text, &out)
		}
		if err != nil {
			return err
		}
	}
	for activity, calls := range o.calls {
		all := slices.AppendSeq(out[activity], maps.Keys(calls))
		slices.Sort(all)
		out[activity] = slices.Compact(all)
	}
	text, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile("calls.json", append(text, '\n'), 0o644)
}

// Operators grant rights by the list of calls: an activity must change nothing by
// another.
func TestMain(m *testing.M) {
	flag.Parse()
	code := m.Run()
	if *update {
		if err := seen.write(); err != nil {
			fmt.Println(err)
			code = 1
		}
	} else if missing := seen.unlisted(); len(missing) > 0 {
		fmt.Printf("FAIL: activities made calls that workflows/calls.json does not list: run the test with -update "+
			"and look at the difference\n  %s\n", strings.Join(missing, "\n  "))
		code = 1
	}
	os.Exit(code)
}
