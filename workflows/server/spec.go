package server

import (
	"novaflow/saga/sagacodec"
	"novaflow/workflows/spec"
)

// CreateSpec is the request of Create. Images, flavors, networks and key pairs are given
// by name or id.
type CreateSpec struct {
	spec.RunOptions
	Name string `json:"name"` // one server of this name per project

	// to boot from; or
	Image string `json:"image,omitempty"`
	// a volume snapshot, from which a volume to boot from is created; or
	Snapshot string `json:"snapshot,omitempty"`
	// an existing volume, which is never deleted
	BootFrom string `json:"bootFrom,omitempty"`
	// GiB of a volume created from the image or snapshot; 0: the server boots from the
	// image itself, or the volume has the size of the snapshot
	BootVolume int    `json:"bootVolume,omitempty"`
	BootType   string `json:"bootVolumeType,omitempty"`

	Flavor string `json:"flavor"`
	// tried in this order if the cloud lacks capacity for the one before
	FallbackFlavors  []string `json:"fallbackFlavors,omitempty"`
	AvailabilityZone string   `json:"availabilityZone,omitempty"`
	// tried in this order, all of them with a flavor before the next flavor
	FallbackZones []string `json:"fallbackZones,omitempty"`

	KeyName     string `json:"keyName,omitempty"`
	PublicKey   string `json:"publicKey,omitempty"`         // the key pair KeyName is created from it
	ServerGroup string `json:"serverGroup,omitempty"`       // an existing one
	GroupPolicy string `json:"serverGroupPolicy,omitempty"` // a server group is created with it

	Ports          []PortSpec   `json:"ports"`                    // one at least
	SecurityGroups []string     `json:"securityGroups,omitempty"` // of new ports that name none
	Volumes        []VolumeSpec `json:"volumes,omitempty"`        // attached in this order
	FloatingIP     string       `json:"floatingIP,omitempty"`     // external network; "auto" is the only one; "" none
	Ingress        []spec.Rule  `json:"ingress,omitempty"`        // a security group for the ports is created from it

	Description string            `json:"description,omitempty"`
	Hostname    string            `json:"hostname,omitempty"` // "": nova derives one from the name
	Properties  map[string]string `json:"properties,omitempty"`
	Tags        []string          `json:"tags,omitempty"`
	ConfigDrive bool              `json:"configDrive,omitempty"`
	UserData    sagacodec.Secret  `json:"userData,omitzero"`

	spec.Readiness
}

// Request returns what every request for a new resource has, to be filled in.
func (s *CreateSpec) Request() (*spec.RunOptions, *string) { return &s.RunOptions, &s.Name }

// Validate returns everything that is wrong with the request and can be seen without a
// cloud, joined, or nil.
func (s CreateSpec) Validate() error {
	return spec.Validate(func(bad spec.Report) {
		s.RunOptions.Check(bad)
		spec.Require(bad, "name", s.Name)
		s.checkBoot(bad)
		spec.Require(bad, "flavor", s.Flavor)
		spec.CheckName(bad, s.Name)
		s.checkPorts(bad)
		s.checkVolumes(bad)
		s.checkPlacing(bad)
		s.checkGuest(bad)
		s.CheckReady(bad)
		spec.CheckRules(bad, s.Ingress)
	})
}

// Server is the result of Create.
type Server struct {
	ID         string   `json:"id"`
	Name       string   `json:"name"`
	Status     string   `json:"status"`
	Addresses  []string `json:"addresses"`
	FloatingIP string   `json:"floatingIP,omitempty"`
	Ports      []string `json:"ports"` // ids
	BootVolume string   `json:"bootVolume,omitempty"`
	Volumes    []string `json:"volumes,omitempty"` // ids, in the order of the request

	Flavor      string `json:"flavor,omitempty"` // by name; of the alternatives, the one that was placed
	Zone        string `json:"zone,omitempty"`
	KeyPair     string `json:"keyPair,omitempty"`     // if it was created, by name
	ServerGroup string `json:"serverGroup,omitempty"` // if it was created, by id
}
