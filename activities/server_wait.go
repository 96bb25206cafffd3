package activities

import (
	"context"
	"strings"
	"time"

	"novaflow/saga"
)

// WaitServerAction waits for a server.
var WaitServerAction = saga.Read((*novaActivities)(nil).WaitServer).With(waits)

// ServerWait says which server to wait for.
type ServerWait struct {
	Cloud string `json:"cloud"`
	ID    string `json:"id"`
	Name  string `json:"name,omitempty"` // for messages
}

// WaitServer waits until the server is ACTIVE. ERROR is a terminal error of
// type ServerError with nova's fault.
func (a *novaActivities) WaitServer(ctx context.Context, w ServerWait) (Server, error) {
	return forward(ctx, a.Clouds, w.Cloud, func(ctx context.Context, c *client) (Server, error) {
		var last Server
		name, begun := named(KindServer, w.Name, w.ID), time.Now()
		err := serverResource.watch(ctx, c, w.ID, func(s Server) (bool, error) {
			last = s
			say(ctx, waiting(name, strings.TrimSpace(s.Status+" "+s.TaskState), begun))
			switch s.Status {
			case "ERROR":
				return false, serverFailed(ctx, c, name, s)
			case "DELETED", softDeleted:
				return false, &Error{Class: Gone, Message: name + " was deleted while it was waited for"}
			}
			return s.Status == "ACTIVE", nil
		})
		return last, err
	})
}

// serverFailed asks for the one server where the list had no fault.
func serverFailed(ctx context.Context, c *client, name string, s Server) error {
	if s.Fault == "" {
		if one, err := serverResource.fetch(ctx, c, s.ID); err == nil {
			s = one
		}
	}
	message := name + " reached status ERROR"
	if s.Fault != "" {
		message += ": nova: " + shorten(s.Fault)
	}
	return &Error{Class: Terminal, Type: ServerError, Message: message}
}
