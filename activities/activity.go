package activities

import (
	"go.temporal.io/sdk/worker"

	"novaflow/activities/internal/cloud"
)

// Register registers all activities of this package, each under the name of its
// method.
func Register(r worker.ActivityRegistry, c *cloud.Clouds) {
	r.RegisterActivity(&neutronActivities{c})
	r.RegisterActivity(&attachActivities{c})
	r.RegisterActivity(&cinderActivities{c})
	r.RegisterActivity(&glanceActivities{c})
	r.RegisterActivity(&keystoneActivities{c})
	r.RegisterActivity(&novaActivities{c})
	r.RegisterActivity(&planActivities{c})
	r.RegisterActivity(&hostsActivities{c})
	r.RegisterActivity(&inventoryActivities{c})
}
