package nova

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/instanceactions"
	"go.temporal.io/sdk/activity"

	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/resource"
	"novaflow/activities/internal/task"
)

// Nova records each action on a server with the id of the request that asked for
// it, before it answers. That record is how an action whose answer was lost is
// told from one that never arrived, and ours from those of other people: a server
// that is stopped does not say who stopped it.

// ServerBefore is a server as it was before a run changed it.
type ServerBefore struct {
	resource.OwnedObject        // with the status that it had
	Flavor               string `json:"flavor,omitempty"` // name
	ImageID              string `json:"imageId,omitempty"`
	Host                 string `json:"host,omitempty"`   // only administrators see it
	Action               string `json:"action,omitempty"` // id of the request of the newest action in nova's record
	// Clouds is what the worker's clouds.yaml calls the server's project, for the locks
	// of an administrator's run that moves it; else it is empty.
	Clouds []string `json:"clouds,omitempty"`
}

// RecordBefore returns a server with the newest action on it.
func RecordBefore(ctx context.Context, c *cloud.Client, s Server) (ServerBefore, error) {
	b := ServerBefore{OwnedObject: s.OwnedObject, Flavor: s.Flavor, ImageID: s.ImageID, Host: s.Host}
	all, err := ListActions(ctx, c, b)
	if len(all) > 0 {
		b.Action = all[0].RequestID
	}
	return b, err
}

// ListActions lists all actions on the server, the newest first.
func ListActions(ctx context.Context, c *cloud.Client, b ServerBefore) ([]instanceactions.InstanceAction, error) {
	op := cloud.Nova.Op(cloud.Reading, "list the actions on "+resource.Describe(resource.KindServer, b.Name, b.ID))
	pages, err := instanceactions.List(c.Compute, b.ID, nil).AllPages(ctx)
	if err != nil {
		return nil, op.Wrap(ctx, err)
	}
	all, err := instanceactions.ExtractInstanceActions(pages)
	return all, op.Wrap(ctx, err)
}

// actionsSince lists the actions on the server that are newer than what was the
// newest before, the newest first.
func actionsSince(ctx context.Context, c *cloud.Client, b ServerBefore) ([]instanceactions.InstanceAction, error) {
	all, err := ListActions(ctx, c, b)
	if i := slices.IndexFunc(all, func(a instanceactions.InstanceAction) bool {
		return a.RequestID == b.Action
	}); i >= 0 {
		all = all[:i]
	}
	return all, err
}

// FindRequest returns the id of the request with which the run asked for an action:
// the oldest of that name since before. It is "" if there is none. It looks more
// than once if the request may still be on its way.
func FindRequest(ctx context.Context, c *cloud.Client, b ServerBefore, action string, patient bool) (string, error) {
	looks := 1
	if patient {
		looks = c.Looks()
	}
	for look := 1; ; look++ {
		since, err := actionsSince(ctx, c, b)
		if err != nil {
			return "", err
		}
		for _, a := range slices.Backward(since) {
			if a.Action == action {
				return a.RequestID, nil
			}
		}
		if look >= looks {
			return "", nil
		}
		if err := task.Sleep(ctx, c.LookPause()); err != nil {
			return "", err
		}
	}
}

// Accepted is an action on a server that nova has accepted.
type Accepted struct {
	ServerID string `json:"serverId"`
	Request  string `json:"request,omitempty"` // id, by which nova's record has it
}

// RequestID implements saga.Requested.
func (a Accepted) RequestID() string { return a.Request }

// ResourceIDs returns the id of the server.
func (a Accepted) ResourceIDs() []string { return []string{a.ServerID} }

// RequestOnce asks for an action on a server, unless nova has recorded it since
// before: then an earlier attempt did, and its answer was lost.
func RequestOnce(ctx context.Context, c *cloud.Client, b ServerBefore, action, what string,
	send func(context.Context) error) (Accepted, error) {
	out := Accepted{ServerID: b.ID}
	done, err := FindRequest(ctx, c, b, action, activity.GetInfo(ctx).Attempt > 1)
	if err != nil {
		return out, err
	}
	if out.Request = done; done != "" {
		resource.Log(ctx, "adopted what an earlier attempt asked for: "+action, b.OwnedObject)
		return out, nil
	}
	post, cancel, err := task.Uninterrupted(ctx)
	if err != nil {
		return out, err
	}
	defer cancel()
	if err := send(post); err != nil {
		return out, cloud.Nova.Op(cloud.Changing, what).Wrap(ctx, err)
	}
	resource.Log(ctx, action, b.OwnedObject)
	out.Request = cloud.RequestID(ctx)
	return out, nil
}

// actionFailed reports whether nova's record says that an action failed.
func actionFailed(ctx context.Context, c *cloud.Client, b ServerBefore, request string) (bool, error) {
	all, err := ListActions(ctx, c, b)
	return slices.ContainsFunc(all, func(a instanceactions.InstanceAction) bool {
		return a.RequestID == request && a.Message != ""
	}), err
}

// NotDoneError returns the error for an action that nova accepted and did not carry out.
func NotDoneError(ctx context.Context, c *cloud.Client, s Server, verb, request string) error {
	name := resource.Describe(resource.KindServer, s.Name, s.ID)
	if one, err := Servers.Get(ctx, c, s.ID); err == nil && one.Fault != "" {
		s.Fault = one.Fault
	}
	message := fmt.Sprintf("%s is %s: nova accepted to %s it and did not", name, s.Status, verb)
	if s.Fault != "" {
		message += ": " + cloud.Shorten(s.Fault)
	}
	return &cloud.Error{Class: cloud.Terminal, Type: cloud.ServerError,
		Message: fmt.Sprintf("%s; \"openstack server event show %s %s\" says more", message, s.ID, request)}
}

// ResolveServer finds the one server of the project that has an id or an exact name.
// None, several, and one that was renamed meanwhile are an error of type
// InvalidRequest.
func ResolveServer(ctx context.Context, c *cloud.Client, nameOrID string) (Server, error) {
	return resolveRenamedServer(ctx, c, nameOrID, "")
}

// resolveRenamedServer is like ResolveServer for a run that may have renamed the server
// already.
func resolveRenamedServer(ctx context.Context, c *cloud.Client, nameOrID, name string) (Server, error) {
	s, err := shownServer(ctx, c, nameOrID)
	return s, cloud.FirstError(err, resource.RefuseForeign(c, s.OwnedObject), CheckStillCalled(ctx, c, s, name))
}

// shownServer finds the one server with an id or an exact name that the cloud shows to
// these credentials. An administrator also sees servers of other projects by their ids.
func shownServer(ctx context.Context, c *cloud.Client, nameOrID string) (Server, error) {
	found, err := Servers.Find(ctx, c, nameOrID)
	if err != nil {
		return Server{}, err
	}
	return onlyOne(c, nameOrID, found)
}

// onlyOne returns the one server among those found.
func onlyOne(c *cloud.Client, nameOrID string, found []Server) (Server, error) {
	switch {
	case len(found) == 0:
		return Server{},
			cloud.Invalid("there is no server %q on cloud %q: see the servers with \"novaflow server list\"", nameOrID,
				c.Name)
	case len(found) > 1:
		return Server{}, cloud.Invalid("%d servers are called %q: name one by its id: %s", len(found), nameOrID,
			resource.JoinIDs(found))
	}
	return found[0], nil
}

// DescribeBusy reports why nothing can be done with a server now, or "".
func DescribeBusy(s Server) string {
	switch {
	case s.TaskState != "":
		return fmt.Sprintf("%s is %s and busy (%s): wait until that is over",
			resource.Describe(resource.KindServer, s.Name, s.ID), s.Status, s.TaskState)
	case s.Locked:
		return fmt.Sprintf("%s is locked: unlock it first with \"openstack server unlock\"",
			resource.Describe(resource.KindServer, s.Name, s.ID))
	}
	return ""
}

// WaitSettled waits until nova is not at work on the server, whatever comes of it.
func WaitSettled(ctx context.Context, c *cloud.Client, id, name string) (Server, error) {
	var last Server
	begun := time.Now()
	err := Servers.Watch(ctx, c, id, func(s Server) (bool, error) {
		last = s
		task.Say(ctx, task.DescribeWait(resource.Describe(resource.KindServer, name, id), s.Status+" "+s.TaskState,
			begun))
		return s.TaskState == "", nil
	})
	return last, err
}
