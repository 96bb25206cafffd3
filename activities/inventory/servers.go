package inventory

import (
	"context"
	"slices"
	"strings"
	"sync"

	"novaflow/activities/cinder"
	"novaflow/activities/glance"
	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/resource"
	"novaflow/activities/internal/task"
	"novaflow/activities/neutron"
	"novaflow/activities/nova"
	"novaflow/saga"
)

// Activities has the activities for everything that carries a mark, over all services.
type Activities struct{ Clouds *cloud.Clouds }

// ResolveOwnedServerAction finds what the run that created a server has created.
var ResolveOwnedServerAction = saga.Read((*Activities)(nil).ResolveOwnedServer).With(task.SurveyOptions)

// OwnedServerQuery names a server that a run created.
type OwnedServerQuery struct {
	Cloud  string `json:"cloud"`
	Server string `json:"server"`        // id, or exact name
	Run    string `json:"run,omitempty"` // that created it, for when the server itself is gone; "" if not known
}

// OwnedServer is what one run created, as far as it still exists.
type OwnedServer struct {
	Run    string               `json:"run"`
	Server resource.OwnedObject `json:"server"` // zero if others deleted it
	// everything else; rules go with their security group and are not listed
	Objects []resource.OwnedObject `json:"objects,omitempty"`
	// what the run created and another server has by now, in words
	Stay []string `json:"stay,omitempty"`
}

// ResolveOwnedServer finds a server by id or exact name, and what else in the project
// carries a mark of the run that created it. It refuses, with an error of type
// InvalidRequest, a name that several servers have, a server without mark and one of
// another project.
//
// What another server has by now stays, see keepForOthers.
//
// A server that was deleted and that the cloud keeps for a while is still there,
// for it has its ports and volumes.
//
// Where there is no such server, it finds what the run of the query has left.
// Nothing is the same error as if no run were given.
func (a *Activities) ResolveOwnedServer(ctx context.Context, q OwnedServerQuery) (OwnedServer, error) {
	return task.Forward(ctx, a.Clouds, q.Cloud, func(ctx context.Context, c *cloud.Client) (OwnedServer, error) {
		matches, err := resource.LookAgain(ctx, c,
			func() ([]nova.Server, error) { return nova.Servers.Find(ctx, c, q.Server) })
		if err == nil && len(matches) == 0 {
			matches, err = nova.FindKept(ctx, c, q.Server, q.Run)
		}
		if err == nil && len(matches) == 0 {
			return listLeft(ctx, c, q)
		}
		if err != nil {
			return OwnedServer{}, err
		}
		s, err := chooseOwned(q.Server, matches)
		err = cloud.FirstError(err, resource.RefuseForeign(c, s.OwnedObject), nova.CheckStillCalled(ctx, c, s))
		if err != nil {
			return OwnedServer{}, err
		}
		owned := OwnedServer{Run: s.Mark.Run(), Server: s.Object()}
		owned.Objects, err = listRun(ctx, c, owned.Run, s.ID)
		return owned, cloud.FirstError(err, owned.keepForOthers(ctx, c))
	})
}

// listLeft finds what a run has left of a server that is gone.
func listLeft(ctx context.Context, c *cloud.Client, q OwnedServerQuery) (OwnedServer, error) {
	owned := OwnedServer{Run: q.Run}
	var err error
	if q.Run != "" {
		owned.Objects, err = listRun(ctx, c, q.Run, "")
		err = cloud.FirstError(err, owned.keepForOthers(ctx, c))
	}
	switch {
	case err != nil || len(owned.Objects) > 0:
	case len(owned.Stay) > 0:
		err = cloud.Invalid(
			"there is no server %q on cloud %q any more, and others use what its run created:\n- %s", q.Server,
			c.Name, strings.Join(owned.Stay, "\n- "))
	default:
		err = cloud.Invalid("there is no server %q on cloud %q: see the servers with \"novaflow server list\"",
			q.Server, c.Name)
	}
	if err == nil {
		err = refuseRenamed(q.Server, owned.Objects)
	}
	return owned, err
}

// listRun lists what carries a mark of a run, except the resource with an id.
func listRun(ctx context.Context, c *cloud.Client, run, except string) ([]resource.OwnedObject, error) {
	all, err := listEach(serverLists(ctx, c))
	return slices.DeleteFunc(all, func(o resource.OwnedObject) bool { return o.Mark.Run() != run || o.ID == except }),
		err
}

// refuseRenamed refuses to delete a server that the run created and that has got another
// name since: the user who gave it the name may want to keep it.
func refuseRenamed(name string, left []resource.OwnedObject) error {
	for _, o := range left {
		if o.Kind == resource.KindServer {
			return cloud.Invalid("there is no server %q any more, but what was created under that name exists as %q: "+
				"to delete it, name it by its id %s", name, o.Name, o.ID)
		}
	}
	return nil
}

// chooseOwned finds the one server that a run created, among at least one.
func chooseOwned(nameOrID string, matches []nova.Server) (nova.Server, error) {
	marked := resource.KeepMarked("", append([]nova.Server(nil), matches...))
	switch {
	case len(marked) == 0:
		return nova.Server{}, cloud.Invalid("server %q (%s) was not created by novaflow, as it carries no mark: "+
			"delete it with \"openstack server delete\"", matches[0].Name, resource.JoinIDs(matches))
	case len(marked) > 1:
		return nova.Server{}, cloud.Invalid("%d servers created by novaflow are called %q: name one by its id: %s",
			len(marked), nameOrID, resource.JoinIDs(marked))
	}
	return marked[0], nil
}

// lister lists what carries any mark, of one kind.
type lister func() ([]resource.OwnedObject, error)

// listMarked lists what carries any mark: what servers consist of, then what
// networks do, then images.
func listMarked(ctx context.Context, c *cloud.Client) ([]resource.OwnedObject, error) {
	images := func() ([]resource.OwnedObject, error) { return ToObjects(glance.Images.ListMarked(ctx, c, "")) }
	return listEach(slices.Concat(serverLists(ctx, c), networkLists(ctx, c), []lister{images}))
}

// serverLists returns the lists of servers and their parts, in the order in which they
// depend on each other.
func serverLists(ctx context.Context, c *cloud.Client) []lister {
	return []lister{
		func() ([]resource.OwnedObject, error) { return ToObjects(nova.Servers.ListMarked(ctx, c, "")) },
		func() ([]resource.OwnedObject, error) { return ToObjects(nova.ListKept(ctx, c, "")) },
		func() ([]resource.OwnedObject, error) { return ToObjects(neutron.FloatingIPs.ListMarked(ctx, c, "")) },
		func() ([]resource.OwnedObject, error) { return portObjects(neutron.Ports.ListMarked(ctx, c, "")) },
		func() ([]resource.OwnedObject, error) { return ToObjects(cinder.Snapshots.ListMarked(ctx, c, "")) },
		func() ([]resource.OwnedObject, error) { return ToObjects(cinder.Volumes.ListMarked(ctx, c, "")) },
		func() ([]resource.OwnedObject, error) {
			return ToObjects(neutron.SecurityGroups.ListMarked(ctx, c, ""))
		},
		func() ([]resource.OwnedObject, error) { return ToObjects(nova.ServerGroups.ListMarked(ctx, c, "")) },
		func() ([]resource.OwnedObject, error) { return ToObjects(nova.KeyPairs.ListMarked(ctx, c, "")) },
	}
}

// networkLists returns the lists of what a run creates for a network, beside ports and
// security groups. A cloud may have no routers at all, so servers are deleted without
// them.
func networkLists(ctx context.Context, c *cloud.Client) []lister {
	return []lister{
		func() ([]resource.OwnedObject, error) { return ToObjects(neutron.Routers.ListMarked(ctx, c, "")) },
		func() ([]resource.OwnedObject, error) { return ToObjects(neutron.Subnets.ListMarked(ctx, c, "")) },
		func() ([]resource.OwnedObject, error) { return ToObjects(neutron.Networks.ListMarked(ctx, c, "")) },
	}
}

// listEach asks for all lists at once, and returns them one after the other, or
// the first error.
func listEach(lists []lister) (out []resource.OwnedObject, err error) {
	found, errs := make([][]resource.OwnedObject, len(lists)), make([]error, len(lists))
	var all sync.WaitGroup
	for i, list := range lists {
		all.Go(func() { found[i], errs[i] = list() })
	}
	all.Wait()
	for i := range lists {
		if errs[i] != nil {
			return nil, errs[i]
		}
		out = append(out, found[i]...)
	}
	return out, nil
}

func ToObjects[T resource.Resource](all []T, err error) ([]resource.OwnedObject, error) {
	var out []resource.OwnedObject
	for _, v := range all {
		out = append(out, v.Object())
	}
	return out, err
}

// portObjects marks the ports by which routers serve subnets with a kind of their own:
// they go in another way.
func portObjects(all []neutron.Port, err error) ([]resource.OwnedObject, error) {
	out, err := ToObjects(all, err)
	for i, p := range all {
		if neutron.IsRouterInterface(p.DeviceOwner) {
			out[i].Kind = resource.KindRouterInterface
		}
	}
	return out, err
}
