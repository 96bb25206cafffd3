package activities

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.temporal.io/sdk/activity"

	"novaflow/saga"
)

// made is anything that activities make.
type made interface {
	saga.Identified
	object() OwnedObject
}

// resource is what the package knows about one kind of resource: how to look it
// up by mark, look at one, and delete one. Creating differs and is left to the
// activity. What all kinds do alike is written once, on this type.
type resource[T made] struct {
	kind    string
	service Service

	// find lists what carries the mark; the empty mark stands for any mark.
	find func(ctx context.Context, c *client, m saga.Mark) ([]T, error)
	// get looks at one thing. A missing one is a 404 of the service.
	get func(ctx context.Context, c *client, id string) (T, error)
	// remove asks for the deletion of one thing, as it was last seen.
	remove func(ctx context.Context, c *client, v T) error
	// listNamed, if set, lists what may have the name. Find keeps what has exactly it.
	listNamed func(ctx context.Context, c *client, name string) ([]T, error)
	// listAll, if set, lists everything there is. All who wait for a resource of this
	// kind then share one list call.
	listAll func(ctx context.Context, c *client) ([]T, error)
	// again, if set, says that a deletion that was accepted did not do it.
	again func(T) bool
	// free, if set, takes away what keeps a thing from being deleted, when that has
	// been waited out, and reports whether there was anything.
	free func(ctx context.Context, c *client, v T) (bool, error)
	// kept, if set, finds what carries the mark, was deleted and is not gone, and
	// that lists do not show.
	kept func(ctx context.Context, c *client, m saga.Mark) ([]T, error)
}

// op is a call about a resource of this kind.
func (r resource[T]) op(call Call, what string) Op {
	return Op{Service: r.service, Call: call, What: what}
}

// lookup is find with errors of this package.
func (r resource[T]) lookup(ctx context.Context, c *client, m saga.Mark) ([]T, error) {
	found, err := r.find(ctx, c, m)
	what := fmt.Sprintf("list what carries mark %s among %ss", m, r.kind)
	if m == "" {
		what = fmt.Sprintf("list %ss", r.kind)
	}
	return found, r.op(Listing, what).wrap(ctx, err)
}

// fetch is get with errors of this package.
func (r resource[T]) fetch(ctx context.Context, c *client, id string) (T, error) {
	v, err := r.get(ctx, c, id)
	return v, r.op(Reading, "show "+named(r.kind, "", id)).wrap(ctx, err)
}

// match finds resources by id, else by exact name. None and several are results.
func (r resource[T]) match(ctx context.Context, c *client, nameOrID string) ([]T, error) {
	if LooksLikeID(nameOrID) {
		v, err := r.fetch(ctx, c, nameOrID)
		if classOf(err) != Gone {
			return []T{v}, err
		}
	}
	all, err := r.listNamed(ctx, c, nameOrID)
	exact := slices.DeleteFunc(all, func(v T) bool { return v.object().Name != nameOrID })
	return exact, r.op(Listing, "find "+named(r.kind, nameOrID, "")).wrap(ctx, err)
}

// ensure is "find by mark, else create". One match is adopted, two are a
// terminal error. Lists lag, so it looks more than once where an earlier
// attempt may have made the thing already.
func (r resource[T]) ensure(ctx context.Context, c *client, what string, m saga.Mark, create func(context.Context) (T, error)) (T, error) {
	var none T
	found, err := r.search(ctx, c, m, activity.GetInfo(ctx).Attempt > 1)
	switch {
	case err != nil:
		return none, err
	case len(found) > 1:
		return none, twins(what, m, found)
	case len(found) == 1:
		log(ctx, "adopted what an earlier attempt made", found[0].object())
		return found[0], nil
	}
	post, cancel, err := uninterrupted(ctx)
	if err != nil {
		return none, err
	}
	defer cancel()
	v, err := create(post)
	if err != nil {
		return none, r.op(Creating, what).wrap(ctx, err)
	}
	log(ctx, "created", v.object())
	return v, nil
}

// search looks for the mark, several times if lag is to be reckoned with.
func (r resource[T]) search(ctx context.Context, c *client, m saga.Mark, patient bool) ([]T, error) {
	look := func() ([]T, error) { return r.lookup(ctx, c, m) }
	if patient {
		return lookAgain(ctx, c, look)
	}
	return look()
}

// lookAgain repeats a look that found nothing: lists lag behind what was made a
// moment ago.
func lookAgain[T any](ctx context.Context, c *client, look func() ([]T, error)) ([]T, error) {
	for n := 1; ; n++ {
		found, err := look()
		if err != nil || len(found) > 0 || n >= c.looks() {
			return found, err
		}
		if err := sleep(ctx, c.lookPause()); err != nil {
			return nil, err
		}
	}
}

func twins[T made](what string, m saga.Mark, found []T) error {
	var ids []string
	for _, v := range found {
		ids = append(ids, v.ResourceID())
	}
	return &Error{Class: Terminal, Message: fmt.Sprintf("%s: %d of them carry the mark %s: %s; undoing the task removes them all",
		what, len(found), m, strings.Join(ids, ", "))}
}

// absent makes sure that nothing carries the mark: neither the thing with the
// given id, if the id is known, nor any other. It returns when all are gone.
func (r resource[T]) absent(ctx context.Context, c *client, id string, m saga.Mark) error {
	found, err := r.search(ctx, c, m, id == "")
	if err == nil && id == "" && r.kept != nil {
		var kept []T
		kept, err = r.kept(ctx, c, m)
		found = append(found, kept...)
	}
	if err != nil {
		return err
	}
	if id != "" && !contains(found, id) {
		v, err := r.fetch(ctx, c, id)
		switch {
		case classOf(err) == Gone:
		case err != nil:
			return err
		case v.object().Mark != m:
			activity.GetLogger(ctx).Warn("left alone: it does not carry the mark", "kind", r.kind, "id", id, "mark", string(m), "carries", string(v.object().Mark))
		default:
			found = append(found, v)
		}
	}
	for _, v := range found {
		if err := r.destroy(ctx, c, v); err != nil {
			return err
		}
	}
	return nil
}

func contains[T made](all []T, id string) bool {
	for _, v := range all {
		if v.ResourceID() == id {
			return true
		}
	}
	return false
}

// destroy deletes one thing and waits until it is gone. A conflict, such as a
// volume that a server is still letting go, is waited out.
func (r resource[T]) destroy(ctx context.Context, c *client, v T) error {
	o := v.object()
	name := named(r.kind, o.Name, o.ID)
	begun, asked := time.Now(), false
	see := func(v T) (bool, error) {
		say(ctx, fmt.Sprintf("%s: %s, waiting until it is gone, %d s", name, v.object().Status, int(time.Since(begun).Seconds())))
		if asked && (r.again == nil || !r.again(v)) {
			return false, nil
		}
		err := r.op(Deleting, "delete "+name).wrap(ctx, r.remove(ctx, c, v))
		asked = err == nil
		if classOf(err) == Conflict && time.Since(begun) < c.patience() {
			say(ctx, err.Error())
			return false, nil
		}
		if classOf(err) == Conflict && r.free != nil {
			if freed, failed := r.free(ctx, c, v); freed || failed != nil {
				return false, failed // and asked for once more
			}
		}
		return false, err
	}
	if _, err := see(v); err != nil {
		return goneIsFine(err)
	}
	if err := goneIsFine(r.watch(ctx, c, o.ID, see)); err != nil {
		return err
	}
	log(ctx, "gone", o)
	return nil
}

// watch looks at one thing until see is done or fails, or the thing is gone.
func (r resource[T]) watch(ctx context.Context, c *client, id string, see func(T) (bool, error)) error {
	get := func(ctx context.Context) (T, error) { return r.fetch(ctx, c, id) }
	if r.listAll != nil {
		return r.poller(c).watch(ctx, id, get, see)
	}
	alone := newPoller(func(ctx context.Context) (map[string]T, error) { return nil, nil }) // always by id
	return alone.watch(ctx, id, get, see)
}

// poller returns the poller that all activities on the cloud share.
func (r resource[T]) poller(c *client) *poller[T] {
	return shared(c, func() *poller[T] {
		return newPoller(func(ctx context.Context) (map[string]T, error) {
			all, err := r.listAll(ctx, c)
			return byID(all), r.op(Listing, fmt.Sprintf("list %ss", r.kind)).wrap(ctx, err)
		})
	})
}
