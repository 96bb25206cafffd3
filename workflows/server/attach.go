package server

import (
	"cmp"

	"novaflow/activities/nova/attach"
	"novaflow/activities/nova/plan"
	"novaflow/saga"
	"novaflow/workflows/spec"
)

// AttachVolumeSpec is the request of AddVolume and of RemoveVolume.
type AttachVolumeSpec struct {
	spec.RunOptions
	Server string `json:"server"`           // name or id
	Volume string `json:"volume"`           // name or id
	Device string `json:"device,omitempty"` // wished for, such as /dev/vdb; most hypervisors choose themselves
}

// Attached is the result of the flows that attach and detach.
type Attached struct {
	Server    string   `json:"server"` // id
	Volume    string   `json:"volume,omitempty"`
	Device    string   `json:"device,omitempty"` // of a volume, as the server may see it
	Port      string   `json:"port,omitempty"`
	Addresses []string `json:"addresses,omitempty"` // of a port
	Deleted   bool     `json:"deleted,omitempty"`   // the port, which novaflow had created
}

// Validate returns everything that is wrong with the request, joined, or nil.
func (s AttachVolumeSpec) Validate() error {
	return spec.Validate(func(bad spec.Report) {
		s.RunOptions.Check(bad)
		spec.Require(bad, "server", s.Server)
		spec.Require(bad, "volume", s.Volume)
		if len(s.Device) > spec.MaxName {
			bad("device: longer than %d bytes", spec.MaxName)
		}
	})
}

// attachment returns the pair of server and volume that the request is about.
func (s AttachVolumeSpec) attachment(p plan.AttachPlan) attach.AttachVolumeInput {
	return attach.AttachVolumeInput{
		Cloud: s.Cloud, ServerID: p.Server.ID, VolumeID: p.Volume.ID, Device: s.Device,
	}
}

// addAttachCheck adds the task that looks up what is to be attached or detached.
func addAttachCheck(f *saga.Flow, q plan.AttachQuery, summary string) saga.Ref[plan.AttachPlan] {
	return saga.Add(f, spec.RequestTask, plan.CheckAttachAction, saga.Value(q), saga.Summary(summary))
}

// lockVolume locks the volume of an attachment.
func lockVolume(f *saga.Flow, o spec.RunOptions, found saga.Ref[plan.AttachPlan]) saga.Ref[[]string] {
	return lockAttached(f, o, found, func(p plan.AttachPlan) string {
		return spec.VolumeWorkflowID(o.Cloud, cmp.Or(p.Volume.Name, p.Volume.ID))
	})
}

// lockPort locks the port of an attachment, by its id: ports seldom have names.
func lockPort(f *saga.Flow, o spec.RunOptions, found saga.Ref[plan.AttachPlan]) saga.Ref[[]string] {
	return lockAttached(f, o, found, func(p plan.AttachPlan) string {
		return spec.WorkflowID("port", o.Cloud, p.Port.ID)
	})
}

// lockAttached locks what has a workflow id. The run's own id is the server's, which
// the plan has found.
func lockAttached(
	f *saga.Flow, o spec.RunOptions, found saga.Ref[plan.AttachPlan], id func(plan.AttachPlan) string,
) saga.Ref[[]string] {
	ids := saga.From(found, func(p plan.AttachPlan) []string {
		return spec.InLockOrder(spec.ServerWorkflowID(o.Cloud, p.Server.Name), []string{id(p)})
	})
	return saga.Lock(f, "lock", ids, append(o.LockOptions(), saga.Summary("keep other runs away"))...)
}
