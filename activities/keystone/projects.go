package keystone

import (
	"context"
	"fmt"
	"strings"

	"github.com/gophercloud/gophercloud/v2/openstack/identity/v3/projects"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/security/groups"

	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/resource"
	"novaflow/activities/internal/task"
	"novaflow/activities/neutron"
	"novaflow/saga"
)

// Activities has the activities for projects, their quotas and the roles of users in
// them. They need the credentials of an administrator.
type Activities struct{ Clouds *cloud.Clouds }

// ProjectAction creates a project and deletes it.
var ProjectAction = saga.Do((*Activities)(nil).CreateProject).UndoneBy((*Activities)(nil).DeleteProject).
	With(task.SubmitOptions).UndoWith(task.DeleteOptions)

// CreateProjectInput says what project to create.
type CreateProjectInput struct {
	Cloud       string `json:"cloud"`
	Name        string `json:"name"`
	DomainID    string `json:"domainId"`
	Description string `json:"description,omitempty"`
}

// Project is a keystone project.
type Project struct {
	resource.OwnedObject
	DomainID string `json:"domainId"`
	IsDomain bool   `json:"isDomain,omitempty"` // it stands for a domain
	ParentID string `json:"parentId,omitempty"` // the project or domain that it is below
}

// An attribute that keystone does not know carries the mark, and a tag leads to it:
// keystone keeps such attributes and lists them, and finds by tag
// (https://docs.openstack.org/api-ref/identity/v3/#create-project).
var Projects = resource.Kind[Project]{
	Name: resource.KindProject, Service: cloud.Keystone,
	List: func(ctx context.Context, c *cloud.Client, m saga.Mark) ([]Project, error) {
		o := projects.ListOpts{}
		if m != "" {
			o.Tags = projectTag(m)
		}
		all, err := ListProjectsWith(ctx, c, o)
		return resource.KeepMarked(m, all), err
	},
	Show: func(ctx context.Context, c *cloud.Client, id string) (Project, error) {
		p, err := projects.Get(ctx, c.Identity, id).Extract()
		return toProject(c, p), err
	},
	ListNamed: func(ctx context.Context, c *cloud.Client, name string) ([]Project, error) {
		all, err := ListProjectsWith(ctx, c, projects.ListOpts{Name: name})
		err = cloud.Keystone.Op(cloud.Listing, "find "+resource.Describe(resource.KindProject, name, "")).Wrap(ctx, err)
		return all, cloud.ExplainForbidden(c, "projects", err)
	},
	Delete: func(ctx context.Context, c *cloud.Client, v Project) error {
		if err := removeDefaultGroup(ctx, c, v.ID); err != nil {
			return err
		}
		return projects.Delete(ctx, c.Identity, v.ID).ExtractErr()
	},
}

// projectTag returns the tag of everything that a run creates. A tag has neither commas
// nor slashes.
func projectTag(m saga.Mark) string {
	return strings.NewReplacer("/", "_", ",", "_").Replace("novaflow:" + m.Run())
}

// CreateProject creates a project, or adopts the one with the mark. Keystone has one of
// a name in a domain.
func (a *Activities) CreateProject(ctx context.Context, in saga.Intent[CreateProjectInput]) (Project, error) {
	return task.Forward(ctx, a.Clouds, in.In.Cloud, func(ctx context.Context, c *cloud.Client) (Project, error) {
		return Projects.Ensure(ctx, c, fmt.Sprintf("create project %q", in.In.Name), in.Mark,
			func(ctx context.Context) (Project, error) {
				created, err := projects.Create(ctx, c.Identity, projects.CreateOpts{
					Name: in.In.Name, DomainID: in.In.DomainID, Description: in.In.Description,
					Tags: []string{projectTag(in.Mark)}, Extra: map[string]any{resource.MarkKey: string(in.Mark)},
				}).Extract()
				return toProject(c, created), err
			})
	})
}

// DeleteProject makes sure that the project is absent, and with it the security group
// "default" that neutron creates in every project in which a network is created: it
// outlives the project.
func (a *Activities) DeleteProject(ctx context.Context, u saga.Undo[CreateProjectInput, Project]) error {
	return task.Backward(ctx, a.Clouds, u.In.Cloud, func(ctx context.Context, c *cloud.Client) error {
		if err := Projects.DeleteMarked(ctx, c, resource.IDOf(u.Out), u.Mark); err != nil || u.Out == nil {
			return err
		}
		if p, err := Projects.Get(ctx, c, u.Out.ID); cloud.ClassOf(err) != cloud.Gone {
			if err == nil {
				resource.Log(ctx, "its security group is left alone too", p.Object())
			}
			return err
		}
		return removeDefaultGroup(ctx, c, u.Out.ID) // another user deleted the project
	})
}

// removeDefaultGroup deletes the security group "default" of a project. The groups
// are listed without a filter by project: neutron would create the group for it.
func removeDefaultGroup(ctx context.Context, c *cloud.Client, project string) error {
	pages, err := groups.List(c.Network, groups.ListOpts{Name: "default"}).AllPages(ctx)
	op := cloud.Neutron.Op(cloud.Listing, "list the security groups called default")
	if err != nil {
		return op.Wrap(ctx, err)
	}
	all, err := groups.ExtractGroups(pages)
	if err != nil {
		return op.Wrap(ctx, err)
	}
	for _, g := range all {
		if g.Name != "default" || project == "" || g.ProjectID != project {
			continue
		}
		err := cloud.Neutron.Op(cloud.Deleting, fmt.Sprintf("delete the security group \"default\" (%s) of project %s",
			g.ID, project)).Wrap(ctx, groups.Delete(ctx, c.Network, g.ID).ExtractErr())
		if cloud.IgnoreGone(err) != nil {
			return err
		}
		resource.Log(ctx, "gone", neutron.ToSecurityGroup(c, &g).Object())
	}
	return nil
}

func ListProjectsWith(ctx context.Context, c *cloud.Client, o projects.ListOpts) ([]Project, error) {
	pages, err := projects.List(c.Identity, o).AllPages(ctx)
	if err != nil {
		return nil, err
	}
	all, err := projects.ExtractProjects(pages)
	var found []Project
	for _, p := range all {
		found = append(found, toProject(c, &p))
	}
	return found, err
}

func toProject(c *cloud.Client, p *projects.Project) Project {
	if p == nil {
		return Project{}
	}
	mark, _ := p.Extra[resource.MarkKey].(string)
	return Project{
		OwnedObject: resource.OwnedObject{Cloud: c.Name, Kind: resource.KindProject, ID: p.ID, Name: p.Name,
			Mark: resource.ParseMark(mark)},
		DomainID: p.DomainID, IsDomain: p.IsDomain, ParentID: p.ParentID,
	}
}
