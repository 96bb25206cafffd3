package nova

import (
	"context"
	"strings"
	"time"

	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/resource"
	"novaflow/activities/internal/task"
	"novaflow/saga"
)

// WaitServerAction waits for a server.
var WaitServerAction = saga.Read((*Activities)(nil).WaitServer).With(task.WaitOptions)

// ServerWait says which server to wait for.
type ServerWait struct {
	Cloud string `json:"cloud"`
	ID    string `json:"id"`
	Name  string `json:"name,omitempty"` // for messages
}

// WaitServer waits until the server is ACTIVE. ERROR is a terminal error of
// type ServerError with nova's fault.
func (a *Activities) WaitServer(ctx context.Context, w ServerWait) (Server, error) {
	return task.Forward(ctx, a.Clouds, w.Cloud, func(ctx context.Context, c *cloud.Client) (Server, error) {
		var last Server
		name, begun := resource.Describe(resource.KindServer, w.Name, w.ID), time.Now()
		err := Servers.Watch(ctx, c, w.ID, func(s Server) (bool, error) {
			last = s
			task.Say(ctx, task.DescribeWait(name, strings.TrimSpace(s.Status+" "+s.TaskState), begun))
			switch s.Status {
			case "ERROR":
				return false, FailedError(ctx, c, name, s)
			case "DELETED", SoftDeleted:
				return false, &cloud.Error{Class: cloud.Gone, Message: name + " was deleted while it was waited for"}
			}
			return s.Status == "ACTIVE", nil
		})
		return last, err
	})
}

// FailedError returns the error for a server in ERROR. It asks for the one server where
// the list had no fault.
func FailedError(ctx context.Context, c *cloud.Client, name string, s Server) error {
	if s.Fault == "" {
		if one, err := Servers.Get(ctx, c, s.ID); err == nil {
			s = one
		}
	}
	message := name + " reached status ERROR"
	if s.Fault != "" {
		message += ": nova: " + cloud.Shorten(s.Fault)
	}
	return &cloud.Error{Class: cloud.Terminal, Type: cloud.ServerError, Message: message}
}
