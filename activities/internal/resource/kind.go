package resource

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.temporal.io/sdk/activity"

	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/task"
	"novaflow/saga"
)

// Resource is anything that activities create.
type Resource interface {
	saga.Identified
	Object() OwnedObject
}

// Kind describes one kind of resource: how it is found by its mark, looked at and
// deleted. Creating differs from kind to kind and is left to the activity. What all
// kinds do alike is written once, on this type.
type Kind[T Resource] struct {
	Name    string // in OpenStack's words: one of the Kind constants
	Service cloud.Service

	// List lists what carries the mark. The empty mark stands for any mark.
	List func(ctx context.Context, c *cloud.Client, m saga.Mark) ([]T, error)
	// Show looks at one resource. A missing one is a 404 of the service.
	Show func(ctx context.Context, c *cloud.Client, id string) (T, error)
	// Delete asks for the deletion of one resource, as it was last seen.
	Delete func(ctx context.Context, c *cloud.Client, v T) error

	// ListNamed lists what may have the name. Find keeps what has exactly it. Optional.
	ListNamed func(ctx context.Context, c *cloud.Client, name string) ([]T, error)
	// ListAll lists everything there is. All who wait for a resource of this kind then
	// share one list call. Optional.
	ListAll func(ctx context.Context, c *cloud.Client) ([]T, error)
	// DeleteAgain reports that the service accepted a deletion and then did not carry
	// it out, such as a server that went to ERROR. Delete is then called once more.
	// Optional.
	DeleteAgain func(T) bool
	// Release removes what keeps a resource from being deleted, when that has been waited
	// out, and reports whether there was anything. Optional.
	Release func(ctx context.Context, c *cloud.Client, v T) (bool, error)
	// ListKept lists what carries the mark and was deleted, but is kept by the cloud and
	// missing in its lists. Optional.
	ListKept func(ctx context.Context, c *cloud.Client, m saga.Mark) ([]T, error)
}

// op describes a call about a resource of this kind.
func (r Kind[T]) op(call cloud.Call, what string) cloud.Op {
	return cloud.Op{Service: r.Service, Call: call, What: what}
}

// ListMarked lists what carries the mark. The empty mark stands for any mark.
func (r Kind[T]) ListMarked(ctx context.Context, c *cloud.Client, m saga.Mark) ([]T, error) {
	found, err := r.List(ctx, c, m)
	what := fmt.Sprintf("list what carries mark %s among %ss", m, r.Name)
	if m == "" {
		what = fmt.Sprintf("list %ss", r.Name)
	}
	return found, r.op(cloud.Listing, what).Wrap(ctx, err)
}

// Get looks at one resource by its id. A missing one is an error of class Gone.
func (r Kind[T]) Get(ctx context.Context, c *cloud.Client, id string) (T, error) {
	v, err := r.Show(ctx, c, id)
	return v, r.op(cloud.Reading, "show "+Describe(r.Name, "", id)).Wrap(ctx, err)
}

// Find finds resources by id, else by exact name. None and several are results.
func (r Kind[T]) Find(ctx context.Context, c *cloud.Client, nameOrID string) ([]T, error) {
	if LooksLikeID(nameOrID) {
		v, err := r.Get(ctx, c, nameOrID)
		if cloud.ClassOf(err) != cloud.Gone {
			return []T{v}, err
		}
	}
	all, err := r.ListNamed(ctx, c, nameOrID)
	exact := slices.DeleteFunc(all, func(v T) bool { return v.Object().Name != nameOrID })
	return exact, r.op(cloud.Listing, "find "+Describe(r.Name, nameOrID, "")).Wrap(ctx, err)
}

// Ensure finds a resource by its mark, or else creates it. One match is adopted, two are
// a terminal error. Lists lag, so it looks more than once where an earlier attempt may
// have created the resource.
func (r Kind[T]) Ensure(ctx context.Context, c *cloud.Client, what string, m saga.Mark,
	create func(context.Context) (T, error)) (T, error) {
	var none T
	found, err := r.Search(ctx, c, m, activity.GetInfo(ctx).Attempt > 1)
	switch {
	case err != nil:
		return none, err
	case len(found) > 1:
		return none, twinsError(what, m, found)
	case len(found) == 1:
		Log(ctx, "adopted what an earlier attempt created", found[0].Object())
		return found[0], nil
	}
	post, cancel, err := task.Uninterrupted(ctx)
	if err != nil {
		return none, err
	}
	defer cancel()
	v, err := create(post)
	if err != nil {
		return none, r.op(cloud.Creating, what).Wrap(ctx, err)
	}
	Log(ctx, "created", v.Object())
	return v, nil
}

// Search looks for the mark, several times if lag is to be reckoned with.
func (r Kind[T]) Search(ctx context.Context, c *cloud.Client, m saga.Mark, patient bool) ([]T, error) {
	look := func() ([]T, error) { return r.ListMarked(ctx, c, m) }
	if patient {
		return LookAgain(ctx, c, look)
	}
	return look()
}

// LookAgain repeats a look that found nothing: lists lag behind what was created a
// moment ago.
func LookAgain[T any](ctx context.Context, c *cloud.Client, look func() ([]T, error)) ([]T, error) {
	for n := 1; ; n++ {
		found, err := look()
		if err != nil || len(found) > 0 || n >= c.Looks() {
			return found, err
		}
		if err := task.Sleep(ctx, c.LookPause()); err != nil {
			return nil, err
		}
	}
}

func twinsError[T Resource](what string, m saga.Mark, found []T) error {
	var ids []string
	for _, v := range found {
		ids = append(ids, v.ResourceID())
	}
	return &cloud.Error{Class: cloud.Terminal,
		Message: fmt.Sprintf("%s: %d of them carry the mark %s: %s; undoing the task removes them all",
			what, len(found), m, strings.Join(ids, ", "))}
}

// DeleteMarked makes sure that nothing carries the mark: neither the resource with the
// given id, if the id is known, nor any other. It returns when all are gone.
func (r Kind[T]) DeleteMarked(ctx context.Context, c *cloud.Client, id string, m saga.Mark) error {
	found, err := r.Search(ctx, c, m, id == "")
	if err == nil && id == "" && r.ListKept != nil {
		var kept []T
		kept, err = r.ListKept(ctx, c, m)
		found = append(found, kept...)
	}
	if err != nil {
		return err
	}
	if id != "" && !Contains(found, id) {
		v, err := r.Get(ctx, c, id)
		switch {
		case cloud.ClassOf(err) == cloud.Gone:
		case err != nil:
			return err
		case v.Object().Mark != m:
			activity.GetLogger(ctx).Warn("left alone: it does not carry the mark", "kind", r.Name, "id", id, "mark",
				string(m), "carries", string(v.Object().Mark))
		default:
			found = append(found, v)
		}
	}
	for _, v := range found {
		if err := r.DeleteAndWait(ctx, c, v); err != nil {
			return err
		}
	}
	return nil
}

func Contains[T Resource](all []T, id string) bool {
	for _, v := range all {
		if v.ResourceID() == id {
			return true
		}
	}
	return false
}

// DeleteAndWait deletes one resource and waits until it is gone. A conflict, such as a
// volume that is still being detached from a server, is waited out.
func (r Kind[T]) DeleteAndWait(ctx context.Context, c *cloud.Client, v T) error {
	o := v.Object()
	name := Describe(r.Name, o.Name, o.ID)
	begun, asked := time.Now(), false
	see := func(v T) (bool, error) {
		task.Say(ctx, fmt.Sprintf("%s: %s, waiting until it is gone, %d s", name, v.Object().Status,
			int(time.Since(begun).Seconds())))
		if asked && (r.DeleteAgain == nil || !r.DeleteAgain(v)) {
			return false, nil
		}
		err := r.op(cloud.Deleting, "delete "+name).Wrap(ctx, r.Delete(ctx, c, v))
		asked = err == nil
		if cloud.ClassOf(err) == cloud.Conflict && time.Since(begun) < c.Patience() {
			task.Say(ctx, err.Error())
			return false, nil
		}
		if cloud.ClassOf(err) == cloud.Conflict && r.Release != nil {
			if freed, failed := r.Release(ctx, c, v); freed || failed != nil {
				return false, failed // and asked for once more
			}
		}
		return false, err
	}
	if _, err := see(v); err != nil {
		return cloud.IgnoreGone(err)
	}
	if err := cloud.IgnoreGone(r.Watch(ctx, c, o.ID, see)); err != nil {
		return err
	}
	Log(ctx, "gone", o)
	return nil
}

// Watch looks at one resource until see is done or fails, or the resource is gone.
func (r Kind[T]) Watch(ctx context.Context, c *cloud.Client, id string, see func(T) (bool, error)) error {
	get := func(ctx context.Context) (T, error) { return r.Get(ctx, c, id) }
	if r.ListAll != nil {
		return r.poller(c).watch(ctx, id, get, see)
	}
	alone := newPoller(func(ctx context.Context) (map[string]T, error) { return nil, nil }) // always by id
	return alone.watch(ctx, id, get, see)
}

// poller returns the poller that all activities on the cloud share.
func (r Kind[T]) poller(c *cloud.Client) *poller[T] {
	return cloud.SharedValue(c, func() *poller[T] {
		return newPoller(func(ctx context.Context) (map[string]T, error) {
			all, err := r.ListAll(ctx, c)
			return byID(all), r.op(cloud.Listing, fmt.Sprintf("list %ss", r.Name)).Wrap(ctx, err)
		})
	})
}
