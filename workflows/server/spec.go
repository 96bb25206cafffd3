package server

import (
	"novaflow/saga/sagacodec"
	"novaflow/workflows/spec"
)

// CreateSpec is the input of ServerCreate. Images, flavors, networks and key
// pairs are given by name or id.
type CreateSpec struct {
	spec.RunOptions
	Name string `json:"name"` // one server of this name per project

	Image      string `json:"image,omitempty"`      // to boot from; or
	Snapshot   string `json:"snapshot,omitempty"`   // a volume snapshot, of which a volume to boot from is made; or
	BootFrom   string `json:"bootFrom,omitempty"`   // a volume that exists, which is brought: never deleted
	BootVolume int    `json:"bootVolume,omitempty"` // GiB, made from the image or snapshot; 0 boots from the image itself, or is the snapshot's size
	BootType   string `json:"bootVolumeType,omitempty"`

	Flavor           string   `json:"flavor"`
	FallbackFlavors  []string `json:"fallbackFlavors,omitempty"` // tried in this order where there is no room for the one before
	AvailabilityZone string   `json:"availabilityZone,omitempty"`
	FallbackZones    []string `json:"fallbackZones,omitempty"` // tried in this order, all of them with a flavor before the next flavor
	KeyName          string   `json:"keyName,omitempty"`
	PublicKey        string   `json:"publicKey,omitempty"`         // makes the key pair KeyName of it
	ServerGroup      string   `json:"serverGroup,omitempty"`       // that exists
	GroupPolicy      string   `json:"serverGroupPolicy,omitempty"` // makes a server group with it

	Ports          []PortSpec   `json:"ports"`                    // one at least
	SecurityGroups []string     `json:"securityGroups,omitempty"` // of ports that are made and name none
	Volumes        []VolumeSpec `json:"volumes,omitempty"`        // attached in this order
	FloatingIP     string       `json:"floatingIP,omitempty"`     // external network; "auto" is the only one; "" none
	Ingress        []spec.Rule  `json:"ingress,omitempty"`        // makes a security group of its own for the ports

	Description string            `json:"description,omitempty"`
	Hostname    string            `json:"hostname,omitempty"` // "": nova makes one from the name
	Properties  map[string]string `json:"properties,omitempty"`
	Tags        []string          `json:"tags,omitempty"`
	ConfigDrive bool              `json:"configDrive,omitempty"`
	UserData    sagacodec.Secret  `json:"userData,omitzero"`

	spec.Readiness
}

// Request gives access to what every request for a new resource has.
func (s *CreateSpec) Request() (*spec.RunOptions, *string) { return &s.RunOptions, &s.Name }

// Validate returns everything that is wrong with the spec and can be seen
// without a cloud, joined, or nil.
func (s CreateSpec) Validate() error {
	return spec.Validate(func(bad spec.Report) {
		s.RunOptions.Check(bad)
		spec.Require(bad, "name", s.Name)
		s.validateBoot(bad)
		spec.Require(bad, "flavor", s.Flavor)
		spec.CheckName(bad, s.Name)
		s.validatePorts(bad)
		s.validateVolumes(bad)
		s.validatePlacing(bad)
		s.validateGuest(bad)
		s.ValidateReady(bad)
		spec.CheckRules(bad, s.Ingress)
	})
}

// Server is the result of ServerCreate.
type Server struct {
	ID         string   `json:"id"`
	Name       string   `json:"name"`
	Status     string   `json:"status"`
	Addresses  []string `json:"addresses"`
	FloatingIP string   `json:"floatingIP,omitempty"`
	Ports      []string `json:"ports"` // ids
	BootVolume string   `json:"bootVolume,omitempty"`
	Volumes    []string `json:"volumes,omitempty"` // ids, in the order of the spec

	Flavor      string `json:"flavor,omitempty"` // the one of the alternatives that had room, by name
	Zone        string `json:"zone,omitempty"`
	KeyPair     string `json:"keyPair,omitempty"`     // that was made, by name
	ServerGroup string `json:"serverGroup,omitempty"` // that was made, by id
}
