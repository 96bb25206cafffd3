package workflows_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"novaflow/internal/devcloud"
	"novaflow/saga/sagatest"
)

// trouble is a way for a cloud to be difficult.
type trouble struct {
	name    string
	options devcloud.Options
	faults  []devcloud.Fault
	refuses bool // no server can be created until it is over
}

// troubles are those that every flow has to get along with.
var troubles = []trouble{
	{name: "slow builds",
		options: devcloud.Options{BuildTime: 80 * time.Millisecond, DeleteTime: 80 * time.Millisecond}},
	{name: "lists lag", faults: onEach("POST",
		"(servers|ports|floatingips|security-groups|security-group-rules|volumes)$", "lag:25ms", 0, 0)},
	{name: "deletes are slow", faults: onEach("DELETE", ".", "slow:60ms", 0, 0)},
	{name: "deletes are refused for a while", faults: onEach("DELETE", ".", "own:409", 2, 0)},
	{name: "answers to POST are lost", faults: onEach("POST", ".", "after:500", 1, 0)},
	{name: "connections drop after POST", faults: onEach("POST", ".", "drop", 1, 1)},
	{name: "answers to DELETE are lost", faults: onEach("DELETE", ".", "after:500", 2, 0)},
	{name: "bursts of 503", faults: append(bursts, onEach("POST", ".", "503", 2, 2)...)},
	{name: "a service is down for a while",
		faults: []devcloud.Fault{{Service: "cinder", Method: "*", Path: ".", Action: "503", Count: 9, Skip: 5}}},
	{name: "429 with Retry-After", faults: onEach("*", ".", "429:1", 2, 3)},
	{name: "404 from a wrong end point", faults: onEach("GET", ".", "404", 1, 6)},
	{name: "tokens expire", faults: onEach("*", ".", "expire", 1, 5)},
	{name: "the cloud's clock is hours ahead",
		options: devcloud.Options{ClockSkew: 3 * time.Hour, TokenLife: time.Second}, faults: wrongClock},
	{name: "the cloud's clock is behind",
		options: devcloud.Options{ClockSkew: -40 * time.Minute, TokenLife: time.Second}, faults: wrongClock},
}

// bursts hit reads too. The look-up of what a request names is tried four times,
// so there are three at most.
var bursts = []devcloud.Fault{
	{Service: "nova", Method: "*", Path: ".", Action: "503", Count: 1, Skip: 4},
	{Service: "neutron", Method: "*", Path: ".", Action: "503", Count: 1, Skip: 9},
	{Service: "cinder", Method: "*", Path: ".", Action: "503", Count: 1, Skip: 6},
}

// wrongClock is what a client gets wrong that compares the cloud's clock with its
// own: whether its token is still valid, and when it may come again.
var wrongClock = append(onEach("*", ".", "expire", 1, 5), onEach("*", ".", "429:@2", 1, 8)...)

// onEach is a fault of each service that holds resources.
func onEach(method, path, action string, count, skip int) (faults []devcloud.Fault) {
	for _, service := range []string{"nova", "neutron", "cinder"} {
		faults = append(faults,
			devcloud.Fault{Service: service, Method: method, Path: path, Action: action, Count: count, Skip: skip})
	}
	return faults
}

// worlds are the clean cloud and one for each trouble. The trouble begins when
// prepare has returned.
func worlds(troubles []trouble, sample int, prepare func(testing.TB, *cloudWorld)) []sagatest.Start {
	open := func(tr trouble) func(testing.TB) sagatest.World {
		return func(t testing.TB) sagatest.World {
			w := openWorld(t, tr.options)
			prepare(t, w)
			for _, f := range tr.faults {
				w.AddFault(f)
			}
			return w
		}
	}
	starts := []sagatest.Start{{Name: "clean", Open: open(trouble{})}}
	for _, tr := range troubles {
		starts = append(starts, sagatest.Start{Name: tr.name, Open: open(tr), Refuses: tr.refuses, Sample: sample})
	}
	return starts
}

// thereIsNo recognizes the answer of a delete that has nothing to delete.
func thereIsNo(kind string) func(error) bool {
	return func(err error) bool { return strings.Contains(err.Error(), "there is no "+kind) }
}

// asBefore fails unless a delete has left the cloud as it was before the resource was
// created.
func asBefore(w sagatest.World, _ sagatest.Result) error {
	if !slices.Equal(w.(*cloudWorld).empty, w.Inventory()) {
		return fmt.Errorf("the cloud is not as it was before it was made: %v", w.Inventory())
	}
	return nil
}

// requireAll fails unless a mishap happened at every task.
func requireAll(t *testing.T, r sagatest.Report, tasks int) {
	t.Helper()
	require.Len(t, r.Points, tasks)
	require.Equal(t, r.Points, r.Hit)
}
