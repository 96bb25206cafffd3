package store

// ComputeState is what an administrator has set of a host's nova-compute.
type ComputeState struct {
	Disabled bool   `json:"disabled,omitempty"`
	Reason   string `json:"reason,omitempty"`
	Forced   bool   `json:"forced_down,omitempty"`
	Dead     bool   `json:"dead,omitempty"` // the process is: see Cloud.KillHost
}

func (s ComputeState) State() string {
	if s.Forced || s.Dead {
		return "down"
	}
	return "up"
}

func (s ComputeState) Status() string {
	if s.Disabled {
		return "disabled"
	}
	return "enabled"
}
