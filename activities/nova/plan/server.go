package plan

import (
	"context"
	"slices"
	"strings"

	"novaflow/activities/cinder"
	"novaflow/activities/glance"
	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/precheck"
	"novaflow/activities/internal/task"
	"novaflow/activities/neutron"
	"novaflow/activities/nova"
	"novaflow/saga"
	"novaflow/saga/sagacodec"
)

// Activities has the activities for looking up what a request for a server stands for.
type Activities struct{ Clouds *cloud.Clouds }

// CheckServerAction looks everything up that a server needs. An unreachable
// cloud ends it after a few attempts.
var CheckServerAction = saga.Read((*Activities)(nil).CheckServer).With(task.CheckOptions)

// ServerQuery says what a server is to be created from. Names may be ids.
type ServerQuery struct {
	Cloud string `json:"cloud"`
	// the run that asks; its own server of the same name does not count
	Run              string   `json:"run,omitempty"`
	Name             string   `json:"name"`
	Image            string   `json:"image"`
	Flavor           string   `json:"flavor"`
	KeyName          string   `json:"keyName,omitempty"`
	AvailabilityZone string   `json:"availabilityZone,omitempty"`
	Networks         []string `json:"networks,omitempty"`
	// for a floating IP; "": none; AutoNetwork: the only one
	ExternalNetwork string   `json:"externalNetwork,omitempty"`
	BootVolumeGiB   int      `json:"bootVolumeGib,omitempty"` // 0: boots from the image
	DataVolumesGiB  []int    `json:"dataVolumesGib,omitempty"`
	VolumeTypes     []string `json:"volumeTypes,omitempty"`   // that volumes are to be of
	SecurityGroup   bool     `json:"securityGroup,omitempty"` // a new one is wanted
	Rules           int      `json:"rules,omitempty"`         // to be created in it

	FallbackFlavors []string `json:"fallbackFlavors,omitempty"`
	FallbackZones   []string `json:"fallbackZones,omitempty"`
	Snapshot        string   `json:"snapshot,omitempty"`   // of cinder, to boot from; Image is then ""
	BootVolume      string   `json:"bootVolume,omitempty"` // that exists, to boot from; Image is then ""
	// that exist; in the order of the data volumes, "" for one to be created
	Volumes []string `json:"volumes,omitempty"`
	// what is asked of ports beside Networks, in the same order; none: nothing of any
	Ports          []PortQuery      `json:"ports,omitempty"`
	ServerGroup    string           `json:"serverGroup,omitempty"`
	NewServerGroup bool             `json:"newServerGroup,omitempty"`
	NewKeyPair     bool             `json:"newKeyPair,omitempty"` // KeyName is to be created
	Properties     int              `json:"properties,omitempty"` // how many
	Hostname       bool             `json:"hostname,omitempty"`   // the server is to have one of its own
	UserData       sagacodec.Secret `json:"userData,omitzero"`    // only to see whether it can be read
}

// PortQuery says what is asked of one port.
type PortQuery struct {
	// that exists; nothing else is asked then, and its network is ""
	Port           string            `json:"port,omitempty"`
	FixedIPs       []neutron.FixedIP `json:"fixedIps,omitempty"` // subnets by name or id
	SecurityGroups []string          `json:"securityGroups,omitempty"`
}

// ServerPlan is what the names stand for.
type ServerPlan struct {
	ImageID         string               `json:"imageId"`
	ImageName       string               `json:"imageName"`
	FlavorID        string               `json:"flavorId"`
	FlavorName      string               `json:"flavorName"`
	VCPUs           int                  `json:"vcpus"`
	RAMMiB          int                  `json:"ramMib"`
	DiskGiB         int                  `json:"diskGib"`
	Networks        []neutron.NetworkRef `json:"networks,omitempty"` // in the order of the query
	ExternalNetwork neutron.NetworkRef   `json:"externalNetwork,omitzero"`

	FallbackFlavorIDs []string `json:"fallbackFlavorIds,omitempty"`
	SnapshotID        string   `json:"snapshotId,omitempty"`
	BootVolumeGiB     int      `json:"bootVolumeGib,omitempty"` // of the volume to be created; 0: none is
	BootVolumeID      string   `json:"bootVolumeId,omitempty"`  // that exists
	// that exist, in the order of the query, "" for one to be created
	VolumeIDs     []string   `json:"volumeIds,omitempty"`
	Ports         []PortPlan `json:"ports,omitempty"` // in the order of the query
	ServerGroupID string     `json:"serverGroupId,omitempty"`
	// by id, as the runs that attach a port lock it
	ExistingPorts   []string `json:"broughtPorts,omitempty"`
	ExistingVolumes []string `json:"broughtVolumes,omitempty"` // by name, or id where they have none
}

// PortPlan is what the names of a PortQuery stand for.
type PortPlan struct {
	ID               string            `json:"id,omitempty"` // of one that exists
	FixedIPs         []neutron.FixedIP `json:"fixedIps,omitempty"`
	SecurityGroupIDs []string          `json:"securityGroupIds,omitempty"`
}

// CheckServer looks everything up that the request names, before the first
// effect. If anything is wrong it returns one terminal error of type
// InvalidRequest with every problem on a line of its own.
func (a *Activities) CheckServer(ctx context.Context, q ServerQuery) (ServerPlan, error) {
	return task.Forward(ctx, a.Clouds, q.Cloud, func(ctx context.Context, c *cloud.Client) (ServerPlan, error) {
		f, err := gatherFacts(ctx, c, q)
		if err != nil {
			return ServerPlan{}, err
		}
		plan, problems := f.plan(q)
		if len(problems) > 0 {
			return ServerPlan{}, cloud.Invalid("server %q cannot be created on cloud %q:\n- %s", q.Name, q.Cloud,
				strings.Join(problems, "\n- "))
		}
		return plan, nil
	})
}

// planner turns facts into a plan and collects the problems.
type planner struct {
	precheck.Problems
	facts
	q   ServerQuery
	out ServerPlan
}

// plan decides, from facts alone, what the names of the query stand for and
// what is wrong with it.
func (f facts) plan(q ServerQuery) (ServerPlan, []string) {
	p := &planner{facts: f, q: q}
	p.namesake()
	image := p.boot()
	flavors := p.flavors()
	for _, flavor := range flavors {
		if image != nil {
			p.fit(*image, flavor)
		}
	}
	p.networks()
	p.ports()
	p.out.ExternalNetwork = neutron.ChooseExternalNetwork(&p.Problems, p.facts.networks, q.ExternalNetwork,
		"a floating IP")
	p.keyAndZone()
	p.volumeTypes()
	p.dataVolumes()
	p.placing()
	p.userData()
	p.quota(flavors)
	return p.out, p.List()
}

func (p *planner) namesake() {
	for _, s := range p.facts.namesakes {
		if run := s.Mark.Run(); run != "" && run != p.q.Run {
			p.Add("server %q exists already (%s, created by run %s): choose another name, or delete that server first",
				s.Name, s.ID, run)
		}
	}
}

// boot finds out what the server boots from. The image is nil if it is none, or
// cannot be used.
func (p *planner) boot() *glance.VisibleImage {
	switch {
	case p.q.Snapshot != "":
		p.snapshot()
	case p.q.BootVolume != "":
		p.bootVolume()
	default:
		p.out.BootVolumeGiB = p.q.BootVolumeGiB
		return p.image()
	}
	return nil
}

func (p *planner) image() *glance.VisibleImage {
	image := precheck.Choose(&p.Problems, "image", p.q.Image, p.facts.images,
		func(i glance.VisibleImage) (string, string) { return i.ID, i.Name })
	if image == nil {
		return nil
	}
	if image.Status != "active" {
		p.Add("image %q (%s) is %s: use one that is active", image.Name, image.ID, image.Status)
		return nil
	}
	p.out.ImageID, p.out.ImageName = image.ID, image.Name
	return image
}

// flavors finds the flavors to be tried. It leaves out those that do not exist.
func (p *planner) flavors() (found []nova.Flavor) {
	naming := func(f nova.Flavor) (string, string) { return f.ID, f.Name }
	for i, wanted := range append([]string{p.q.Flavor}, p.q.FallbackFlavors...) {
		flavor := precheck.Choose(&p.Problems, "flavor", wanted, p.facts.flavors, naming)
		if flavor == nil {
			continue
		}
		if slices.ContainsFunc(found, func(f nova.Flavor) bool { return f.ID == flavor.ID }) {
			p.Add("flavor %q (%s) is to be tried twice: name it once", flavor.Name, flavor.ID)
			continue
		}
		found = append(found, *flavor)
		if i > 0 {
			p.out.FallbackFlavorIDs = append(p.out.FallbackFlavorIDs, flavor.ID)
			continue
		}
		p.out.FlavorID, p.out.FlavorName = flavor.ID, flavor.Name
		p.out.VCPUs, p.out.RAMMiB, p.out.DiskGiB = flavor.VCPUs, flavor.RAMMiB, flavor.DiskGiB
	}
	return found
}

// fit compares what the image needs with what the flavor or the boot volume
// offers. The disk of the flavor does not matter when a volume is booted from,
// and a disk of 0 is as large as the image.
func (p *planner) fit(image glance.VisibleImage, flavor nova.Flavor) {
	if flavor.RAMMiB < image.MinRAMMiB {
		p.Add("flavor %q has %d MiB of memory, but image %q needs %d: choose a larger flavor", flavor.Name,
			flavor.RAMMiB, image.Name, image.MinRAMMiB)
	}
	needs := max(image.MinDiskGiB, image.SizeGiB())
	switch {
	case p.q.BootVolumeGiB > 0 && p.q.BootVolumeGiB < needs:
		p.Add("the boot volume of %d GiB is too small for image %q, which needs %d GiB: ask for a larger one",
			p.q.BootVolumeGiB, image.Name, needs)
	case p.q.BootVolumeGiB == 0 && flavor.DiskGiB > 0 && flavor.DiskGiB < needs:
		p.Add("flavor %q has a disk of %d GiB, but image %q needs %d: choose a larger flavor, or boot from a volume",
			flavor.Name, flavor.DiskGiB, image.Name, needs)
	}
}

func (p *planner) networks() {
	for i, wanted := range p.q.Networks {
		if i < len(p.q.Ports) && p.q.Ports[i].Port != "" {
			p.out.Networks = append(p.out.Networks, neutron.NetworkRef{}) // the network of the port
			continue
		}
		n := precheck.Choose(&p.Problems, "network", wanted, p.facts.networks,
			func(n neutron.VisibleNetwork) (string, string) { return n.ID, n.Name })
		if n == nil {
			continue
		}
		if !n.HasSubnet {
			p.Add("network %q (%s) has no subnet, so its ports get no address: add one, or choose another network",
				n.Name, n.ID)
		}
		p.out.Networks = append(p.out.Networks, neutron.NetworkRef{ID: n.ID, Name: n.Name})
	}
}

func (p *planner) keyAndZone() {
	switch key := p.q.KeyName; {
	case key == "":
	case p.q.NewKeyPair && p.keyIsTaken():
		p.Add("key pair %q exists already for this user: choose another name with --key-name, or use that one by "+
			"leaving out the public key", key)
	case !p.q.NewKeyPair && !slices.Contains(p.keys, key):
		p.Add("key pair %q does not exist for this user%s: create it with \"openstack keypair create\"", key,
			cloud.Suggest(key, p.keys))
	}
	for _, zone := range append([]string{p.q.AvailabilityZone}, p.q.FallbackZones...) {
		if zone != "" && !slices.Contains(p.zones, zone) {
			p.Add("availability zone %q does not exist or is not available%s: known are %s", zone,
				cloud.Suggest(zone, p.zones), cloud.QuoteAll(p.zones))
		}
	}
}

// keyIsTaken reports whether there is a key pair of the wanted name that another
// run, or a person, has created.
func (p *planner) keyIsTaken() bool {
	i := slices.Index(p.keys, p.q.KeyName)
	return i >= 0 && (p.q.Run == "" || i >= len(p.keyRuns) || p.keyRuns[i] != p.q.Run)
}

func (p *planner) volumeTypes() {
	for i, wanted := range p.q.VolumeTypes {
		known := func(t cinder.VolumeType) bool { return t.ID == wanted || t.Name == wanted }
		if slices.Contains(p.q.VolumeTypes[:i], wanted) || slices.ContainsFunc(p.types, known) {
			continue
		}
		names := precheck.NamesOf(p.types, func(t cinder.VolumeType) (string, string) { return t.ID, t.Name })
		p.Add("there is no volume type %q%s", wanted, precheck.Advise(wanted, names))
	}
}
