package store

// ComputeState is what an administrator has set of a host's nova-compute.
type ComputeState struct {
	Disabled bool   `json:"disabled,omitempty"`
	Reason   string `json:"reason,omitempty"`
	Forced   bool   `json:"forced_down,omitempty"`
	Dead     bool   `json:"dead,omitempty"` // the process is: see Cloud.KillHost
}

// State returns whether the service is up, as nova shows it.
func (s ComputeState) State() string {
	if s.Forced || s.Dead {
		return "down"
	}
	return "up"
}

// Status returns whether the service is enabled, as nova shows it.
func (s ComputeState) Status() string {
	if s.Disabled {
		return "disabled"
	}
	return "enabled"
}
