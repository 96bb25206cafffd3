package activities

import (
	"go.temporal.io/sdk/worker"

	"novaflow/activities/cinder"
	"novaflow/activities/glance"
	"novaflow/activities/internal/cloud"
	"novaflow/activities/keystone"
	"novaflow/activities/neutron"
	"novaflow/activities/nova"
	"novaflow/activities/nova/attach"
)

// Register registers all activities of this package, each under the name of its
// method.
func Register(r worker.ActivityRegistry, c *cloud.Clouds) {
	r.RegisterActivity(&neutron.Activities{Clouds: c})
	r.RegisterActivity(&attach.Activities{Clouds: c})
	r.RegisterActivity(&cinder.Activities{Clouds: c})
	r.RegisterActivity(&glance.Activities{Clouds: c})
	r.RegisterActivity(&keystone.Activities{Clouds: c})
	r.RegisterActivity(&nova.Activities{Clouds: c})
	r.RegisterActivity(&planActivities{Clouds: c})
	r.RegisterActivity(&hostsActivities{Clouds: c})
	r.RegisterActivity(&inventoryActivities{Clouds: c})
}
