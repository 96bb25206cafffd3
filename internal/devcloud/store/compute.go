package store

// ComputeState is the state of a host's nova-compute, as administrators have set it.
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
