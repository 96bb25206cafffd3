package clouds

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"

	"novaflow/activities"
	"novaflow/activities/cinder"
	"novaflow/activities/glance"
	"novaflow/activities/keystone"
	"novaflow/activities/neutron"
	"novaflow/activities/nova"
	"novaflow/starter/internal/term"
)

// Existing is a resource that a command names.
type Existing struct {
	Name string // in the workflow ids of its runs
	Word string // by which a worker finds it: the id, if known
}

// finder finds resources by id or exact name, with and without marks.
type finder func(ctx context.Context, access *activities.Clouds, cloud, word string) ([]activities.OwnedObject, error)

// Finders are by noun.
var Finders = map[string]finder{
	"server": newFinder(nova.FindServers,
		func(s nova.Server) activities.OwnedObject { return s.OwnedObject }),
	"volume": newFinder(cinder.FindVolumes,
		func(v cinder.Volume) activities.OwnedObject { return v.OwnedObject }),
	"network": newFinder(neutron.FindNetworks,
		func(n neutron.Network) activities.OwnedObject { return n.OwnedObject }),
	"image": newFinder(glance.FindImages,
		func(i glance.Image) activities.OwnedObject { return i.OwnedObject }),
	"project": newFinder(keystone.FindProjects,
		func(p keystone.Project) activities.OwnedObject { return p.OwnedObject }),
}

// newFinder returns a finder of a look-up.
func newFinder[T any](find func(context.Context, *activities.Clouds, string, string) ([]T, error),
	object func(T) activities.OwnedObject) finder {
	return func(ctx context.Context, access *activities.Clouds, cloud,
		word string) (out []activities.OwnedObject, err error) {
		found, err := find(ctx, access, cloud, word)
		for _, v := range found {
			out = append(out, object(v))
		}
		return out, err
	}
}

// Identify finds the resource with this name or id. If the cloud has none, the word stays
// as it is. If this machine cannot ask the cloud, a name stays as it is too, and the
// worker looks it up.
func Identify(ctx context.Context, errOut io.Writer, cloud *Flags, noun, word string) (Existing, error) {
	name, err := cloud.Choose()
	if err != nil {
		return Existing{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	found, err := Finders[noun](ctx, cloud.Access(), name, word)
	switch {
	case err != nil:
		return Existing{word, word}, LeaveToWorker(errOut, name, noun, word, err)
	case len(found) > 1:
		var ids []string
		for _, o := range found {
			ids = append(ids, o.ID)
		}
		return Existing{}, term.Usage("%d %ss are called %q: give an id: %s", len(found), noun, word,
			strings.Join(ids, ", "))
	case len(found) == 0:
		return Existing{word, word}, nil
	}
	return Existing{cmp.Or(found[0].Name, found[0].ID), found[0].ID}, nil
}

// LeaveToWorker decides what to do if this machine cannot ask the cloud. Runs lock a
// resource by its name. With a name the worker can go on. With an id only, the run would
// lock something else than all other runs, and change the resource while another run
// changes it.
func LeaveToWorker(errOut io.Writer, cloud, noun, word string, why error) error {
	if activities.LooksLikeID(word) {
		return fmt.Errorf("cloud %s could not be asked for the name of %s %s, by which runs lock it: give the name, "+
			"or try again: %s", cloud, noun, word, term.OneLine(why.Error()))
	}
	fmt.Fprintf(errOut, "novaflow: the cloud cannot be reached from here, leaving the look-up to the worker: %s\n",
		term.OneLine(why.Error()))
	return nil
}
