package keystone

import (
	"context"
	"fmt"
	"net/http"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack/identity/v3/roles"

	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/resource"
	"novaflow/activities/internal/task"
	"novaflow/saga"
)

// RoleAction gives a user or a group a role in a project, and removes it.
var RoleAction = saga.Do((*Activities)(nil).AssignRole).UndoneBy((*Activities)(nil).UnassignRole).
	With(task.SubmitOptions).UndoWith(task.DeleteOptions)

// RoleAssignment is a role that a user or a group has in a project. It has no identity
// beside these three.
type RoleAssignment struct {
	Cloud     string `json:"cloud"`
	ProjectID string `json:"projectId"`
	RoleID    string `json:"roleId"`
	UserID    string `json:"userId,omitempty"`  // or
	GroupID   string `json:"groupId,omitempty"` // one of the two
	Name      string `json:"name,omitempty"`    // for messages: member=alice
}

func (r RoleAssignment) url(on *gophercloud.ServiceClient) string {
	if r.GroupID != "" {
		return on.ServiceURL("projects", r.ProjectID, "groups", r.GroupID, "roles", r.RoleID)
	}
	return on.ServiceURL("projects", r.ProjectID, "users", r.UserID, "roles", r.RoleID)
}

func (r RoleAssignment) op(call cloud.Call, verb string) cloud.Op {
	who := "user " + r.UserID
	if r.GroupID != "" {
		who = "group " + r.GroupID
	}
	return cloud.Keystone.Op(call, fmt.Sprintf("%s role %s of %s in project %s", verb,
		resource.Describe("assignment", r.Name, r.RoleID), who, r.ProjectID))
}

// AssignRole gives the role. Repeating it changes nothing.
func (a *Activities) AssignRole(ctx context.Context, in saga.Intent[RoleAssignment]) (RoleAssignment, error) {
	return task.Forward(ctx, a.Clouds, in.In.Cloud, func(ctx context.Context, c *cloud.Client) (RoleAssignment, error) {
		put, cancel, err := task.Uninterrupted(ctx)
		if err != nil {
			return RoleAssignment{}, err
		}
		defer cancel()
		_, err = c.Identity.Put(put, in.In.url(c.Identity), nil, nil,
			&gophercloud.RequestOpts{OkCodes: []int{http.StatusNoContent}})
		return in.In, in.In.op(cloud.Changing, "make").Wrap(ctx, err)
	})
}

// UnassignRole removes the role. That nobody has it, or that the project is gone, is
// fine.
func (a *Activities) UnassignRole(ctx context.Context, u saga.Undo[RoleAssignment, RoleAssignment]) error {
	return task.Backward(ctx, a.Clouds, u.In.Cloud, func(ctx context.Context, c *cloud.Client) error {
		return Unassign(ctx, c, u.In)
	})
}

func Unassign(ctx context.Context, c *cloud.Client, r RoleAssignment) error {
	_, err := c.Identity.Delete(ctx, r.url(c.Identity), &gophercloud.RequestOpts{OkCodes: []int{http.StatusNoContent}})
	return cloud.IgnoreGone(r.op(cloud.Deleting, "remove").Wrap(ctx, err))
}

// ListAssignments lists the role assignments of a project, without inherited ones.
func ListAssignments(ctx context.Context, c *cloud.Client, project string) ([]RoleAssignment, error) {
	op := cloud.Keystone.Op(cloud.Listing, "list the role assignments of project "+project)
	pages, err := roles.ListAssignments(c.Identity, roles.ListAssignmentsOpts{ScopeProjectID: project}).AllPages(ctx)
	if err != nil {
		return nil, op.Wrap(ctx, err)
	}
	all, err := roles.ExtractRoleAssignments(pages)
	var found []RoleAssignment
	for _, a := range all {
		if a.Scope.Project.ID == project {
			found = append(found, RoleAssignment{Cloud: c.Name, ProjectID: project, RoleID: a.Role.ID,
				UserID: a.User.ID, GroupID: a.Group.ID})
		}
	}
	return found, op.Wrap(ctx, err)
}
