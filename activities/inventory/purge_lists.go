package inventory

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/gophercloud/gophercloud/v2/openstack/blockstorage/v3/snapshots"
	"github.com/gophercloud/gophercloud/v2/openstack/blockstorage/v3/volumes"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/servergroups"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/servers"
	"github.com/gophercloud/gophercloud/v2/openstack/identity/v3/projects"
	"github.com/gophercloud/gophercloud/v2/openstack/image/v2/images"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/layer3/floatingips"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/layer3/routers"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/security/groups"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/networks"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/ports"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/subnets"
	"github.com/gophercloud/gophercloud/v2/pagination"

	"novaflow/activities/cinder"
	"novaflow/activities/glance"
	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/resource"
	"novaflow/activities/internal/task"
	"novaflow/activities/keystone"
	"novaflow/activities/neutron"
	"novaflow/activities/nova"
)

// MaxPurged is how many resources one run removes: its ledger, with the input and result
// of each, has to fit into one payload of the engine.
const MaxPurged = 200

// ContentsQuery names a project of which all is wanted.
type ContentsQuery struct {
	Cloud   string `json:"cloud"`
	Project string `json:"project"` // id, or exact name
}

// ProjectContents is what is in a project.
type ProjectContents struct {
	Project resource.OwnedObject      `json:"project"`
	Objects []resource.OwnedObject    `json:"objects,omitempty"` // in the order in which they can go, MaxPurged at most
	More    int                       `json:"more,omitempty"`    // how many there are beyond that
	Roles   []keystone.RoleAssignment `json:"roles,omitempty"`
	// what the worker's clouds.yaml calls the project, for locks
	Clouds []string `json:"clouds,omitempty"`
}

// ListProjectContents finds a project by id or exact name. It also finds all resources in
// it, no matter who created them. It refuses a name that several projects have, a project
// that the cloud or the administrator needs, and a project with a resource that cannot be
// deleted or that others use. The error is of type InvalidRequest and has every reason.
func (a *Activities) ListProjectContents(ctx context.Context, q ContentsQuery) (ProjectContents, error) {
	return task.Forward(ctx, a.Clouds, q.Cloud, func(ctx context.Context, c *cloud.Client) (ProjectContents, error) {
		found, err := keystone.Projects.Find(ctx, c, q.Project)
		switch {
		case err != nil:
			return ProjectContents{}, err
		case len(found) == 0:
			return ProjectContents{}, cloud.Invalid("there is no project %q on cloud %q", q.Project, c.Name)
		case len(found) > 1:
			return ProjectContents{}, cloud.Invalid("%d projects are called %q: name one by its id: %s", len(found),
				q.Project, resource.JoinIDs(found))
		}
		p := found[0]
		if why := whyNeeded(c, p); why != "" {
			return ProjectContents{}, cloud.Invalid("%s is not purged: %s",
				resource.Describe(resource.KindProject, p.Name, p.ID), why)
		}
		return listContents(ctx, c, p)
	})
}

// whyNeeded says why a project must not go, or "".
func whyNeeded(c *cloud.Client, p keystone.Project) string {
	switch {
	case p.ID == c.Project:
		return "the administrator's own credentials are for it"
	case p.IsDomain:
		return "it stands for a domain"
	case slices.Contains([]string{"service", "services"}, strings.ToLower(p.Name)):
		return "the services of the cloud themselves are in it"
	}
	return ""
}

func listContents(ctx context.Context, c *cloud.Client, p keystone.Project) (ProjectContents, error) {
	out := ProjectContents{Project: p.Object()}
	var problems []string
	s, err := surveyProject(ctx, c, p.ID)
	if err == nil {
		out.Roles, err = keystone.ListAssignments(ctx, c, p.ID)
	}
	if err == nil {
		problems, err = s.users(ctx, c, p.ID)
	}
	if err != nil {
		return out, err
	}
	children, err := keystone.ListProjectsWith(ctx, c, projects.ListOpts{ParentID: p.ID})
	if err != nil {
		return out, cloud.Keystone.Op(cloud.Listing, "list the projects below "+p.ID).Wrap(ctx, err)
	}
	for _, child := range children {
		if child.ParentID == p.ID {
			problems = append(problems, fmt.Sprintf("%s is below it: purge that first",
				resource.Describe(resource.KindProject, child.Name, child.ID)))
		}
	}
	if len(problems) > 0 {
		return out, cloud.Invalid("%s cannot be purged:\n- %s", resource.Describe(resource.KindProject, p.Name, p.ID),
			strings.Join(problems, "\n- "))
	}
	out.Objects = s.objects()
	if len(out.Objects) > MaxPurged {
		out.Objects, out.More = out.Objects[:MaxPurged], len(out.Objects)-MaxPurged
	}
	out.Clouds, err = c.EntriesOf(p.ID, p.Name)
	return out, err
}

// ListRemaining lists what is in a project now. It looks more than once: a list may still
// have what is gone.
func (a *Activities) ListRemaining(ctx context.Context, q ContentsQuery) ([]resource.OwnedObject, error) {
	return task.Forward(ctx, a.Clouds, q.Cloud,
		func(ctx context.Context, c *cloud.Client) ([]resource.OwnedObject, error) {
			for n := 1; ; n++ {
				s, err := surveyProject(ctx, c, q.Project)
				if left := s.objects(); err != nil || len(left) == 0 || n >= c.Looks() {
					return left[:min(len(left), MaxPurged)], err
				}
				if err := task.Sleep(ctx, c.LookPause()); err != nil {
					return nil, err
				}
			}
		})
}

// surveyed is everything in a project.
type surveyed struct {
	servers   []nova.Server
	groups    []nova.ServerGroup
	floating  []neutron.FloatingIP
	ports     []neutron.Port
	routers   []neutron.Router
	snapshots []cinder.Snapshot
	volumes   []cinder.Volume
	images    []glance.ServerImage
	protected map[string]bool // ids of images
	subnets   []neutron.Subnet
	networks  []neutron.Network
	security  []neutron.SecurityGroup
}

// surveyProject asks every service at once. Neutron creates a security group when the
// groups of a project are asked for, so all are. What a service lists of others is left
// out.
func surveyProject(ctx context.Context, c *cloud.Client, project string) (*surveyed, error) {
	s := &surveyed{protected: map[string]bool{}}
	if project == "" {
		return s, cloud.Invalid("no project is given")
	}
	err := resource.InParallel(slices.Concat(
		s.serverTasks(ctx, c, project), s.networkTasks(ctx, c, project), s.volumeTasks(ctx, c, project),
		[]func() error{func() error { return s.listImages(ctx, c, project) }},
	)...)
	return s, err
}

// serverTasks lists what nova has of a project.
func (s *surveyed) serverTasks(ctx context.Context, c *cloud.Client, project string) []func() error {
	return []func() error{
		func() (err error) {
			s.servers, err = listWhole(ctx, c, project, cloud.Nova,
				servers.List(c.Compute, servers.ListOpts{AllTenants: true, TenantID: project}), servers.ExtractServers,
				nova.ToServer)
			return
		},
		func() (err error) {
			s.groups, err = listWhole(ctx, c, project, cloud.Nova,
				servergroups.List(c.Compute, servergroups.ListOpts{AllProjects: true}),
				servergroups.ExtractServerGroups, nova.ToServerGroup)
			return
		},
	}
}

// networkTasks lists what neutron has of a project.
func (s *surveyed) networkTasks(ctx context.Context, c *cloud.Client, project string) []func() error {
	return []func() error{
		func() (err error) {
			s.floating, err = listWhole(ctx, c, project, cloud.Neutron,
				floatingips.List(c.Network, floatingips.ListOpts{ProjectID: project}), floatingips.ExtractFloatingIPs,
				neutron.ToFloatingIP)
			return
		},
		func() (err error) {
			s.ports, err = listWhole(ctx, c, project, cloud.Neutron,
				ports.List(c.Network, ports.ListOpts{ProjectID: project}), ports.ExtractPorts, neutron.ToPort)
			return
		},
		func() (err error) {
			s.routers, err = listWhole(ctx, c, project, cloud.Neutron,
				routers.List(c.Network, routers.ListOpts{ProjectID: project}), routers.ExtractRouters, neutron.ToRouter)
			return
		},
		func() (err error) {
			s.subnets, err = listWhole(ctx, c, project, cloud.Neutron,
				subnets.List(c.Network, subnets.ListOpts{ProjectID: project}), subnets.ExtractSubnets, neutron.ToSubnet)
			return
		},
		func() (err error) {
			s.networks, err = listWhole(ctx, c, project, cloud.Neutron,
				networks.List(c.Network, networks.ListOpts{ProjectID: project}), networks.ExtractNetworks,
				neutron.ToNetwork)
			return
		},
		func() (err error) {
			s.security, err = listWhole(ctx, c, project, cloud.Neutron, groups.List(c.Network, groups.ListOpts{}),
				groups.ExtractGroups, neutron.ToSecurityGroup)
			return
		},
	}
}

// volumeTasks lists what cinder has of a project.
func (s *surveyed) volumeTasks(ctx context.Context, c *cloud.Client, project string) []func() error {
	return []func() error{
		func() (err error) {
			s.snapshots, err = listWhole(ctx, c, project, cloud.Cinder,
				snapshots.ListDetail(c.Volume, snapshots.ListOpts{AllTenants: true, TenantID: project}),
				snapshots.ExtractSnapshots, cinder.ToSnapshot)
			return
		},
		func() (err error) {
			s.volumes, err = listWhole(ctx, c, project, cloud.Cinder,
				volumes.List(c.Volume, volumes.ListOpts{AllTenants: true, TenantID: project}), volumes.ExtractVolumes,
				cinder.ToVolume)
			return
		},
	}
}

// listImages lists the images of a project, those that are hidden too.
func (s *surveyed) listImages(ctx context.Context, c *cloud.Client, project string) error {
	for _, hidden := range []bool{false, true} {
		found, err := listWhole(ctx, c, project, cloud.Glance,
			images.List(c.Image, images.ListOpts{Owner: project, Hidden: hidden}), images.ExtractImages,
			func(c *cloud.Client, im *images.Image) glance.ServerImage {
				if im != nil && im.Protected {
					s.protected[im.ID] = true
				}
				return glance.ToServerImage(c, im)
			})
		if err != nil {
			return err
		}
		for _, im := range found {
			if !slices.ContainsFunc(s.images, func(known glance.ServerImage) bool { return known.ID == im.ID }) {
				s.images = append(s.images, im)
			}
		}
	}
	return nil
}

// listWhole reads a whole list and keeps what is of the project. Where a service hides
// from these credentials whose a resource is, it may be the project's, and would be left
// without one.
func listWhole[R any, T resource.Resource](ctx context.Context, c *cloud.Client, project string, service cloud.Service,
	list pagination.Pager, extract func(pagination.Page) ([]R, error), to func(*cloud.Client, *R) T) ([]T, error) {
	op := service.Op(cloud.Listing, "list what is in project "+project)
	pages, err := list.AllPages(ctx)
	if err != nil {
		return nil, op.Wrap(ctx, err)
	}
	all, err := extract(pages)
	var found []T
	for i := range all {
		v := to(c, &all[i])
		o := v.Object()
		if o.Project == "" && service != cloud.Glance { // an image may be nobody's
			return nil, &cloud.Error{Class: cloud.Terminal,
				Message: fmt.Sprintf("%s does not say whose %s is: use credentials that may see that",
					service, resource.Describe(o.Kind, o.Name, o.ID))}
		}
		if o.Project == project {
			found = append(found, v)
		}
	}
	return found, op.Wrap(ctx, err)
}

// objects returns everything in the order in which it can be deleted. Ports that neutron
// creates for itself go with what it created them for.
func (s *surveyed) objects() (out []resource.OwnedObject) {
	var interfaces, free []neutron.Port
	for _, p := range s.ports {
		switch {
		case neutron.IsRouterInterface(p.DeviceOwner):
			p.Kind = resource.KindRouterInterface
			interfaces = append(interfaces, p)
		case !strings.HasPrefix(p.DeviceOwner, "network:"):
			free = append(free, p)
		}
	}
	return slices.Concat(inOrder(s.servers), inOrder(s.groups), inOrder(s.floating), inOrder(interfaces),
		inOrder(free), inOrder(s.routers),
		inOrder(s.snapshots), inOrder(s.volumes), inOrder(s.images), inOrder(s.subnets), inOrder(s.networks),
		inOrder(s.security))
}

func inOrder[T resource.Resource](all []T) []resource.OwnedObject {
	out, _ := ToObjects(all, nil)
	slices.SortFunc(out, func(a, b resource.OwnedObject) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
	return out
}

// users returns the reasons for which a part of the project cannot go: an image is
// protected, or others have ports on its networks. They are looked for first, so that no
// server is deleted before it turns out that its network has to stay.
func (s *surveyed) users(ctx context.Context, c *cloud.Client, project string) (problems []string, err error) {
	for _, im := range s.images {
		if s.protected[im.ID] {
			problems = append(problems,
				fmt.Sprintf("%s is protected: take that off with `openstack image set --unprotected %s`",
					resource.Describe(resource.KindImage, im.Name, im.ID), im.ID))
		}
	}
	own := map[string]bool{}
	for _, r := range s.routers {
		own[r.ID] = true
	}
	for _, f := range s.floating {
		own[f.ID] = true
	}
	for _, n := range s.networks {
		all, err := neutron.ListRawPorts(ctx, c, ports.ListOpts{NetworkID: n.ID})
		if err != nil {
			return nil, err
		}
		for _, p := range all {
			if port := neutron.ToPort(c, &p); port.Project != project && !own[p.DeviceID] &&
				p.DeviceOwner != "network:dhcp" && p.DeviceOwner != "network:distributed" {
				problems = append(problems, fmt.Sprintf("%s on %s is of project %q (device %s %s): delete that first",
					resource.Describe(resource.KindPort, p.Name, p.ID), resource.Describe(resource.KindNetwork, n.Name,
						n.ID), port.Project, p.DeviceOwner, p.DeviceID))
			}
		}
	}
	return problems, nil
}
