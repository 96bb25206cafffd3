package inventory

import (
	"context"
	"fmt"

	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/resource"
	"novaflow/activities/internal/task"
	"novaflow/saga"
)

// The actions that adopt a resource and release it: look, mark (and unmark), and the
// other way round.
var (
	ListAdoptPartsAction = saga.Read((*Activities)(nil).ListAdoptParts).With(task.CheckOptions)
	CheckAdoptAction     = saga.Read((*Activities)(nil).CheckAdopt).With(task.CheckOptions)
	AdoptAction          = saga.Do((*Activities)(nil).AdoptObject).UndoneBy((*Activities)(nil).DisownObject).
				With(task.SubmitOptions).UndoWith(task.SubmitOptions)
	CheckReleaseAction = saga.Read((*Activities)(nil).CheckRelease).With(task.SurveyOptions)
	ReleaseAction      = saga.Do((*Activities)(nil).ReleaseObject).UndoneBy((*Activities)(nil).ReclaimObject).
				With(task.SubmitOptions).UndoWith(task.SubmitOptions)
)

// MarkQuery names a resource that is to be adopted or released.
type MarkQuery struct {
	Cloud string `json:"cloud"`
	Kind  string `json:"kind"`          // one of MarkKinds
	Name  string `json:"name"`          // id, or exact name
	Run   string `json:"run,omitempty"` // the run that adopts; what it has marked already is no obstacle
}

// MarkKinds are the kinds of resources that are adopted and released on their own.
var MarkKinds = []string{resource.KindServer, resource.KindVolume, resource.KindNetwork, resource.KindImage}

// AdoptObject gives the resource the mark of the task. A resource that has got another
// mark meanwhile belongs to others. It is an error of type InvalidRequest.
func (a *Activities) AdoptObject(ctx context.Context,
	in saga.Intent[resource.OwnedObject]) (resource.OwnedObject, error) {
	return task.Forward(ctx, a.Clouds, in.In.Cloud,
		func(ctx context.Context, c *cloud.Client) (resource.OwnedObject, error) {
			now, err := Markers[in.In.Kind].Fetch(ctx, c, in.In.ID)
			switch {
			case err != nil || now.Mark == in.Mark:
				return now, err
			case now.Mark != "" || now.Text != "":
				return now, refuseTaken(now)
			}
			err = changeMark(ctx, c, in.In, cloud.Changing, in.Mark, Markers[in.In.Kind].Mark)
			now.Mark = in.Mark
			return now, err
		})
}

// DisownObject removes the mark, if the resource has it. The resource itself stays.
func (a *Activities) DisownObject(ctx context.Context, u saga.Undo[resource.OwnedObject, resource.OwnedObject]) error {
	return task.Backward(ctx, a.Clouds, u.In.Cloud, func(ctx context.Context, c *cloud.Client) error {
		now, err := Markers[u.In.Kind].Fetch(ctx, c, u.In.ID)
		if err == nil && (now.Mark == u.Mark || now.Mark == "" && Markers[u.In.Kind].Parts) {
			err = changeMark(ctx, c, u.In, cloud.Deleting, u.Mark, Markers[u.In.Kind].Unmark)
		}
		return cloud.IgnoreGone(err)
	})
}

// Released is a resource that was released.
type Released struct {
	resource.OwnedObject
	Was saga.Mark `json:"was"` // its mark
}

// ReleaseObject removes the mark of the input, if the resource has it still.
func (a *Activities) ReleaseObject(ctx context.Context, in saga.Intent[resource.OwnedObject]) (Released, error) {
	return task.Forward(ctx, a.Clouds, in.In.Cloud, func(ctx context.Context, c *cloud.Client) (Released, error) {
		out := Released{OwnedObject: in.In, Was: in.In.Mark}
		out.Mark = ""
		now, err := Markers[in.In.Kind].Fetch(ctx, c, in.In.ID)
		if err == nil && now.Mark == in.In.Mark {
			err = changeMark(ctx, c, in.In, cloud.Deleting, in.In.Mark, Markers[in.In.Kind].Unmark)
		}
		return out, cloud.IgnoreGone(err)
	})
}

// ReclaimObject gives the resource its mark again, unless it has got another one, or
// a description, in its place.
func (a *Activities) ReclaimObject(ctx context.Context, u saga.Undo[resource.OwnedObject, Released]) error {
	return task.Backward(ctx, a.Clouds, u.In.Cloud, func(ctx context.Context, c *cloud.Client) error {
		now, err := Markers[u.In.Kind].Fetch(ctx, c, u.In.ID)
		if err == nil && (now.Mark == "" && now.Text == "" || now.Mark == u.In.Mark) {
			err = changeMark(ctx, c, u.In, cloud.Changing, u.In.Mark, Markers[u.In.Kind].Mark)
		}
		return cloud.IgnoreGone(err)
	})
}

// changeMark changes the mark of a resource, and does not stop in the middle.
func changeMark(ctx context.Context, c *cloud.Client, o resource.OwnedObject, call cloud.Call, m saga.Mark,
	write func(context.Context, *cloud.Client, string, saga.Mark) error) error {
	whole, cancel, err := task.Uninterrupted(ctx)
	if err != nil {
		return err
	}
	defer cancel()
	what := fmt.Sprintf("mark %s", resource.Describe(o.Kind, o.Name, o.ID))
	return Markers[o.Kind].Service.Op(call, what).Wrap(ctx, write(whole, c, o.ID, m))
}

// refuseTaken returns the error for a resource that has a mark, or something else in its
// place.
func refuseTaken(o resource.OwnedObject) error {
	if o.Mark == "" {
		return cloud.Invalid("%[1]s has the description %[2]q, the only place in neutron for a mark: take it "+
			"away first, with \"openstack %[3]s set --description '' %[4]s\"",
			resource.Describe(o.Kind, o.Name, o.ID), o.Text, o.Kind, o.ID)
	}
	return cloud.Invalid("%s is managed by novaflow already: run %s created or adopted it (mark %s); release it "+
		"first, if it is really to be adopted anew",
		resource.Describe(o.Kind, o.Name, o.ID), o.Mark.Run(), o.Mark)
}
