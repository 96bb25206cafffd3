package nova

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/servers"

	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/resource"
	"novaflow/activities/internal/task"
	"novaflow/saga"
)

// The actions that give a server another name or other properties. A value has no
// mark: what identifies a change is the value before, which the look-up notes, and
// the value that the run sets. An undo puts the old value back only where the
// server still has the one that the run has set. Two people who set the same value
// at the same time cannot be told apart.
var (
	CheckServerChangeAction = saga.Read((*Activities)(nil).CheckServerChange).With(task.CheckOptions)
	RenameServerAction      = saga.Do((*Activities)(nil).RenameServer).UndoneBy((*Activities)(nil).RestoreServerName).
				With(task.SubmitOptions).UndoWith(task.SubmitOptions)
	SetServerPropertyAction = saga.Do((*Activities)(nil).SetServerProperty).
				UndoneBy((*Activities)(nil).RestoreServerProperty).With(task.SubmitOptions).UndoWith(task.SubmitOptions)
)

// ServerChangeQuery asks whether a server can be given another name and other properties.
type ServerChangeQuery struct {
	Cloud      string   `json:"cloud"`
	Server     string   `json:"server"`               // id, or exact name
	Name       string   `json:"name,omitempty"`       // "": it keeps its own
	Properties []string `json:"properties,omitempty"` // keys that are to be set or unset
}

// ServerChangePlan is a server as it is before the change.
type ServerChangePlan struct {
	ID         string            `json:"id"`
	Name       string            `json:"name"`
	Properties map[string]string `json:"properties,omitempty"` // of the keys asked for, those that it has
}

// CheckServerChange looks the server up. It refuses, with an error of type
// InvalidRequest, a name that another server has, and the keys of marks.
func (a *Activities) CheckServerChange(ctx context.Context, q ServerChangeQuery) (ServerChangePlan, error) {
	return task.Forward(ctx, a.Clouds, q.Cloud, func(ctx context.Context, c *cloud.Client) (ServerChangePlan, error) {
		v, err := resolveRenamedServer(ctx, c, q.Server, q.Name)
		if err != nil {
			return ServerChangePlan{}, err
		}
		var problems []string
		if v.Locked {
			problems = append(problems, DescribeBusy(v))
		}
		if states := []string{"ACTIVE", "PAUSED", "SUSPENDED", "SHUTOFF"}; len(q.Properties) > 0 &&
			!slices.Contains(states, v.Status) {
			problems = append(problems, fmt.Sprintf("%s is %s: nova changes properties of servers that are %s only",
				resource.Describe(resource.KindServer, v.Name, v.ID), v.Status, strings.Join(states, ", ")))
		}
		if q.Name != "" && q.Name != v.Name {
			taken, err := Servers.Find(ctx, c, q.Name)
			if err != nil {
				return ServerChangePlan{}, err
			}
			if len(taken) > 0 {
				problems = append(problems, fmt.Sprintf("a server is called %q already: %s", q.Name,
					resource.JoinIDs(taken)))
			}
		}
		if len(problems) > 0 {
			return ServerChangePlan{}, cloud.Invalid("%s", strings.Join(problems, "\n"))
		}
		plan := ServerChangePlan{ID: v.ID, Name: v.Name, Properties: maps.Clone(v.Properties)}
		maps.DeleteFunc(plan.Properties, func(key, _ string) bool { return !slices.Contains(q.Properties, key) })
		return plan, nil
	})
}

// ReservedProperty reports whether a key of a server's metadata is novaflow's own.
func ReservedProperty(key string) bool { return key == resource.MarkKey || key == resource.RunKey }

// RenameInput says which server gets which name.
type RenameInput struct {
	Cloud    string `json:"cloud"`
	ServerID string `json:"serverId"`
	From     string `json:"from"` // its name before
	To       string `json:"to"`
}

// ServerValue is the result of a change of a name or a property.
type ServerValue struct {
	ServerID string `json:"serverId"`
	cloud.Answered
}

// ResourceIDs returns the id of the server.
func (v ServerValue) ResourceIDs() []string { return []string{v.ServerID} }

// RenameServer gives the server its new name. Repeating it changes nothing.
func (a *Activities) RenameServer(ctx context.Context, in saga.Intent[RenameInput]) (ServerValue, error) {
	return task.Forward(ctx, a.Clouds, in.In.Cloud, func(ctx context.Context, c *cloud.Client) (ServerValue, error) {
		v, err := Servers.Get(ctx, c, in.In.ServerID)
		if err != nil || v.Name == in.In.To {
			return ServerValue{ServerID: in.In.ServerID}, err
		}
		return ServerValue{ServerID: in.In.ServerID}, renameServer(ctx, c, v, in.In.To, cloud.Changing)
	})
}

// RestoreServerName gives the server its old name again, if it still has the new one.
func (a *Activities) RestoreServerName(ctx context.Context, u saga.Undo[RenameInput, ServerValue]) error {
	return task.Backward(ctx, a.Clouds, u.In.Cloud, func(ctx context.Context, c *cloud.Client) error {
		v, err := Servers.Get(ctx, c, u.In.ServerID)
		if err != nil || v.Name != u.In.To {
			return cloud.IgnoreGone(err)
		}
		return cloud.IgnoreGone(renameServer(ctx, c, v, u.In.From, cloud.Deleting))
	})
}

func renameServer(ctx context.Context, c *cloud.Client, v Server, to string, call cloud.Call) error {
	put, cancel, err := task.Uninterrupted(ctx)
	if err != nil {
		return err
	}
	defer cancel()
	_, err = servers.Update(put, c.Compute, v.ID, servers.UpdateOpts{Name: to}).Extract()
	return cloud.Nova.Op(call, fmt.Sprintf("rename %s to %q", resource.Describe(resource.KindServer, v.Name, v.ID),
		to)).Wrap(ctx, err)
}

// PropertyInput says what one property of a server is to be.
type PropertyInput struct {
	Cloud    string  `json:"cloud"`
	ServerID string  `json:"serverId"`
	Key      string  `json:"key"`
	From     *string `json:"from"` // before; null: it had none
	To       *string `json:"to"`   // null: none
}

// SetServerProperty gives the server the property, or removes it. Repeating it
// changes nothing.
func (a *Activities) SetServerProperty(ctx context.Context, in saga.Intent[PropertyInput]) (ServerValue, error) {
	return task.Forward(ctx, a.Clouds, in.In.Cloud, func(ctx context.Context, c *cloud.Client) (ServerValue, error) {
		return ServerValue{ServerID: in.In.ServerID}, setProperty(ctx, c, in.In, in.In.To, cloud.Changing)
	})
}

// RestoreServerProperty gives the server the value that it had before, if it still has
// the one that the run has set.
func (a *Activities) RestoreServerProperty(ctx context.Context, u saga.Undo[PropertyInput, ServerValue]) error {
	return task.Backward(ctx, a.Clouds, u.In.Cloud, func(ctx context.Context, c *cloud.Client) error {
		v, err := Servers.Get(ctx, c, u.In.ServerID)
		if err != nil || !sameValue(valueOf(v, u.In.Key), u.In.To) {
			return cloud.IgnoreGone(err)
		}
		return cloud.IgnoreGone(setProperty(ctx, c, u.In, u.In.From, cloud.Deleting))
	})
}

// setProperty makes sure that the server has the value, or none.
func setProperty(ctx context.Context, c *cloud.Client, in PropertyInput, value *string, call cloud.Call) error {
	v, err := Servers.Get(ctx, c, in.ServerID)
	if err != nil || sameValue(valueOf(v, in.Key), value) {
		return err
	}
	post, cancel, err := task.Uninterrupted(ctx)
	if err != nil {
		return err
	}
	defer cancel()
	if value == nil {
		err = servers.DeleteMetadatum(post, c.Compute, in.ServerID, in.Key).ExtractErr()
		return cloud.IgnoreGone(cloud.Nova.Op(cloud.Deleting, fmt.Sprintf("unset property %q of %s", in.Key,
			resource.Describe(resource.KindServer, v.Name, v.ID))).Wrap(ctx, err))
	}
	_, err = servers.UpdateMetadata(post, c.Compute, in.ServerID, servers.MetadataOpts{in.Key: *value}).Extract()
	return cloud.Nova.Op(call, fmt.Sprintf("set property %q of %s", in.Key,
		resource.Describe(resource.KindServer, v.Name, v.ID))).Wrap(ctx, err)
}

// valueOf returns a property of a server, or nil if it has none of the key.
func valueOf(s Server, key string) *string {
	if v, ok := s.Properties[key]; ok {
		return &v
	}
	return nil
}

func sameValue(a, b *string) bool { return a == nil && b == nil || a != nil && b != nil && *a == *b }
