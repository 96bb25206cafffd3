package resource

import (
	"context"

	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/task"
)

// NoWayBack says why a removal has no undo. Removals delete what a past run created, and
// go only forward.
const NoWayBack = "what was removed cannot be restored"

// Removed is the result of a removal.
type Removed struct {
	ID string `json:"id,omitempty"` // of what was removed; "" in results of older versions
	cloud.Answered
}

// ResourceID returns the id under which the cloud knew what was removed.
func (r Removed) ResourceID() string { return r.ID }

// Remove deletes the one object, if it still carries its mark, and waits until it is
// gone.
func Remove[T Resource](ctx context.Context, clouds *cloud.Clouds, r Kind[T], o OwnedObject) (Removed, error) {
	return RemoveIf(ctx, clouds, r, o, func(OwnedObject) bool { return true })
}

// RemoveIf is like Remove for an object that, as it is found, may be deleted.
func RemoveIf[T Resource](ctx context.Context, clouds *cloud.Clouds, r Kind[T], o OwnedObject,
	may func(OwnedObject) bool) (Removed, error) {
	out := Removed{ID: o.ID}
	err := task.Backward(ctx, clouds, o.Cloud, func(ctx context.Context, c *cloud.Client) error {
		defer cloud.RecordRequest(ctx, &out)
		v, err := r.Get(ctx, c, o.ID)
		if err != nil {
			return cloud.IgnoreGone(err)
		}
		if o.Mark == "" || v.Object().Mark != o.Mark {
			Log(ctx, "left alone: it does not carry the mark any more", v.Object())
			return nil
		}
		if !may(v.Object()) {
			Log(ctx, "left alone: it is too young", v.Object())
			return nil
		}
		return r.DeleteAndWait(ctx, c, v)
	})
	return out, err
}
