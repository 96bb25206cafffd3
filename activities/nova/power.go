package nova

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/instanceactions"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/servers"

	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/resource"
	"novaflow/activities/internal/task"
	"novaflow/saga"
)

// The actions that bring a server from one state to another: look whether it may
// be, ask for it (and go back), wait.
var (
	CheckPowerAction = saga.Read((*Activities)(nil).CheckPower).With(task.CheckOptions)
	PowerAction      = saga.Do((*Activities)(nil).PowerServer).UndoneBy((*Activities)(nil).RestorePowerState).
				With(task.SubmitOptions).UndoWith(task.DeleteOptions)
	RebootAction = saga.Do((*Activities)(nil).PowerServer).
			NoUndo("what was restarted runs as before; there is nothing to go back to").With(task.SubmitOptions)
	WaitPowerAction = saga.Read((*Activities)(nil).WaitPower).With(task.WaitOptions)
)

// powerVerb is what nova can be asked to do with a running or resting server.
type powerVerb struct {
	action string   // in nova's record
	from   []string // statuses in which novaflow asks for it
	to     []string // statuses in which it is done; the last is where it ends
	send   func(context.Context, *gophercloud.ServiceClient, string) error
}

// powerVerbs are those of the command line. Where nova would take a verb in more
// states than these, there would be no way back to the state before.
var powerVerbs = map[string]powerVerb{
	"stop":  {"stop", []string{"ACTIVE"}, []string{"SHUTOFF"}, sendAction(servers.Stop)},
	"start": {"start", []string{"SHUTOFF"}, []string{"ACTIVE"}, sendAction(servers.Start)},
	"reboot": {"reboot", []string{"ACTIVE"}, []string{"ACTIVE"},
		func(ctx context.Context, c *gophercloud.ServiceClient, id string) error {
			return servers.Reboot(ctx, c, id, servers.RebootOpts{Type: servers.SoftReboot}).ExtractErr()
		}},
	"hard-reboot": {"reboot", []string{"ACTIVE", "ERROR"}, []string{"ACTIVE"},
		func(ctx context.Context, c *gophercloud.ServiceClient, id string) error {
			return servers.Reboot(ctx, c, id, servers.RebootOpts{Type: servers.HardReboot}).ExtractErr()
		}},
	"pause":   {"pause", []string{"ACTIVE"}, []string{"PAUSED"}, sendAction(servers.Pause)},
	"unpause": {"unpause", []string{"PAUSED"}, []string{"ACTIVE"}, sendAction(servers.Unpause)},
	"suspend": {"suspend", []string{"ACTIVE"}, []string{"SUSPENDED"}, sendAction(servers.Suspend)},
	"resume":  {"resume", []string{"SUSPENDED"}, []string{"ACTIVE"}, sendAction(servers.Resume)},
	"shelve": {"shelve", []string{"ACTIVE", "SHUTOFF", "PAUSED", "SUSPENDED"},
		[]string{"SHELVED", "SHELVED_OFFLOADED"}, sendAction(servers.Shelve)},
	"unshelve": {"unshelve", []string{"SHELVED", "SHELVED_OFFLOADED"}, []string{"ACTIVE"},
		func(ctx context.Context, c *gophercloud.ServiceClient, id string) error {
			return servers.Unshelve(ctx, c, id, servers.UnshelveOpts{}).ExtractErr()
		}},
}

// result is what gophercloud returns for most actions on servers.
type result interface{ ExtractErr() error }

func sendAction[R result](action func(context.Context, *gophercloud.ServiceClient, string) R) func(context.Context,
	*gophercloud.ServiceClient, string) error {
	return func(ctx context.Context, c *gophercloud.ServiceClient, id string) error {
		return action(ctx, c, id).ExtractErr()
	}
}

// wakes are the verbs that lead to ACTIVE, by the status that they lead from, and
// rests those that lead from ACTIVE to a status.
var (
	wakes = map[string]string{"SHUTOFF": "start", "PAUSED": "unpause", "SUSPENDED": "resume", "SHELVED": "unshelve",
		"SHELVED_OFFLOADED": "unshelve"}
	rests = map[string]string{"SHUTOFF": "stop", "PAUSED": "pause", "SUSPENDED": "suspend", "SHELVED": "shelve",
		"SHELVED_OFFLOADED": "shelve"}
)

// wayBack returns the next verb on the way from one status to another, or "" if there is
// no way. All ways lead over ACTIVE.
func wayBack(from, to string) string {
	if from == "ACTIVE" {
		return rests[to]
	}
	return wakes[from]
}

// PowerVerbs returns the verbs in alphabetical order.
func PowerVerbs() (verbs []string) {
	for v := range powerVerbs {
		verbs = append(verbs, v)
	}
	slices.Sort(verbs)
	return verbs
}

// PowerQuery asks whether a verb can be done with a server.
type PowerQuery struct {
	Cloud  string `json:"cloud"`
	Server string `json:"server"` // id, or exact name
	Verb   string `json:"verb"`
}

// PowerPlan is a server with which a verb can be done.
type PowerPlan struct {
	Before ServerBefore `json:"before"`
	Done   bool         `json:"done,omitempty"` // it is in the state already that the verb leads to
}

// CheckPower looks whether the verb can be done with the server. If not, the
// error, of type InvalidRequest, names the state and what can be done in it.
func (a *Activities) CheckPower(ctx context.Context, q PowerQuery) (PowerPlan, error) {
	return task.Forward(ctx, a.Clouds, q.Cloud, func(ctx context.Context, c *cloud.Client) (PowerPlan, error) {
		verb, ok := powerVerbs[q.Verb]
		if !ok {
			return PowerPlan{}, cloud.Invalid("%q is none of %s", q.Verb, strings.Join(PowerVerbs(), ", "))
		}
		v, err := ResolveServer(ctx, c, q.Server)
		if err != nil {
			return PowerPlan{}, err
		}
		done := slices.Contains(verb.to, v.Status) && !slices.Contains(verb.from, v.Status)
		if busy := DescribeBusy(v); busy != "" {
			return PowerPlan{}, cloud.Invalid("%s", busy)
		}
		if !done && !slices.Contains(verb.from, v.Status) {
			return PowerPlan{}, cloud.Invalid("%s is %s: the status does not allow %s, %s",
				resource.Describe(resource.KindServer, v.Name, v.ID), v.Status, q.Verb, describeAllowed(v.Status))
		}
		b, err := RecordBefore(ctx, c, v)
		return PowerPlan{Before: b, Done: done}, err
	})
}

// describeAllowed says what can be done with a server in a status.
func describeAllowed(status string) string {
	var can []string
	for _, verb := range PowerVerbs() {
		if slices.Contains(powerVerbs[verb].from, status) {
			can = append(can, verb)
		}
	}
	if len(can) == 0 {
		return "and nothing else of this kind either"
	}
	return "only to " + strings.Join(can, ", ")
}

// PowerInput says what to do with which server.
type PowerInput struct {
	Cloud  string       `json:"cloud"`
	Verb   string       `json:"verb"`
	Before ServerBefore `json:"before"`
}

func (in PowerInput) words() string {
	return in.Verb + " " + resource.Describe(resource.KindServer, in.Before.Name, in.Before.ID)
}

// PowerServer asks for the verb, unless an earlier attempt has. It does not wait
// for it.
func (a *Activities) PowerServer(ctx context.Context, in saga.Intent[PowerInput]) (Accepted, error) {
	return task.Forward(ctx, a.Clouds, in.In.Cloud, func(ctx context.Context, c *cloud.Client) (Accepted, error) {
		verb, b := powerVerbs[in.In.Verb], in.In.Before
		return RequestOnce(ctx, c, b, verb.action, in.In.words(),
			func(ctx context.Context) error { return verb.send(ctx, c.Compute, b.ID) })
	})
}

// RestorePowerState brings the server back to the status that it had before, and returns
// when it has it. It does nothing if the run never changed the server. It leaves alone a
// server that another user has changed or deleted since. A person has to repair a server
// in ERROR; the undo waits for that.
func (a *Activities) RestorePowerState(ctx context.Context, u saga.Undo[PowerInput, Accepted]) error {
	return task.Backward(ctx, a.Clouds, u.In.Cloud, func(ctx context.Context, c *cloud.Client) error {
		ours, err := FindRequest(ctx, c, u.In.Before, powerVerbs[u.In.Verb].action, u.Out == nil)
		if err != nil || ours == "" {
			return cloud.IgnoreGone(err)
		}
		r := restoring{in: u.In, ours: ours, begun: time.Now()}
		return cloud.IgnoreGone(Servers.Watch(ctx, c, u.In.Before.ID,
			func(v Server) (bool, error) { return r.see(ctx, c, v) }))
	})
}

// restoring is a server on its way back.
type restoring struct {
	in    PowerInput
	ours  string // id of the request that is undone
	begun time.Time
	step  string // verb that nova accepted
	from  string // status in which it did
}

// see asks for the next step once nova is not at work, and reports whether the
// server is as it was.
func (r *restoring) see(ctx context.Context, c *cloud.Client, v Server) (bool, error) {
	name, to := resource.Describe(resource.KindServer, v.Name, v.ID), r.in.Before.Status
	task.Say(ctx, task.DescribeWait(fmt.Sprintf("%s: back to %s", name, to),
		strings.TrimSpace(v.Status+" "+v.TaskState), r.begun))
	switch {
	case v.Status == SoftDeleted:
		return true, nil
	case v.TaskState != "":
		return false, nil
	case v.Status == to:
		return true, nil
	case r.step != "" && v.Status == r.from:
		return false, &cloud.Error{Class: cloud.Conflict,
			Message: fmt.Sprintf("%s is %s: nova accepted to %s it and did not", name, v.Status, r.step)}
	}
	if theirs, err := r.changedSince(ctx, c); err != nil || theirs != "" {
		resource.Log(ctx, "left alone: another user has changed it since: "+theirs, v.Object())
		return err == nil, err
	}
	return false, r.ask(ctx, c, v)
}

// ask asks for the next step back. A conflict is waited out.
func (r *restoring) ask(ctx context.Context, c *cloud.Client, v Server) error {
	name := resource.Describe(resource.KindServer, v.Name, v.ID)
	verb, ok := powerVerbs[wayBack(v.Status, r.in.Before.Status)]
	if !ok {
		message := fmt.Sprintf("%s is %s and was %s: there is no way back that novaflow knows", name, v.Status,
			r.in.Before.Status)
		if v.Fault != "" {
			message += ": nova: " + cloud.Shorten(v.Fault)
		}
		return &cloud.Error{Class: cloud.Conflict, Message: message}
	}
	err := cloud.Nova.Op(cloud.Deleting, fmt.Sprintf("%s %s, to undo %s", verb.action, name, r.in.Verb)).
		Wrap(ctx, verb.send(ctx, c.Compute, v.ID))
	if err == nil {
		r.step, r.from = verb.action, v.Status
	}
	if cloud.ClassOf(err) == cloud.Conflict && time.Since(r.begun) < cloud.DefaultPatience {
		task.Say(ctx, err.Error())
		return nil
	}
	return err
}

// changedSince returns the name of a change of the server's state that is newer
// than ours and not a step of the way back, or "".
func (r *restoring) changedSince(ctx context.Context, c *cloud.Client) (string, error) {
	since, err := actionsSince(ctx, c, r.in.Before)
	if i := slices.IndexFunc(since, func(a instanceactions.InstanceAction) bool {
		return a.RequestID == r.ours
	}); i >= 0 {
		since = since[:i]
	}
	steps := []string{wakes[lastOf(powerVerbs[r.in.Verb].to)], rests[r.in.Before.Status]}
	for _, a := range since {
		if changesState(a.Action) && !slices.Contains(steps, a.Action) {
			return a.Action, err
		}
	}
	return "", err
}

func lastOf(list []string) string { return list[len(list)-1] }

// changesState reports whether an action in nova's record changes what RestorePowerState
// would bring back.
func changesState(action string) bool {
	for _, v := range powerVerbs {
		if v.action == action {
			return true
		}
	}
	return slices.Contains([]string{"rebuild", "resize", "migrate", "evacuate", "rescue", "unrescue"}, action)
}

// PowerWait says what change of state to wait for.
type PowerWait struct {
	PowerInput
	Request string `json:"request"` // that asked for it
}

// WaitPower waits until the server has the status that the verb leads to. It ends
// with an error of type ServerError if nova gave up, or put the server into ERROR.
// A failure is a failure of the verb: it changes nothing about the server.
func (a *Activities) WaitPower(ctx context.Context, w PowerWait) (Server, error) {
	return task.Forward(ctx, a.Clouds, w.Cloud, func(ctx context.Context, c *cloud.Client) (Server, error) {
		var last Server
		name, begun, verb := resource.Describe(resource.KindServer, w.Before.Name, w.Before.ID), time.Now(),
			powerVerbs[w.Verb]
		err := Servers.Watch(ctx, c, w.Before.ID, func(v Server) (bool, error) {
			last = v
			task.Say(ctx, task.DescribeWait(name, strings.TrimSpace(v.Status+" "+v.TaskState), begun))
			switch {
			case v.Status == "DELETED" || v.Status == SoftDeleted:
				return false, &cloud.Error{Class: cloud.Gone, Message: name + " was deleted while it was waited for"}
			case v.TaskState != "":
				return false, nil
			case v.Status == "ERROR":
				return false, FailedError(ctx, c, name, v)
			case !slices.Contains(verb.to, v.Status):
				return false, NotDoneError(ctx, c, v, w.Verb, w.Request)
			}
			failed, err := actionFailed(ctx, c, w.Before, w.Request)
			if failed {
				err = NotDoneError(ctx, c, v, w.Verb, w.Request)
			}
			return err == nil, err
		})
		return last, err
	})
}
