package activities

import (
	"context"
	"fmt"
	"strings"
	"time"

	"novaflow/saga"
)

// WaitVolumeAction waits for a volume.
var WaitVolumeAction = saga.Read((*Volumes)(nil).WaitVolume).With(waits)

// WaitServerAction waits for a server.
var WaitServerAction = saga.Read((*Compute)(nil).WaitServer).With(waits)

// VolumeWait says which volume to wait for.
type VolumeWait struct {
	Cloud  string `json:"cloud"`
	ID     string `json:"id"`
	Name   string `json:"name,omitempty"` // for messages
	Status string `json:"status"`         // available or in-use
}

// ServerWait says which server to wait for.
type ServerWait struct {
	Cloud string `json:"cloud"`
	ID    string `json:"id"`
	Name  string `json:"name,omitempty"` // for messages
}

// lettingGo is how many looks in a row must find a volume available again before
// its attachment is taken for failed.
const lettingGo = 3

// WaitVolume waits until the volume has the status. In-use is as good as
// available: a run that was reset waits again for a volume that it has attached
// since. A status that begins with
// error is a terminal error of type VolumeError with cinder's words, and so is
// available where in-use is waited for: nova reserves a volume before it accepts
// to attach it, and gives it back when it fails.
func (v *Volumes) WaitVolume(ctx context.Context, w VolumeWait) (Volume, error) {
	return forward(ctx, v.clouds, w.Cloud, func(ctx context.Context, c *client) (Volume, error) {
		var last Volume
		name, begun, free := named(KindVolume, w.Name, w.ID), time.Now(), 0
		err := volumeResource.watch(ctx, c, w.ID, func(v Volume) (bool, error) {
			last = v
			say(ctx, waiting(name, v.Status, begun))
			if strings.HasPrefix(v.Status, "error") {
				return false, volumeFailed(ctx, c, name, v)
			}
			if free++; v.Status != "available" {
				free = 0
			}
			if w.Status == "in-use" && free == lettingGo {
				return false, &Error{Class: Terminal, Type: VolumeError, Message: name + " is available again: nova could not attach it; \"openstack server event list\" says more"}
			}
			return v.Status == w.Status || v.Status == "in-use" && w.Status == "available", nil
		})
		return last, err
	})
}

// WaitServer waits until the server is ACTIVE. ERROR is a terminal error of
// type ServerError with nova's fault.
func (s *Compute) WaitServer(ctx context.Context, w ServerWait) (Server, error) {
	return forward(ctx, s.clouds, w.Cloud, func(ctx context.Context, c *client) (Server, error) {
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

// waiting is what heartbeats say.
func waiting(name, status string, begun time.Time) string {
	return fmt.Sprintf("%s: %s, %d s", name, status, int(time.Since(begun).Seconds()))
}

func volumeFailed(ctx context.Context, c *client, name string, v Volume) error {
	return cinderFailed(ctx, c, name, v.OwnedObject)
}

// cinderFailed is the error for a volume or a snapshot that cinder gave up.
func cinderFailed(ctx context.Context, c *client, name string, o OwnedObject) error {
	message := fmt.Sprintf("%s reached status %s", name, o.Status)
	if words := volumeMessages(ctx, c, o.ID); words != "" {
		message += ": cinder: " + shorten(words)
	}
	return &Error{Class: Terminal, Type: VolumeError, Message: message}
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
