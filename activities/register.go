package activities

import (
	"go.temporal.io/sdk/worker"

	"novaflow/activities/cinder"
	"novaflow/activities/glance"
	"novaflow/activities/inventory"
	"novaflow/activities/keystone"
	"novaflow/activities/neutron"
	"novaflow/activities/nova"
	"novaflow/activities/nova/attach"
	"novaflow/activities/nova/hosts"
	"novaflow/activities/nova/plan"
)

// Register registers the activities of all services, each under the name of its method.
func Register(r worker.ActivityRegistry, c *Clouds) {
	r.RegisterActivity(&neutron.Activities{Clouds: c})
	r.RegisterActivity(&attach.Activities{Clouds: c})
	r.RegisterActivity(&cinder.Activities{Clouds: c})
	r.RegisterActivity(&glance.Activities{Clouds: c})
	r.RegisterActivity(&keystone.Activities{Clouds: c})
	r.RegisterActivity(&nova.Activities{Clouds: c})
	r.RegisterActivity(&plan.Activities{Clouds: c})
	r.RegisterActivity(&hosts.Activities{Clouds: c})
	r.RegisterActivity(&inventory.Activities{Clouds: c})
}
