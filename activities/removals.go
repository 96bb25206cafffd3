package activities

import (
	"context"
)

// Removals take away what a run of the past made. They go only forward: what
// was removed does not come back.
const removed = "what was removed cannot be brought back"

// Removed is the result of a removal.
type Removed struct {
	ID string `json:"id,omitempty"` // of what was removed; "" in results of older versions
	Answered
}

// ResourceID is the id under which the cloud knew what was removed.
func (r Removed) ResourceID() string { return r.ID }

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
