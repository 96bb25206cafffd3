package runs

import (
	"strings"

	"novaflow/saga"
	"novaflow/starter/internal/term"
	"novaflow/workflows"
)

func ResolveFlow(name string) (saga.Example, error) {
	for _, e := range workflows.Flows() {
		if e.Name == name {
			return e, nil
		}
	}
	return saga.Example{}, term.Usage("no flow is called %q: want one of %s", name, strings.Join(FlowNames(), ", "))
}

func FlowNames() (names []string) {
	for _, e := range workflows.Flows() {
		names = append(names, e.Name)
	}
	return names
}
