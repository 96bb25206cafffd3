package nova

import (
	"maps"
	"slices"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/keypairs"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/servers"

	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/resource"
	"novaflow/saga"
)

// HostnameMicroversion is the first one in which a server can be given a host
// name of its own. It came with Xena.
const HostnameMicroversion = "2.90"

// computeFor returns a client whose requests nova understands as the input means them.
// It is the usual one, unless the input asks for something newer.
func computeFor(c *cloud.Client, in CreateServerInput) *gophercloud.ServiceClient {
	if in.Hostname == "" {
		return c.Compute
	}
	newer := *c.Compute
	newer.Microversion = HostnameMicroversion
	return &newer
}

// serverOptions returns the request for a server. User data is in base64.
func serverOptions(in CreateServerInput, m saga.Mark,
	userData string) (servers.CreateOptsBuilder, servers.SchedulerHintOptsBuilder) {
	properties := maps.Clone(in.Properties)
	if properties == nil {
		properties = map[string]string{}
	}
	maps.Copy(properties, resource.MarkMetadata(m))
	o := servers.CreateOpts{
		Name: in.Name, FlavorRef: in.FlavorID, ImageRef: in.ImageID, AvailabilityZone: in.AvailabilityZone,
		Metadata: properties, Tags: append(slices.Clone(in.Tags), m.Digest()), Networks: "none", Hostname: in.Hostname,
		UserData: []byte(userData),
	}
	if in.ConfigDrive {
		o.ConfigDrive = &in.ConfigDrive
	}
	if in.BootVolumeID != "" {
		o.BlockDevice = []servers.BlockDevice{{
			SourceType: servers.SourceVolume, UUID: in.BootVolumeID, DestinationType: servers.DestinationVolume,
			BootIndex: 0, DeleteOnTermination: false, // the volume has an undo of its own
		}}
	}
	if len(in.PortIDs) > 0 {
		var nics []servers.Network
		for _, id := range in.PortIDs {
			nics = append(nics, servers.Network{Port: id})
		}
		o.Networks = nics
	}
	return described{keypairs.CreateOptsExt{CreateOptsBuilder: o, KeyName: in.KeyName}, in.Description},
		servers.SchedulerHintOpts{Group: in.ServerGroupID}
}

// described adds a description to a request for a server, which gophercloud
// leaves out.
type described struct {
	keypairs.CreateOptsExt
	description string
}

// ToServerCreateMap implements [servers.CreateOptsBuilder].
func (d described) ToServerCreateMap() (map[string]any, error) {
	request, err := d.CreateOptsExt.ToServerCreateMap()
	if server, ok := request["server"].(map[string]any); ok && d.description != "" {
		server["description"] = d.description
	}
	return request, err
}
