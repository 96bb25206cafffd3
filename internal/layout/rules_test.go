package layout

// rule orders the packages of a room, from the lowest floor to the highest. A package
// imports only packages of lower floors. Packages on the same floor do not import one another,
// unless one pattern stands for both. Every package of the room has a floor.
type rule struct {
	name   string
	room   string     // a pattern: a path below the module, "x/..." with all below it
	floors [][]string // patterns
	advice string     // where code belongs instead
}

var rules = []rule{
	{
		name: "the house",
		room: "...",
		floors: [][]string{
			{"saga/...", "internal/layout"},
			{"audit"},
			{"activities/..."},
			{"workflows/..."},
			{"internal/config", "internal/engine/...", "internal/devcloud/..."},
			{"internal/workerhost/..."},
			{"starter/...", "worker", "test/..."},
		},
		advice: "move what both need down to the lowest package that knows enough: programs know " +
			"workflows, workflows know activities, activities know saga, and never the other way",
	},
	{
		name: "saga",
		room: "saga/...",
		floors: [][]string{
			{"saga/ledger", "saga/sagacodec"},
			{"saga/internal/graph"},
			{"saga/internal/draw", "saga/internal/history", "saga/internal/attributes"},
			{"saga/internal/engine"},
			{"saga"},
			{"saga/sagatest"},
		},
		advice: "shapes that stand in histories belong to saga/ledger, what a flow consists of to " +
			"saga/internal/graph, what happens in a run to saga/internal/engine",
	},
	{
		name: "activities",
		room: "activities/...",
		floors: [][]string{
			{"activities/internal/cloud"},
			{"activities/internal/task"},
			{"activities/internal/resource"},
			{"activities/internal/precheck"},
			{"activities/neutron", "activities/glance"},
			{"activities/cinder"},
			{"activities/keystone"},
			{"activities/nova"},
			{"activities/nova/attach"},
			{"activities/nova/plan", "activities/nova/hosts"},
			{"activities/inventory"},
			{"activities"},
			{"activities/internal/cloudtest"}, // a fixture: only tests import it
		},
		advice: "a task belongs to the service it changes; what two services need belongs to " +
			"activities/internal/resource, or to the lower of the two; what needs all of them to activities/inventory",
	},
	{
		name: "workflows",
		room: "workflows/...",
		floors: [][]string{
			{"workflows/spec"},
			{"workflows/spec/topology"},
			{"workflows/server", "workflows/network", "workflows/volume", "workflows/image",
				"workflows/project", "workflows/host", "workflows/ownership"},
			{"workflows"},
		},
		advice: "a flow belongs to the folder of its noun; what two nouns need belongs to workflows/spec",
	},
	{
		name: "starter",
		room: "starter/...",
		floors: [][]string{
			{"starter/internal/term"},
			{"starter/internal/clouds"},
			{"starter/internal/runs"},
			{"starter/internal/change"},
			{"starter/internal/server", "starter/internal/volume", "starter/internal/image",
				"starter/internal/network", "starter/internal/project", "starter/internal/host",
				"starter/internal/run", "starter/internal/lock", "starter/internal/flow",
				"starter/internal/audit", "starter/internal/verify", "starter/internal/key",
				"starter/internal/dev"},
			{"starter"},
			{"starter/internal/startertest"}, // a fixture: only tests import it
		},
		advice: "a command belongs to the folder of its noun; what two nouns need belongs to " +
			"starter/internal/change if it starts or follows runs, to starter/internal/runs if it " +
			"reads them, to starter/internal/clouds if it asks a cloud, to starter/internal/term if " +
			"it only prints",
	},
	{
		name: "devcloud",
		room: "internal/devcloud/...",
		floors: [][]string{
			{"internal/devcloud/store"},
			{"internal/devcloud/api"},
			{"internal/devcloud/keystone"},
			{"internal/devcloud/glance"},
			{"internal/devcloud/cinder"},
			{"internal/devcloud/neutron"},
			{"internal/devcloud/nova/compute"},
			{"internal/devcloud/nova/servers"},
			{"internal/devcloud/nova/moves"},
			{"internal/devcloud/nova"},
			{"internal/devcloud"},
			{"internal/devcloud/cmd/..."},
		},
		advice: "a call belongs to the service that answers it; where a lower service must reach a " +
			"higher one, the higher one hands it a function when internal/devcloud wires them",
	},
}

// wall keeps packages from depending on something, even through others.
type wall struct {
	name    string
	inside  []string // patterns, as in a rule
	outside []string // import paths; "x/..." with all below it
	direct  bool     // imports through others are allowed
	advice  string
}

var walls = []wall{
	{
		name:    "saga knows no OpenStack",
		inside:  []string{"saga/..."},
		outside: []string{"github.com/gophercloud/..."},
		advice:  "what talks to a cloud belongs to activities",
	},
	{
		name:    "workflows know no HTTP",
		inside:  []string{"workflows/..."},
		outside: []string{"net/http", "github.com/gophercloud/..."},
		direct:  true, // activities know it, and workflows name activities
		advice:  "what talks to a cloud is an activity",
	},
	{
		name:    "the development cloud stands alone",
		inside:  []string{"internal/devcloud/..."},
		outside: []string{"go.temporal.io/...", "github.com/gophercloud/..."},
		advice:  "the development cloud is written from OpenStack's documents, not from its client",
	},
	{
		name:    "the engine's server is a module of its own",
		inside:  []string{"..."},
		outside: []string{"go.temporal.io/server/..."},
		advice:  "code that needs the server belongs to internal/engine/server",
	},
}
