package attach

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/attachinterfaces"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/instanceactions"

	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/resource"
	"novaflow/activities/internal/task"
	"novaflow/activities/neutron"
	"novaflow/activities/nova"
	"novaflow/saga"
)

// The actions that attach a port to a server and detach it, each the opposite of
// the other, and the waits for both.
var (
	PortAttachmentAction = saga.Do((*Activities)(nil).AttachPort).UndoneBy((*Activities)(nil).DetachPort).
				With(task.SubmitOptions).UndoWith(task.DeleteOptions)
	PortRemovalAction = saga.Do((*Activities)(nil).RemovePortFromServer).
				UndoneBy((*Activities)(nil).ReattachPort).With(task.SubmitOptions).UndoWith(task.DeleteOptions)
	WaitPortAction         = saga.Read((*Activities)(nil).WaitPort).With(task.WaitOptions)
	WaitPortDetachedAction = saga.Read((*Activities)(nil).WaitPortDetached).With(task.WaitOptions)
)

// AttachPortInput says which port belongs to which server.
type AttachPortInput struct {
	Cloud    string `json:"cloud"`
	ServerID string `json:"serverId"`
	PortID   string `json:"portId"`
}

func (in AttachPortInput) words(verb, preposition string) string {
	return fmt.Sprintf("%s port %s %s server %s", verb, in.PortID, preposition, in.ServerID)
}

// AttachPort attaches the port, unless it is attached already. Neutron knows which server
// has a port. The attachment has no identity or mark but the pair of port and server.
func (a *Activities) AttachPort(ctx context.Context, in saga.Intent[AttachPortInput]) (neutron.Port, error) {
	return task.Forward(ctx, a.Clouds, in.In.Cloud, func(ctx context.Context, c *cloud.Client) (neutron.Port, error) {
		p, err := neutron.Ports.Get(ctx, c, in.In.PortID)
		switch {
		case err != nil || p.DeviceID == in.In.ServerID:
			return p, err
		case p.DeviceID != "":
			return p, &cloud.Error{Class: cloud.Terminal, Message: fmt.Sprintf("%s: it is in use by %s %s",
				in.In.words("attach", "to"), p.DeviceOwner, p.DeviceID)}
		}
		return p, attachPort(ctx, c, in.In)
	})
}

func attachPort(ctx context.Context, c *cloud.Client, in AttachPortInput) error {
	post, cancel, err := task.Uninterrupted(ctx)
	if err != nil {
		return err
	}
	defer cancel()
	_, err = attachinterfaces.Create(post, c.Compute, in.ServerID, attachinterfaces.CreateOpts{PortID: in.PortID}).
		Extract()
	return cloud.Nova.Op(cloud.Changing, in.words("attach", "to")).Wrap(ctx, err)
}

// DetachPort makes sure that the server does not have the port, and returns when
// neutron says so. A port that is absent or that another server has is left alone.
func (a *Activities) DetachPort(ctx context.Context, u saga.Undo[AttachPortInput, neutron.Port]) error {
	return task.Backward(ctx, a.Clouds, u.In.Cloud, func(ctx context.Context, c *cloud.Client) error {
		asked, looks, begun := false, c.Looks(), time.Now()
		return watchPort(ctx, c, u.In, "detach", "from", func(p neutron.Port) (bool, error) {
			switch has := p.DeviceID == u.In.ServerID; {
			case !has && (asked || u.Out != nil || p.DeviceID != ""):
				return true, nil
			case !has: // the answer was lost, and the port may be on its way
				if looks--; looks > 0 {
					return false, task.Sleep(ctx, c.LookPause())
				}
				busy, err := underWay(ctx, c, u.In.ServerID, "attach_interface", begun)
				return err == nil && !busy, err
			case asked:
				return false, nil
			}
			err := cloud.IgnoreGone(detachPort(ctx, c, u.In))
			asked = err == nil
			return false, err
		})
	})
}

func detachPort(ctx context.Context, c *cloud.Client, in AttachPortInput) error {
	err := attachinterfaces.Delete(ctx, c.Compute, in.ServerID, in.PortID).ExtractErr()
	return cloud.Nova.Op(cloud.Deleting, in.words("detach", "from")).Wrap(ctx, err)
}

// RemovePortFromServer asks for the port to be detached, unless the server does
// not have it. It does not wait. Nova deletes a port that it created itself.
func (a *Activities) RemovePortFromServer(ctx context.Context, in saga.Intent[AttachPortInput]) (neutron.Port, error) {
	return task.Forward(ctx, a.Clouds, in.In.Cloud, func(ctx context.Context, c *cloud.Client) (neutron.Port, error) {
		p, err := neutron.Ports.Get(ctx, c, in.In.PortID)
		if err != nil || p.DeviceID != in.In.ServerID {
			return p, cloud.IgnoreGone(err)
		}
		return p, cloud.IgnoreGone(detachPort(ctx, c, in.In))
	})
}

// ReattachPort makes sure that the server has the port. A port that is absent cannot be
// put back: nova had created it, and deleted it when it was detached. An absent port is
// success, and so is an absent server. A port that another user has taken is an error.
func (a *Activities) ReattachPort(ctx context.Context, u saga.Undo[AttachPortInput, neutron.Port]) error {
	return task.Backward(ctx, a.Clouds, u.In.Cloud, func(ctx context.Context, c *cloud.Client) error {
		begun, asked := time.Now(), false
		return watchPort(ctx, c, u.In, "put back", "to", func(p neutron.Port) (bool, error) {
			switch {
			case p.DeviceID == u.In.ServerID && asked:
				return true, nil
			case p.DeviceID == u.In.ServerID: // a detachment may be under way
				busy, err := underWay(ctx, c, u.In.ServerID, "detach_interface", begun)
				return err == nil && !busy && time.Since(begun) > settling, err
			case p.DeviceID != "":
				return false, &cloud.Error{Class: cloud.Terminal, Message: fmt.Sprintf("%s: it is in use by %s %s",
					u.In.words("put back", "to"), p.DeviceOwner, p.DeviceID)}
			case asked:
				return false, nil
			}
			err := attachPort(ctx, c, u.In)
			asked = err == nil
			return false, err
		})
	})
}

// settling is how long a detachment that nova has accepted may take to show in its
// record of what it does.
const settling = 3 * time.Second

// guestPatience is longer than nova tries to take a device off a guest that does not let
// go: eight times 20 s (libvirt.device_detach_attempts and device_detach_timeout).
const guestPatience = 3 * time.Minute

// underWay reports whether nova is at work on the newest action of a name on a server,
// by its own record. What has not ended for long after begun never will: its host died.
func underWay(ctx context.Context, c *cloud.Client, server, action string, begun time.Time) (bool, error) {
	if time.Since(begun) > guestPatience {
		return false, nil
	}
	all, err := nova.ListActions(ctx, c, nova.ServerBefore{OwnedObject: resource.OwnedObject{ID: server}})
	at := slices.IndexFunc(all, func(a instanceactions.InstanceAction) bool { return a.Action == action })
	if err != nil || at < 0 {
		return false, cloud.IgnoreGone(err)
	}
	one, err := instanceactions.Get(ctx, c.Compute, server, all[at].RequestID).Extract()
	if err != nil {
		return false, cloud.IgnoreGone(cloud.Nova.Op(cloud.Reading, "show action "+action+" on server "+server).
			Wrap(ctx, err))
	}
	if one.Events == nil { // this cloud does not show them to owners
		return false, nil
	}
	unfinished := slices.ContainsFunc(*one.Events, func(e instanceactions.Event) bool { return e.FinishTime.IsZero() })
	return unfinished || len(*one.Events) == 0, nil // no event: no host has begun yet
}

// watchPort looks at a port until see is done, and waits out what is in conflict
// with it. A port that is absent is success.
func watchPort(ctx context.Context, c *cloud.Client, in AttachPortInput, verb, preposition string,
	see func(neutron.Port) (bool, error)) error {
	begun := time.Now()
	look := func(p neutron.Port) (bool, error) {
		task.Say(ctx, task.DescribeWait(in.words(verb, preposition), p.Status, begun))
		done, err := see(p)
		switch late := time.Since(begun) > guestPatience+settling; {
		case done || err != nil && cloud.ClassOf(err) != cloud.Conflict:
			return done, err
		case late && err == nil:
			return false, &cloud.Error{Class: cloud.Conflict, Message: in.words(verb, preposition) +
				": it has no effect yet"}
		case late:
			return false, err
		case err != nil:
			task.Say(ctx, err.Error())
		}
		return false, nil
	}
	return cloud.IgnoreGone(neutron.Ports.Watch(ctx, c, in.PortID, look))
}

// WaitPort waits until the port works for the server. Neutron lets the port of a
// server that is shut off be DOWN.
func (a *Activities) WaitPort(ctx context.Context, w AttachPortInput) (neutron.Port, error) {
	return task.Forward(ctx, a.Clouds, w.Cloud, func(ctx context.Context, c *cloud.Client) (neutron.Port, error) {
		var last neutron.Port
		begun := time.Now()
		err := neutron.Ports.Watch(ctx, c, w.PortID, func(p neutron.Port) (bool, error) {
			last = p
			task.Say(ctx, task.DescribeWait(resource.Describe(resource.KindPort, p.Name, p.ID), p.Status, begun))
			if p.DeviceID != w.ServerID || p.Status == "ACTIVE" {
				return p.DeviceID == w.ServerID, nil
			}
			s, err := nova.Servers.Get(ctx, c, w.ServerID)
			return err == nil && s.Status != "ACTIVE", err
		})
		return last, err
	})
}

// WaitPortDetached waits until the server does not have the port any more.
func (a *Activities) WaitPortDetached(ctx context.Context, w AttachPortInput) (neutron.Port, error) {
	return task.Forward(ctx, a.Clouds, w.Cloud, func(ctx context.Context, c *cloud.Client) (neutron.Port, error) {
		var last neutron.Port
		err := watchPort(ctx, c, w, "detach", "from", func(p neutron.Port) (bool, error) {
			last = p
			return p.DeviceID != w.ServerID, nil
		})
		return last, err
	})
}
