package nova

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/servers"

	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/precheck"
	"novaflow/activities/internal/resource"
	"novaflow/activities/internal/task"
	"novaflow/saga"
)

// The actions that give a server another flavor or, as an administrator, another
// host: look, ask (and go back), wait until it can be confirmed, confirm, wait.
var (
	CheckResizeAction       = saga.Read((*Activities)(nil).CheckResize).With(task.CheckOptions)
	RecordServerStateAction = saga.Read((*Activities)(nil).RecordServerState).With(task.CheckOptions)
	ResizeAction            = saga.Do((*Activities)(nil).ResizeServer).UndoneBy((*Activities)(nil).RevertResize).
				With(task.SubmitOptions).UndoWith(task.DeleteOptions)
	WaitResizeAction    = saga.Read((*Activities)(nil).WaitResize).With(task.WaitOptions)
	ConfirmResizeAction = saga.Do((*Activities)(nil).ConfirmResize).
				NoUndo("nova forgets the old flavor and host").With(task.WaitOptions)
	WaitResizeConfirmedAction = saga.Read((*Activities)(nil).WaitResizeConfirmed).With(task.WaitOptions)
)

// resizable are the statuses in which nova resizes and migrates a server, and to
// which the server comes back afterwards.
var resizable = []string{"ACTIVE", "SHUTOFF"}

// FlavorRef names a flavor by id and name. Nova names a server's flavor by its name.
type FlavorRef struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// ResizeQuery asks whether a server can be resized, or migrated if no flavors are
// given.
type ResizeQuery struct {
	Cloud   string   `json:"cloud"`
	Server  string   `json:"server"`            // id, or exact name
	Flavors []string `json:"flavors,omitempty"` // names or ids, to be tried in this order
	Host    string   `json:"host,omitempty"`    // to migrate to; "" lets nova choose
	Answers bool     `json:"answers,omitempty"` // it has to answer on the network before it is confirmed
}

// ResizePlan is a server that can be resized or migrated.
type ResizePlan struct {
	Before  ServerBefore `json:"before"`
	Old     FlavorRef    `json:"old"`
	Flavors []FlavorRef  `json:"flavors,omitempty"` // in the order of the query
}

// CheckResize looks the server, the flavors and the host up and reports every
// problem at once.
func (a *Activities) CheckResize(ctx context.Context, q ResizeQuery) (ResizePlan, error) {
	return task.Forward(ctx, a.Clouds, q.Cloud, func(ctx context.Context, c *cloud.Client) (ResizePlan, error) {
		find, note := ResolveServer, RecordBefore
		if len(q.Flavors) == 0 {
			find, note = ResolveAnyServer, RecordWithOwner
		}
		v, err := find(ctx, c, q.Server)
		if err != nil {
			return ResizePlan{}, err
		}
		flavors, err := ListFlavors(ctx, c)
		if err != nil {
			return ResizePlan{}, err
		}
		p := &precheck.Problems{}
		CheckMovable(p, v, resizable)
		if q.Answers {
			checkAnswering(p, v)
		}
		plan := ResizePlan{Old: FlavorRef{Name: v.Flavor}}
		for _, f := range flavors {
			if f.Name == v.Flavor {
				plan.Old.ID = f.ID
			}
		}
		for _, wanted := range q.Flavors {
			f := precheck.Choose(p, "flavor", wanted, flavors, func(f Flavor) (string, string) { return f.ID, f.Name })
			if f != nil && f.Name == v.Flavor {
				p.Add("%s has flavor %q already", resource.Describe(resource.KindServer, v.Name, v.ID), f.Name)
			} else if f != nil {
				plan.Flavors = append(plan.Flavors, FlavorRef{ID: f.ID, Name: f.Name})
			}
		}
		if len(q.Flavors) == 0 {
			if err := CheckDestination(ctx, c, p, v, q.Host); err != nil {
				return ResizePlan{}, err
			}
		}
		if err := p.Lines(); err != nil {
			return ResizePlan{}, err
		}
		plan.Before, err = note(ctx, c, v)
		return plan, err
	})
}

// CheckMovable records why the server cannot be resized or moved now.
func CheckMovable(p *precheck.Problems, v Server, states []string) {
	if !slices.Contains(states, v.Status) {
		p.Add("%s is %s: it must be %s", resource.Describe(resource.KindServer, v.Name, v.ID), v.Status,
			strings.Join(states, " or "))
	}
	if busy := DescribeBusy(v); busy != "" {
		p.Add("%s", busy)
	}
}

// checkAnswering records why the server cannot be asked whether it is ready.
func checkAnswering(p *precheck.Problems, v Server) {
	name := resource.Describe(resource.KindServer, v.Name, v.ID)
	if v.Status == "SHUTOFF" {
		p.Add("%s is SHUTOFF: it answers nothing: start it first, or leave out what it has to answer to", name)
	}
	if len(v.Addresses) == 0 {
		p.Add("%s has no address at which it could answer", name)
	}
}

// ResolveAnyServer is like ResolveServer over all projects, where the user may see them.
func ResolveAnyServer(ctx context.Context, c *cloud.Client, nameOrID string) (Server, error) {
	if resource.LooksLikeID(nameOrID) {
		s, err := shownServer(ctx, c, nameOrID)
		return s, cloud.FirstError(err, CheckStillCalled(ctx, c, s))
	}
	all, err := ListServersWith(ctx, c, servers.ListOpts{Name: exactName(nameOrID), AllTenants: true})
	err = cloud.Nova.Op(cloud.Listing, fmt.Sprintf("find server %q in all projects", nameOrID)).Wrap(ctx, err)
	if cloud.ClassOf(err) == cloud.Terminal { // they may see their own only
		return ResolveServer(ctx, c, nameOrID)
	}
	if err != nil {
		return Server{}, err
	}
	return onlyOne(c, nameOrID, slices.DeleteFunc(all, func(s Server) bool { return s.Name != nameOrID }))
}

// ServerRef names a server by its id.
type ServerRef struct {
	Cloud string `json:"cloud"`
	ID    string `json:"id"`
}

// RecordServerState notes the state of a server before an attempt to change it.
func (a *Activities) RecordServerState(ctx context.Context, r ServerRef) (ServerBefore, error) {
	return task.Forward(ctx, a.Clouds, r.Cloud, func(ctx context.Context, c *cloud.Client) (ServerBefore, error) {
		v, err := Servers.Get(ctx, c, r.ID)
		if err != nil {
			return ServerBefore{}, err
		}
		return RecordBefore(ctx, c, v)
	})
}

// ResizeInput says what flavor or host a server is to get.
type ResizeInput struct {
	Cloud  string       `json:"cloud"`
	Before ServerBefore `json:"before"`
	Old    FlavorRef    `json:"old"`
	New    FlavorRef    `json:"new"`            // the old one for a migration
	Host   string       `json:"host,omitempty"` // for a migration; "" lets nova choose
}

func (in ResizeInput) migrates() bool { return in.New.Name == in.Old.Name }

// action returns the name of the action in nova's record.
func (in ResizeInput) action() string {
	if in.migrates() {
		return "migrate"
	}
	return "resize"
}

func (in ResizeInput) words() string {
	name := resource.Describe(resource.KindServer, in.Before.Name, in.Before.ID)
	if in.migrates() {
		return "migrate " + name
	}
	return fmt.Sprintf("resize %s to flavor %q", name, in.New.Name)
}

// ResizeServer asks for the flavor or the move, unless an earlier attempt has. It
// does not wait for it.
func (a *Activities) ResizeServer(ctx context.Context, in saga.Intent[ResizeInput]) (Accepted, error) {
	return task.Forward(ctx, a.Clouds, in.In.Cloud, func(ctx context.Context, c *cloud.Client) (Accepted, error) {
		return RequestOnce(ctx, c, in.In.Before, in.In.action(), in.In.words(), func(ctx context.Context) error {
			if in.In.migrates() {
				return Migrate(ctx, c, in.In.Before.ID, in.In.Host)
			}
			return servers.Resize(ctx, c.Compute, in.In.Before.ID, servers.ResizeOpts{FlavorRef: in.In.New.ID}).
				ExtractErr()
		})
	})
}

// Migrate asks for a cold migration. A host can be named since 2.56.
func Migrate(ctx context.Context, c *cloud.Client, id, host string) error {
	if host == "" {
		return servers.Migrate(ctx, c.Compute, id).ExtractErr()
	}
	newer := *c.Compute
	newer.Microversion = "2.56"
	//nolint:bodyclose // gophercloud closes what it does not return
	_, err := newer.Post(ctx, newer.ServiceURL("servers", id, "action"),
		map[string]any{"migrate": map[string]any{"host": host}}, nil, nil)
	return err
}

// RevertResize brings the server back to the flavor, the host and the status that it had,
// and returns when it has them. If the resize was confirmed meanwhile, another resize
// undoes it. A migration that was confirmed stays. RevertResize leaves a server alone if
// another user has changed its flavor. A person has to repair a server that nova has put
// into ERROR.
func (a *Activities) RevertResize(ctx context.Context, u saga.Undo[ResizeInput, Accepted]) error {
	return task.Backward(ctx, a.Clouds, u.In.Cloud, func(ctx context.Context, c *cloud.Client) error {
		ours, err := FindRequest(ctx, c, u.In.Before, u.In.action(), u.Out == nil)
		if err != nil || ours == "" {
			return cloud.IgnoreGone(err)
		}
		r := reverting{in: u.In, begun: time.Now()}
		return cloud.IgnoreGone(Servers.Watch(ctx, c, u.In.Before.ID,
			func(v Server) (bool, error) { return r.see(ctx, c, v) }))
	})
}

// reverting is a server on its way back to its old flavor.
type reverting struct {
	in    ResizeInput
	begun time.Time
	steps int // that nova accepted
}

// see asks for the next step back once nova is not at work, and reports whether the
// server is as it was.
func (r *reverting) see(ctx context.Context, c *cloud.Client, v Server) (bool, error) {
	name, old := resource.Describe(resource.KindServer, v.Name, v.ID), r.in.Old.Name
	task.Say(ctx, task.DescribeWait(fmt.Sprintf("%s: back to flavor %s", name, old),
		strings.TrimSpace(v.Status+" "+v.TaskState), r.begun))
	waits, rests := v.Status == "VERIFY_RESIZE", slices.Contains(resizable, v.Status)
	switch {
	case v.Status == SoftDeleted || rests && v.TaskState == "" && v.Flavor == old:
		return true, nil
	case v.TaskState != "" || !waits && !rests && v.Status != "ERROR":
		return false, nil
	case v.Status == "ERROR":
		return false, &cloud.Error{Class: cloud.Conflict,
			Message: fmt.Sprintf("%s is in ERROR and has flavor %q: repair it, then this goes on: nova: %s", name,
				v.Flavor, cloud.Shorten(v.Fault))}
	case waits && v.Flavor == old && !r.in.migrates(): // the second resize of a way back
		return false, r.ask(ctx, "confirm the old flavor of "+name,
			func() error { return servers.ConfirmResize(ctx, c.Compute, v.ID).ExtractErr() })
	case waits:
		return false, r.ask(ctx, "revert the resize of "+name,
			func() error { return servers.RevertResize(ctx, c.Compute, v.ID).ExtractErr() })
	case v.Flavor != r.in.New.Name:
		resource.Log(ctx, "left alone: another user has changed its flavor since to "+v.Flavor, v.Object())
		return true, nil
	}
	return false, r.ask(ctx, fmt.Sprintf("resize %s back to flavor %q", name, old), func() error {
		return servers.Resize(ctx, c.Compute, v.ID, servers.ResizeOpts{FlavorRef: r.in.Old.ID}).ExtractErr()
	})
}

// ask asks for a step. A conflict, such as a confirmation that is under way, is
// waited out.
func (r *reverting) ask(ctx context.Context, what string, send func() error) error {
	if r.steps++; r.steps > 6 {
		return &cloud.Error{Class: cloud.Conflict, Message: what + ": nova accepted it and did not"}
	}
	err := cloud.Nova.Op(cloud.Deleting, what).Wrap(ctx, send())
	if cloud.ClassOf(err) == cloud.Conflict && time.Since(r.begun) < cloud.DefaultPatience {
		r.steps--
		task.Say(ctx, err.Error())
		return nil
	}
	return err
}

// ResizeWait says what resize to wait for.
type ResizeWait struct {
	ResizeInput
	Request string `json:"request"` // that asked for it
}

// WaitResize waits until the resize can be confirmed. One that was confirmed already,
// by nova itself after a while (resize_confirm_window) or by an administrator, is done.
// Where nova gave up, the server is as it was, and the error is of type ServerError.
func (a *Activities) WaitResize(ctx context.Context, w ResizeWait) (Server, error) {
	see := func(ctx context.Context, c *cloud.Client, v Server) (bool, error) {
		if v.Status == "VERIFY_RESIZE" || w.confirmed(v) {
			return true, nil
		}
		return false, NotDoneError(ctx, c, v, w.action(), w.Request)
	}
	return WatchServer(ctx, a.Clouds, w.Cloud, w.Before, see)
}

// confirmed reports whether a server has what was asked for, and nova is done with it.
func (in ResizeInput) confirmed(v Server) bool {
	return slices.Contains(resizable, v.Status) && v.Flavor == in.New.Name &&
		(!in.migrates() || in.Before.Host != "" && v.Host != in.Before.Host)
}

// reverted reports whether a server that could be confirmed is as it was before.
func (in ResizeInput) reverted(v Server) bool {
	same := v.Flavor == in.Old.Name && (!in.migrates() || v.Host == in.Before.Host && v.Host != "")
	return slices.Contains(resizable, v.Status) && v.TaskState == "" && same
}

// WatchServer waits until nova is not at work on a server, and what see says.
func WatchServer(ctx context.Context, clouds *cloud.Clouds, name string, b ServerBefore,
	see func(context.Context, *cloud.Client, Server) (bool, error)) (Server, error) {
	return task.Forward(ctx, clouds, name, func(ctx context.Context, c *cloud.Client) (Server, error) {
		var last Server
		name, begun := resource.Describe(resource.KindServer, b.Name, b.ID), time.Now()
		err := Servers.Watch(ctx, c, b.ID, func(v Server) (bool, error) {
			last = v
			task.Say(ctx, task.DescribeWait(name, strings.TrimSpace(v.Status+" "+v.TaskState), begun))
			switch {
			case v.Status == "DELETED" || v.Status == SoftDeleted:
				return false, &cloud.Error{Class: cloud.Gone, Message: name + " was deleted while it was waited for"}
			case v.TaskState != "":
				return false, nil
			case v.Status == "ERROR":
				return false, FailedError(ctx, c, name, v)
			}
			return see(ctx, c, v)
		})
		return last, err
	})
}

// ConfirmResize lets nova forget the old flavor and host. It is not repeated once
// nova has. A confirmation that is under way already, asked for by an attempt whose
// answer was lost, is a 400 of nova's and is waited out.
func (a *Activities) ConfirmResize(ctx context.Context, in saga.Intent[ResizeInput]) (Accepted, error) {
	return task.Forward(ctx, a.Clouds, in.In.Cloud, func(ctx context.Context, c *cloud.Client) (Accepted, error) {
		done, begun := Accepted{ServerID: in.In.Before.ID}, time.Now()
		err := Servers.Watch(ctx, c, in.In.Before.ID, func(v Server) (bool, error) {
			switch {
			case in.In.reverted(v):
				return false, &cloud.Error{Class: cloud.Terminal, Type: cloud.ServerError,
					Message: fmt.Sprintf("%s is as it was: another user has reverted it before it could be confirmed",
						resource.Describe(resource.KindServer, v.Name, v.ID))}
			case slices.Contains(resizable, v.Status) && v.Flavor == in.In.New.Name:
				return true, nil
			}
			err := ConfirmMove(ctx, c, in.In.Before.ID, "confirm: "+in.In.words())
			switch {
			case err == nil:
				done.Request = cloud.RequestID(ctx)
			case cloud.ClassOf(err) == cloud.Conflict && time.Since(begun) < cloud.DefaultPatience:
				task.Say(ctx, err.Error())
				return false, nil
			}
			return err == nil, err
		})
		return done, err
	})
}

// ConfirmMove asks nova to forget the old flavor or host of a server.
func ConfirmMove(ctx context.Context, c *cloud.Client, id, what string) error {
	post, cancel, err := task.Uninterrupted(ctx)
	if err != nil {
		return err
	}
	defer cancel()
	return cloud.Nova.Op(cloud.Deleting, what).Wrap(ctx, servers.ConfirmResize(post, c.Compute, id).ExtractErr())
}

// WaitResizeConfirmed waits until the server runs or rests with its new flavor.
func (a *Activities) WaitResizeConfirmed(ctx context.Context, w ResizeWait) (Server, error) {
	return WatchServer(ctx, a.Clouds, w.Cloud, w.Before,
		func(_ context.Context, _ *cloud.Client, v Server) (bool, error) {
			return slices.Contains(resizable, v.Status) && v.Flavor == w.New.Name, nil
		})
}
