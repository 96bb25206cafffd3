package attach

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/ports"

	"novaflow/activities/cinder"
	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/resource"
	"novaflow/activities/internal/task"
	"novaflow/activities/neutron"
	"novaflow/activities/nova"
	"novaflow/saga"
)

// A run never creates or deletes what a user supplies to a server. It reserves it when
// it is free, and releases it free. Reserving changes nothing, as the server that uses
// it does that. Releasing makes sure that the server no longer has it.

// ReservePortAction reserves a port that the user supplies, and releases it.
var ReservePortAction = saga.Do((*Activities)(nil).ReservePort).UndoneBy((*Activities)(nil).ReleasePort).
	With(task.SubmitOptions).UndoWith(task.DeleteOptions)

// ReserveVolumeAction reserves a volume that the user supplies, and releases it.
var ReserveVolumeAction = saga.Do((*Activities)(nil).ReserveVolume).UndoneBy((*Activities)(nil).ReleaseVolume).
	With(task.SubmitOptions).UndoWith(task.DeleteOptions)

// ReservePortInput names a port that exists.
type ReservePortInput struct {
	Cloud  string `json:"cloud"`
	PortID string `json:"portId"`
}

// ReserveVolumeInput names a volume that exists.
type ReserveVolumeInput struct {
	Cloud    string `json:"cloud"`
	VolumeID string `json:"volumeId"`
}

// ReservePort makes sure that nothing uses the port. A server of its own run may: a run
// that was reset reserves again what it has.
func (a *Activities) ReservePort(ctx context.Context, in saga.Intent[ReservePortInput]) (neutron.Port, error) {
	return task.Forward(ctx, a.Clouds, in.In.Cloud, func(ctx context.Context, c *cloud.Client) (neutron.Port, error) {
		p, err := neutron.Ports.Get(ctx, c, in.In.PortID)
		if err != nil || p.DeviceID == "" {
			return p, err
		}
		holder, err := FindHolder(ctx, c, p.DeviceID, in.Mark.Run())
		if err == nil && holder != HeldByRun {
			err = &cloud.Error{Class: cloud.Terminal, Message: fmt.Sprintf("%s is in use by %s",
				resource.Describe(resource.KindPort, p.Name, p.ID), neutron.DescribeDevice(p))}
		}
		return p, err
	})
}

// ReleasePort makes sure that no server of the run has the port. It leaves alone a port
// that is absent or that another user has taken by now.
func (a *Activities) ReleasePort(ctx context.Context, u saga.Undo[ReservePortInput, neutron.Port]) error {
	return task.Backward(ctx, a.Clouds, u.In.Cloud, func(ctx context.Context, c *cloud.Client) error {
		begun := time.Now()
		return cloud.IgnoreGone(neutron.Ports.Watch(ctx, c, u.In.PortID, func(p neutron.Port) (bool, error) {
			name := resource.Describe(resource.KindPort, p.Name, p.ID)
			task.Say(ctx, task.DescribeWait(name, "in use by "+neutron.DescribeDevice(p), begun))
			if p.DeviceID == "" || !strings.HasPrefix(p.DeviceOwner, "compute:") {
				return true, nil
			}
			holder, err := FindHolder(ctx, c, p.DeviceID, u.Mark.Run())
			switch late := time.Since(begun) > cloud.DefaultPatience; {
			case err != nil || holder == HeldByOther:
				return holder == HeldByOther, err
			case holder == HeldByNone && time.Since(begun) > lettingGoTime:
				return false, freePort(ctx, c, p)
			case late:
				return false, &cloud.Error{Class: cloud.Conflict, Message: fmt.Sprintf("%s is still in use by %s",
					name, neutron.DescribeDevice(p))}
			}
			return false, nil
		}))
	})
}

// lettingGoTime is how long neutron may take to notice that a server is gone.
const lettingGoTime = 3 * time.Second

// freePort takes the name of a server that is gone off a port, as nova should have.
func freePort(ctx context.Context, c *cloud.Client, p neutron.Port) error {
	none := ""
	_, err := ports.Update(ctx, c.Network, p.ID, ports.UpdateOpts{DeviceID: &none, DeviceOwner: &none}).Extract()
	what := fmt.Sprintf("take server %s, which is gone, off %s", p.DeviceID,
		resource.Describe(resource.KindPort, p.Name, p.ID))
	return cloud.Neutron.Op(cloud.Deleting, what).Wrap(ctx, err)
}

// ReserveVolume makes sure that nothing uses the volume, but a server of its own run.
func (a *Activities) ReserveVolume(ctx context.Context, in saga.Intent[ReserveVolumeInput]) (cinder.Volume, error) {
	return task.Forward(ctx, a.Clouds, in.In.Cloud, func(ctx context.Context, c *cloud.Client) (cinder.Volume, error) {
		volume, err := cinder.Volumes.Get(ctx, c, in.In.VolumeID)
		if err != nil || volume.Status == "available" {
			return volume, err
		}
		mine, err := hasServerWith(ctx, c, in.Mark.Run(), volume.ID)
		if err == nil && !mine {
			err = &cloud.Error{Class: cloud.Terminal, Message: fmt.Sprintf("%s is %s: it must be available",
				resource.Describe(resource.KindVolume, volume.Name, volume.ID), cinder.DescribeUsage(volume))}
		}
		return volume, err
	})
}

// ReleaseVolume makes sure that no server of the run has the volume, and waits until it
// is available, see ReleaseReservation. It leaves alone a volume that is absent or that
// another user has taken by now.
func (a *Activities) ReleaseVolume(ctx context.Context, u saga.Undo[ReserveVolumeInput, cinder.Volume]) error {
	return task.Backward(ctx, a.Clouds, u.In.Cloud, func(ctx context.Context, c *cloud.Client) error {
		begun := time.Now()
		return cloud.IgnoreGone(cinder.Volumes.Watch(ctx, c, u.In.VolumeID, func(volume cinder.Volume) (bool, error) {
			name := resource.Describe(resource.KindVolume, volume.Name, volume.ID)
			task.Say(ctx, task.DescribeWait(name, cinder.DescribeUsage(volume), begun))
			if volume.Status == "available" {
				return true, nil
			}
			for _, id := range volume.Servers {
				if holder, err := FindHolder(ctx, c, id, u.Mark.Run()); err != nil || holder == HeldByOther {
					return holder == HeldByOther, err
				}
			}
			if time.Since(begun) <= c.Patience() {
				return false, nil
			}
			if freed, err := cinder.ReleaseReservation(ctx, c, volume); freed || err != nil {
				return false, err
			}
			return false, &cloud.Error{Class: cloud.Conflict, Message: fmt.Sprintf("%s is still %s", name,
				cinder.DescribeUsage(volume))}
		}))
	})
}

// Holder is who uses something.
type Holder int

const (
	HeldByOther Holder = iota
	HeldByRun          // a server of the run
	HeldByNone         // a server that is gone
)

// FindHolder finds out whose a device is.
func FindHolder(ctx context.Context, c *cloud.Client, device, run string) (Holder, error) {
	if !resource.LooksLikeID(device) {
		return HeldByOther, nil
	}
	s, err := nova.Servers.Get(ctx, c, device)
	switch {
	case cloud.ClassOf(err) == cloud.Gone:
		return HeldByNone, nil
	case err != nil:
		return HeldByRun, err
	case run != "" && s.Mark.Run() == run:
		return HeldByRun, nil
	}
	return HeldByOther, nil
}

// hasServerWith reports whether a server of the run names the volume as its own.
func hasServerWith(ctx context.Context, c *cloud.Client, run, volume string) (bool, error) {
	all, err := nova.Servers.ListMarked(ctx, c, "")
	return run != "" && slices.ContainsFunc(all, func(s nova.Server) bool {
		return s.Mark.Run() == run && slices.Contains(s.Volumes, volume)
	}), err
}
