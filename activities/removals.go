package activities

import (
	"context"

	"novaflow/saga"
)

// Removals take away what a run of the past made. They go only forward: what
// was removed does not come back.
const removed = "what was removed cannot be brought back"

// The actions that remove what a run made.
var (
	RemoveServerAction        = saga.Do((*Compute)(nil).RemoveServer).NoUndo(removed).With(untilGone)
	RemoveVolumeAction        = saga.Do((*Volumes)(nil).RemoveVolume).NoUndo(removed).With(untilGone)
	RemovePortAction          = saga.Do((*Network)(nil).RemovePort).NoUndo(removed).With(untilGone)
	RemoveFloatingIPAction    = saga.Do((*Network)(nil).RemoveFloatingIP).NoUndo(removed).With(untilGone)
	RemoveSecurityGroupAction = saga.Do((*Network)(nil).RemoveSecurityGroup).NoUndo(removed).With(untilGone)
	RemoveServerGroupAction   = saga.Do((*Compute)(nil).RemoveServerGroup).NoUndo(removed).With(untilGone)
	RemoveKeyPairAction       = saga.Do((*Compute)(nil).RemoveKeyPair).NoUndo(removed).With(untilGone)
)

// Removed is the result of a removal.
type Removed struct {
	ID string `json:"id,omitempty"` // of what was removed; "" in results of older versions
	Answered
}

// ResourceID is the id under which the cloud knew what was removed.
func (r Removed) ResourceID() string { return r.ID }

// RemoveServer removes a server that still carries the mark of the object, and
// waits until it is gone. Absent already is success.
func (s *Compute) RemoveServer(ctx context.Context, in saga.Intent[OwnedObject]) (Removed, error) {
	return remove(ctx, s.clouds, serverResource, in.In)
}

// RemoveVolume does for a volume what RemoveServer does for a server.
func (v *Volumes) RemoveVolume(ctx context.Context, in saga.Intent[OwnedObject]) (Removed, error) {
	return remove(ctx, v.clouds, volumeResource, in.In)
}

// RemovePort does for a port what RemoveServer does for a server.
func (n *Network) RemovePort(ctx context.Context, in saga.Intent[OwnedObject]) (Removed, error) {
	return remove(ctx, n.clouds, portResource, in.In)
}

// RemoveFloatingIP does for a floating IP what RemoveServer does for a server.
func (n *Network) RemoveFloatingIP(ctx context.Context, in saga.Intent[OwnedObject]) (Removed, error) {
	return remove(ctx, n.clouds, floatingIPResource, in.In)
}

// RemoveSecurityGroup does for a security group what RemoveServer does for a
// server. Its rules go with it.
func (n *Network) RemoveSecurityGroup(ctx context.Context, in saga.Intent[OwnedObject]) (Removed, error) {
	return remove(ctx, n.clouds, securityGroupResource, in.In)
}

// RemoveServerGroup does for a server group what RemoveServer does for a server.
func (s *Compute) RemoveServerGroup(ctx context.Context, in saga.Intent[OwnedObject]) (Removed, error) {
	return remove(ctx, s.clouds, serverGroupResource, in.In)
}

// RemoveKeyPair does for a key pair what RemoveServer does for a server.
func (s *Compute) RemoveKeyPair(ctx context.Context, in saga.Intent[OwnedObject]) (Removed, error) {
	return remove(ctx, s.clouds, keyPairResource, in.In)
}

// remove takes away the one object, if it still carries its mark.
func remove[T made](ctx context.Context, clouds *Clouds, r resource[T], o OwnedObject) (Removed, error) {
	return removeIf(ctx, clouds, r, o, func(OwnedObject) bool { return true })
}

// removeIf is remove if the object, as it is found, may go.
func removeIf[T made](ctx context.Context, clouds *Clouds, r resource[T], o OwnedObject, may func(OwnedObject) bool) (Removed, error) {
	out := Removed{ID: o.ID}
	err := backward(ctx, clouds, o.Cloud, func(ctx context.Context, c *client) error {
		defer note(ctx, &out)
		v, err := r.fetch(ctx, c, o.ID)
		if err != nil {
			return goneIsFine(err)
		}
		if o.Mark == "" || v.object().Mark != o.Mark {
			log(ctx, "left alone: it does not carry the mark any more", v.object())
			return nil
		}
		if !may(v.object()) {
			log(ctx, "left alone: it is too young", v.object())
			return nil
		}
		return r.destroy(ctx, c, v)
	})
	return out, err
}
