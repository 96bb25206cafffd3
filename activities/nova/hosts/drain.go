package hosts

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/servers"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/services"

	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/precheck"
	"novaflow/activities/internal/resource"
	"novaflow/activities/internal/task"
	"novaflow/activities/nova"
	"novaflow/saga"
)

// Activities has the activities for hosts and for moves of servers. They need the
// credentials of an administrator.
type Activities struct{ Clouds *cloud.Clouds }

// The actions that empty a host, for administrators: look what is on it, take its
// service out of use (and back), move each server off it, wait for each, and confirm
// those that are moved while they are shut down.
var (
	CheckHostAction      = saga.Read((*Activities)(nil).CheckHost).With(task.CheckOptions)
	DisableServiceAction = saga.Do((*Activities)(nil).DisableService).UndoneBy((*Activities)(nil).EnableService).
				With(task.SubmitOptions).UndoWith(task.SubmitOptions)
	LeaveHostAction = saga.Do((*Activities)(nil).LeaveHost).UndoneBy((*Activities)(nil).AbortLeave).
			With(task.SubmitOptions).UndoWith(task.DeleteOptions)
	WaitLeaveAction    = saga.Read((*Activities)(nil).WaitLeave).With(task.WaitOptions)
	ConfirmLeaveAction = saga.Do((*Activities)(nil).ConfirmLeave).NoUndo("nova forgets the old host").
				With(task.WaitOptions)
)

// HostQuery asks whether a host can be emptied.
type HostQuery struct {
	Cloud string `json:"cloud"`
	Host  string `json:"host"`
	Dead  bool   `json:"dead,omitempty"` // its servers are to be built anew elsewhere, not moved
}

// HostPlan is a host with its servers.
type HostPlan struct {
	Host      string              `json:"host"`
	ServiceID string              `json:"serviceId"`
	Servers   []nova.ServerBefore `json:"servers,omitempty"` // that can be moved
	Stay      []LeaveResult       `json:"stay,omitempty"`    // that cannot, and why
	// Clouds is what the worker's clouds.yaml calls the projects of the servers, by
	// the id of the server, for locks. It may be empty.
	Clouds map[string][]string `json:"clouds,omitempty"`
}

// leaving are the statuses in which nova moves a server off a host: while it runs or,
// if it is shut down, as a cold migration that is then confirmed.
var leaving = append(slices.Clone(movableLive), "SHUTOFF")

// evacuable are the statuses in which nova builds a server anew on another host.
var evacuable = []string{"ACTIVE", "SHUTOFF", "ERROR"}

// CheckHost looks the host and its servers, of all projects, up. A dead host must be
// down, or nova would run its servers twice; any other must be up.
func (a *Activities) CheckHost(ctx context.Context, q HostQuery) (HostPlan, error) {
	return task.Forward(ctx, a.Clouds, q.Cloud, func(ctx context.Context, c *cloud.Client) (HostPlan, error) {
		all, err := nova.ListComputeServices(ctx, c)
		if err := cloud.ExplainForbidden(c, "hosts", err); err != nil {
			return HostPlan{}, err
		}
		plan, err := planHost(all, q)
		if err != nil {
			return HostPlan{}, err
		}
		found, err := serversOn(ctx, c, q.Host)
		if err != nil {
			return HostPlan{}, err
		}
		for _, v := range found {
			if why := whyStays(v, q); why != "" {
				plan.Stay = append(plan.Stay, LeaveResult{ServerID: v.ID, Name: v.Name, Host: q.Host, Why: why})
				continue
			}
			b, err := nova.RecordBefore(ctx, c, v)
			if err != nil {
				return HostPlan{}, err
			}
			plan.Servers = append(plan.Servers, b)
		}
		plan.Clouds, err = nova.FindOwners(ctx, c, plan.Servers)
		return plan, err
	})
}

// serversOn lists the servers of all projects on a host.
func serversOn(ctx context.Context, c *cloud.Client, host string) ([]nova.Server, error) {
	all, err := nova.ListServersWith(ctx, c, onHost{host})
	return all, cloud.Nova.Op(cloud.Listing, "list the servers on host "+host).Wrap(ctx, err)
}

// planHost finds the host's service, and reports why it cannot be emptied.
func planHost(all []services.Service, q HostQuery) (HostPlan, error) {
	var hosts []string
	others := 0
	at := slices.IndexFunc(all, func(s services.Service) bool { return s.Host == q.Host })
	for _, s := range all {
		hosts = append(hosts, s.Host)
		if s.Host != q.Host && s.State == "up" && s.Status == "enabled" {
			others++
		}
	}
	switch {
	case at < 0:
		return HostPlan{}, cloud.Invalid("there is no host %q%s", q.Host, precheck.Advise(q.Host, hosts))
	case q.Dead && all[at].State != "down":
		return HostPlan{}, cloud.Invalid("host %q is %s: its servers would run twice; fence it and force it down "+
			"first with \"openstack compute service set --down %s nova-compute\", or drain it", q.Host, all[at].State,
			q.Host)
	case !q.Dead && all[at].State != "up":
		return HostPlan{},
			cloud.Invalid("host %q is %s: nothing can be moved off it; if it is really dead, evacuate it", q.Host,
				all[at].State)
	case others == 0:
		return HostPlan{}, cloud.Invalid("no other host than %q is up and enabled", q.Host)
	}
	return HostPlan{Host: q.Host, ServiceID: all[at].ID}, nil
}

// whyStays says why a server cannot leave the host by itself, or "".
func whyStays(v nova.Server, q HostQuery) string {
	may, how := leaving, "nova moves no others"
	if q.Dead {
		may, how = evacuable, "nova builds no others anew"
	}
	switch {
	case !slices.Contains(may, v.Status):
		return fmt.Sprintf("it is %s, and not %s; %s", v.Status, strings.Join(may, " or "), how)
	case v.TaskState != "" && !q.Dead:
		return fmt.Sprintf("it is busy (%s)", v.TaskState)
	}
	return ""
}

// onHost lists the servers of all projects on a host, which gophercloud has no
// option for.
type onHost struct{ host string }

// ToServerListQuery implements servers.ListOptsBuilder.
func (o onHost) ToServerListQuery() (string, error) {
	q, err := gophercloud.BuildQueryString(struct {
		Host string `q:"host"`
		All  bool   `q:"all_tenants"`
	}{o.host, true})
	return q.String(), err
}

// ServiceInput says which host's service is to be taken out of use.
type ServiceInput struct {
	Cloud     string `json:"cloud"`
	Host      string `json:"host"`
	ServiceID string `json:"serviceId"`
}

// ServiceState is a host's service as it was left.
type ServiceState struct {
	ServiceID string `json:"serviceId"`
	cloud.Answered
}

// DisableService stops nova from placing servers on the host. The reason that it gives is
// the mark, by which the undo recognizes its own change. It leaves a service as it is if
// another user has disabled it.
func (a *Activities) DisableService(ctx context.Context, in saga.Intent[ServiceInput]) (ServiceState, error) {
	return task.Forward(ctx, a.Clouds, in.In.Cloud, func(ctx context.Context, c *cloud.Client) (ServiceState, error) {
		out := ServiceState{ServiceID: in.In.ServiceID}
		v, err := serviceOf(ctx, c, in.In)
		if err != nil || v.Status == "disabled" {
			return out, err
		}
		return out, setService(ctx, c, in.In, cloud.Changing, services.UpdateOpts{Status: services.ServiceDisabled,
			DisabledReason: string(in.Mark)})
	})
}

// EnableService lets nova place servers on the host again, if it is disabled for the
// reason that is the mark.
func (a *Activities) EnableService(ctx context.Context, u saga.Undo[ServiceInput, ServiceState]) error {
	return task.Backward(ctx, a.Clouds, u.In.Cloud, func(ctx context.Context, c *cloud.Client) error {
		v, err := serviceOf(ctx, c, u.In)
		if err != nil || v.Status != "disabled" || v.DisabledReason != string(u.Mark) {
			return cloud.IgnoreGone(err)
		}
		return setService(ctx, c, u.In, cloud.Deleting, services.UpdateOpts{Status: services.ServiceEnabled})
	})
}

func serviceOf(ctx context.Context, c *cloud.Client, in ServiceInput) (services.Service, error) {
	all, err := nova.ListComputeServices(ctx, c)
	if i := slices.IndexFunc(all, func(s services.Service) bool { return s.ID == in.ServiceID }); i >= 0 {
		return all[i], err
	}
	if err == nil {
		err = &cloud.Error{Class: cloud.Gone, Message: "host " + in.Host + " has no compute service any more"}
	}
	return services.Service{}, err
}

func setService(ctx context.Context, c *cloud.Client, in ServiceInput, call cloud.Call, o services.UpdateOpts) error {
	put, cancel, err := task.Uninterrupted(ctx)
	if err != nil {
		return err
	}
	defer cancel()
	newer := *c.Compute
	newer.Microversion = nova.ServiceMicroversion
	_, err = services.Update(put, &newer, in.ServiceID, o).Extract()
	return cloud.Nova.Op(call, fmt.Sprintf("set the service of host %s %s", in.Host, o.Status)).Wrap(ctx, err)
}

// LeaveInput says which server is to leave its host.
type LeaveInput struct {
	Cloud  string            `json:"cloud"`
	Before nova.ServerBefore `json:"before"`
	Dead   bool              `json:"dead,omitempty"` // it is built anew elsewhere
}

// Cold reports whether the server is moved while it is shut down, which has to be
// confirmed.
func (in LeaveInput) Cold() bool { return !in.Dead && in.Before.Status == "SHUTOFF" }

func (in LeaveInput) action() string {
	switch {
	case in.Dead:
		return "evacuate"
	case in.Cold():
		return "migrate"
	}
	return "live-migration"
}

// ask asks nova to take the server off its host. One that its owner has started since
// the host was looked at is not shut down for it.
func (in LeaveInput) ask(ctx context.Context, c *cloud.Client) error {
	switch {
	case in.Dead:
		_, err := servers.Evacuate(ctx, c.Compute, in.Before.ID, evacuation{}).ExtractAdminPass()
		return err
	case in.Cold():
		if v, err := nova.Servers.Get(ctx, c, in.Before.ID); err != nil || v.Status != in.Before.Status {
			return cloud.FirstError(err,
				&cloud.Error{Class: cloud.Conflict,
					Message: fmt.Sprintf("%s was %s when the host was looked at and is %s now: drain it once more",
						resource.Describe(resource.KindServer, v.Name, v.ID), in.Before.Status, v.Status)})
		}
		return nova.Migrate(ctx, c, in.Before.ID, "")
	}
	return servers.LiveMigrate(ctx, c.Compute, in.Before.ID, liveOptions{}).ExtractErr()
}

// LeaveAnswer is a server that nova has accepted to take off its host, or not.
type LeaveAnswer struct {
	nova.Accepted
	Refused string `json:"refused,omitempty"` // nova's words
}

// LeaveHost asks nova to take the server off its host, unless an earlier attempt
// has. A refusal is a result and not a failure: one server must not keep the others.
func (a *Activities) LeaveHost(ctx context.Context, in saga.Intent[LeaveInput]) (LeaveAnswer, error) {
	return task.Forward(ctx, a.Clouds, in.In.Cloud, func(ctx context.Context, c *cloud.Client) (LeaveAnswer, error) {
		b := in.In.Before
		what := fmt.Sprintf("take %s off host %s", resource.Describe(resource.KindServer, b.Name, b.ID), b.Host)
		done, err := nova.RequestOnce(ctx, c, b, in.In.action(), what,
			func(ctx context.Context) error { return in.In.ask(ctx, c) })
		if refusal := refusal(err); refusal != "" {
			return LeaveAnswer{Accepted: nova.Accepted{ServerID: b.ID}, Refused: refusal}, nil
		}
		return LeaveAnswer{Accepted: done}, err
	})
}

// refusal returns why nova will not move the server, or "" if it may yet.
func refusal(err error) string {
	switch cloud.ClassOf(err) {
	case cloud.Terminal, cloud.Conflict, cloud.Quota, cloud.Gone:
		return err.Error()
	}
	return ""
}

// evacuation lets nova choose the host; gophercloud's options are of an older nova.
type evacuation struct{}

// ToEvacuateMap implements servers.EvacuateOptsBuilder.
func (evacuation) ToEvacuateMap() (map[string]any, error) {
	return map[string]any{"evacuate": map[string]any{}}, nil
}

// AbortLeave aborts a live migration that is under way, waits until nova is not at work
// on the server, and leaves it where it then is. A cold migration that has arrived is
// confirmed there.
func (a *Activities) AbortLeave(ctx context.Context, u saga.Undo[LeaveInput, LeaveAnswer]) error {
	if !u.In.Dead && !u.In.Cold() {
		return a.AbortLiveMigration(ctx, saga.Undo[LiveMigrationInput, nova.Accepted]{Task: u.Task, Mark: u.Mark,
			In: LiveMigrationInput{Cloud: u.In.Cloud, Before: u.In.Before}, Cause: u.Cause})
	}
	return task.Backward(ctx, a.Clouds, u.In.Cloud, func(ctx context.Context, c *cloud.Client) error {
		ours, err := nova.FindRequest(ctx, c, u.In.Before, u.In.action(), u.Out == nil)
		if err != nil || ours == "" {
			return cloud.IgnoreGone(err)
		}
		v, err := nova.WaitSettled(ctx, c, u.In.Before.ID, u.In.Before.Name)
		if err == nil && u.In.Cold() && v.Status == "VERIFY_RESIZE" {
			err = confirmHost(ctx, c, v)
		}
		return cloud.IgnoreGone(err)
	})
}

// confirmHost lets nova forget the host that a server was on, and waits until it has.
// A confirmation that is under way already is waited out.
func confirmHost(ctx context.Context, c *cloud.Client, v nova.Server) error {
	begun, name := time.Now(), resource.Describe(resource.KindServer, v.Name, v.ID)
	return nova.Servers.Watch(ctx, c, v.ID, func(v nova.Server) (bool, error) {
		task.Say(ctx, task.DescribeWait("confirm the new host of "+name, strings.TrimSpace(v.Status+" "+v.TaskState),
			begun))
		if v.Status != "VERIFY_RESIZE" || v.TaskState != "" {
			return v.TaskState == "", nil
		}
		err := nova.ConfirmMove(ctx, c, v.ID, "confirm the new host of "+name)
		if cloud.ClassOf(err) == cloud.Conflict && time.Since(begun) < cloud.DefaultPatience {
			err = nil
		}
		return false, err
	})
}

// LeaveWait says which server to wait for.
type LeaveWait struct {
	LeaveInput
	Leaving LeaveAnswer `json:"leaving"`
}

// LeaveResult is a server that has left its host, or why it has not.
type LeaveResult struct {
	ServerID string `json:"serverId"`
	Name     string `json:"name"`
	Host     string `json:"host"`          // where it is
	Why      string `json:"why,omitempty"` // it has not left
}

// WaitLeave waits until nova is not at work on the server. One that is still on its
// host, or in ERROR, is a result with the reason.
func (a *Activities) WaitLeave(ctx context.Context, w LeaveWait) (LeaveResult, error) {
	b := w.Before
	out := LeaveResult{ServerID: b.ID, Name: b.Name, Host: b.Host, Why: w.Leaving.Refused}
	if out.Why != "" {
		return out, nil
	}
	return task.Forward(ctx, a.Clouds, w.Cloud, func(ctx context.Context, c *cloud.Client) (LeaveResult, error) {
		v, err := nova.WaitSettled(ctx, c, b.ID, b.Name)
		switch {
		case cloud.ClassOf(err) == cloud.Gone || err == nil && v.Status == nova.SoftDeleted:
			out.Host = ""
			return out, nil
		case err != nil:
			return out, err
		}
		out.Host = v.Host
		switch {
		case v.Status == "ERROR":
			out.Why = nova.FailedError(ctx, c, resource.Describe(resource.KindServer, v.Name, v.ID), v).Error()
		case v.Host == b.Host:
			out.Why = nova.NotDoneError(ctx, c, v, w.action(), w.Leaving.Request).Error()
		}
		return out, nil
	})
}

// LeaveConfirm says which server has arrived and is to be confirmed.
type LeaveConfirm struct {
	LeaveInput
	Result LeaveResult `json:"left"`
}

// ConfirmLeave confirms a server that was moved while it was shut down. A refusal is a
// result, as in [Activities.LeaveHost].
func (a *Activities) ConfirmLeave(ctx context.Context, in saga.Intent[LeaveConfirm]) (LeaveResult, error) {
	out := in.In.Result
	if out.Why != "" || out.Host == "" {
		return out, nil
	}
	return task.Forward(ctx, a.Clouds, in.In.Cloud, func(ctx context.Context, c *cloud.Client) (LeaveResult, error) {
		err := cloud.IgnoreGone(confirmHost(ctx, c, nova.Server{OwnedObject: in.In.Before.OwnedObject}))
		if out.Why = refusal(err); out.Why != "" {
			err = nil
		}
		return out, err
	})
}
