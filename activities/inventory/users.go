package inventory

import (
	"context"
	"fmt"
	"slices"

	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/resource"
	"novaflow/activities/neutron"
	"novaflow/activities/nova/attach"
)

// keepForOthers leaves out each resource that a server has by now which the run did not
// create, and says so in Stay. Such a port or floating IP was moved to that server.
// Neutron would delete it all the same, and that server would lose its network. The
// security groups of such a port stay with it, as neutron does not delete them. Volumes
// in use are not left out: cinder refuses to delete them until they are free.
func (o *OwnedServer) keepForOthers(ctx context.Context, c *cloud.Client) error {
	var theirs []string // ids of what stays
	ports := false      // among them
	for _, v := range o.Objects {
		user, err := userOf(ctx, c, v)
		if err != nil {
			return err
		}
		if user == "" || user == o.Server.ID {
			continue
		}
		holder, err := attach.FindHolder(ctx, c, user, o.Run)
		if err != nil {
			return err
		}
		if holder == attach.HeldByOther {
			theirs = append(theirs, v.ID)
			ports = ports || v.Kind == resource.KindPort
			if resource.LooksLikeID(user) {
				user = resource.KindServer + " " + user
			}
			o.Stay = append(o.Stay, fmt.Sprintf("%s: %s has it now", resource.Describe(v.Kind, v.Name, v.ID), user))
		}
	}
	o.Objects = slices.DeleteFunc(o.Objects, func(v resource.OwnedObject) bool {
		group := ports && v.Kind == resource.KindSecurityGroup
		if group {
			o.Stay = append(o.Stay, resource.Describe(v.Kind, v.Name, v.ID)+": a port that stays may have it")
		}
		return group || slices.Contains(theirs, v.ID)
	})
	return nil
}

// userOf returns the id of the server that has a port or to which a floating IP points,
// or words for another user such as a load balancer. It returns "" if there is none.
func userOf(ctx context.Context, c *cloud.Client, o resource.OwnedObject) (string, error) {
	if o.Kind != resource.KindFloatingIP || o.User == "" {
		return o.User, nil
	}
	p, err := neutron.Ports.Get(ctx, c, o.User)
	return p.User, cloud.IgnoreGone(err)
}
