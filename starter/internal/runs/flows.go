package runs

import (
	"strings"

	"novaflow/saga"
	"novaflow/starter/internal/term"
	"novaflow/workflows"
)

// ResolveFlow returns the flow with a name, or an error that lists all names.
func ResolveFlow(name string) (saga.Example, error) {
	for _, e := range workflows.Flows() {
		if e.Name == name {
			return e, nil
		}
	}
	return saga.Example{}, term.Usage("no flow is called %q: want one of %s", name, strings.Join(FlowNames(), ", "))
}

// FlowNames lists the flows that this version knows.
func FlowNames() (names []string) {
	for _, e := range workflows.Flows() {
		names = append(names, e.Name)
	}
	return names
}
