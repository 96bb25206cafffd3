package server

import (
	"cmp"

	"novaflow/activities"
	"novaflow/saga"
	"novaflow/workflows/spec"
)

// AttachVolumeSpec is the input of ServerAddVolume and of ServerRemoveVolume.
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
	Deleted   bool     `json:"deleted,omitempty"`   // the port, which novaflow had made
}

// Validate returns everything that is wrong with the spec and can be seen
// without a cloud, joined, or nil.
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

// lockVolume locks the volume of an attachment. The run's own id is the server's,
// which the look-up has found.
func lockVolume(f *saga.Flow, o spec.RunOptions, plan saga.Ref[activities.AttachPlan]) saga.Ref[[]string] {
	return lockFor(f, o, plan, func(p activities.AttachPlan) string {
		return spec.VolumeWorkflowID(o.Cloud, cmp.Or(p.Volume.Name, p.Volume.ID))
	})
}

// lockPort locks the port of an attachment, by its id: ports seldom have names.
func lockPort(f *saga.Flow, o spec.RunOptions, plan saga.Ref[activities.AttachPlan]) saga.Ref[[]string] {
	return lockFor(f, o, plan, func(p activities.AttachPlan) string { return spec.WorkflowID("port", o.Cloud, p.Port.ID) })
}

func lockFor(f *saga.Flow, o spec.RunOptions, plan saga.Ref[activities.AttachPlan], id func(activities.AttachPlan) string) saga.Ref[[]string] {
	return saga.Lock(f, "lock", saga.From(plan, func(p activities.AttachPlan) []string {
		return spec.InLockOrder(spec.ServerWorkflowID(o.Cloud, p.Server.Name), []string{id(p)})
	}), append(o.LockOptions(), saga.Summary("keep other runs away"))...)
}
