package activities

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"novaflow/saga"
)

// CheckServerAction looks everything up that a server needs. An unreachable
// cloud ends it after a few attempts.
var CheckServerAction = saga.Read((*Checks)(nil).CheckServer).With(checks)

// AutoNetwork stands for the only external network there is.
const AutoNetwork = "auto"

// ServerQuery says what a server is to be made of. Names may be ids.
type ServerQuery struct {
	Cloud            string   `json:"cloud"`
	Run              string   `json:"run,omitempty"` // the run that asks; its own server of the same name is no obstacle
	Name             string   `json:"name"`
	Image            string   `json:"image"`
	Flavor           string   `json:"flavor"`
	KeyName          string   `json:"keyName,omitempty"`
	AvailabilityZone string   `json:"availabilityZone,omitempty"`
	Networks         []string `json:"networks,omitempty"`
	ExternalNetwork  string   `json:"externalNetwork,omitempty"` // for a floating IP; "": none; AutoNetwork: the only one
	BootVolumeGiB    int      `json:"bootVolumeGib,omitempty"`   // 0: boots from the image
	DataVolumesGiB   []int    `json:"dataVolumesGib,omitempty"`
	VolumeTypes      []string `json:"volumeTypes,omitempty"`   // that volumes are to be of
	SecurityGroup    bool     `json:"securityGroup,omitempty"` // a new one is wanted
	Rules            int      `json:"rules,omitempty"`         // to be made in it
}

// ServerPlan is what the names stand for.
type ServerPlan struct {
	ImageID         string       `json:"imageId"`
	ImageName       string       `json:"imageName"`
	FlavorID        string       `json:"flavorId"`
	FlavorName      string       `json:"flavorName"`
	VCPUs           int          `json:"vcpus"`
	RAMMiB          int          `json:"ramMib"`
	DiskGiB         int          `json:"diskGib"`
	Networks        []NetworkRef `json:"networks,omitempty"` // in the order of the query
	ExternalNetwork NetworkRef   `json:"externalNetwork,omitzero"`
}

// NetworkRef is a neutron network.
type NetworkRef struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// CheckServer looks everything up that the request names, before the first
// effect. If anything is wrong it returns one terminal error of type
// InvalidRequest with every problem on a line of its own.
func (k *Checks) CheckServer(ctx context.Context, q ServerQuery) (ServerPlan, error) {
	return forward(ctx, k.clouds, q.Cloud, func(ctx context.Context, c *client) (ServerPlan, error) {
		f, err := gather(ctx, c, q)
		if err != nil {
			return ServerPlan{}, err
		}
		plan, problems := f.plan(q)
		if len(problems) > 0 {
			return ServerPlan{}, invalid("server %q cannot be made on cloud %q:\n- %s", q.Name, q.Cloud, strings.Join(problems, "\n- "))
		}
		return plan, nil
	})
}

// planner turns facts into a plan and collects the problems.
type planner struct {
	facts
	q        ServerQuery
	out      ServerPlan
	problems []string
}

func (p *planner) problem(format string, args ...any) {
	p.problems = append(p.problems, fmt.Sprintf(format, args...))
}

// plan decides, from facts alone, what the names of the query stand for and
// what is wrong with it.
func (f facts) plan(q ServerQuery) (ServerPlan, []string) {
	p := &planner{facts: f, q: q}
	p.namesake()
	image, flavor := p.image(), p.flavor()
	if image != nil && flavor != nil {
		p.fit(*image, *flavor)
	}
	p.networks()
	p.externalNetwork()
	p.keyAndZone()
	p.volumeTypes()
	p.quota(flavor)
	return p.out, p.problems
}

func (p *planner) namesake() {
	for _, s := range p.facts.namesakes {
		if run := s.Mark.Run(); run != "" && run != p.q.Run {
			p.problem("server %q exists already (%s, made by run %s): choose another name, or delete that server first", s.Name, s.ID, run)
		}
	}
}

func (p *planner) image() *imageFact {
	image := choose(p, "image", p.q.Image, p.facts.images, func(i imageFact) (string, string) { return i.ID, i.Name })
	if image == nil {
		return nil
	}
	if image.Status != "active" {
		p.problem("image %q (%s) is %s: use one that is active", image.Name, image.ID, image.Status)
		return nil
	}
	p.out.ImageID, p.out.ImageName = image.ID, image.Name
	return image
}

func (p *planner) flavor() *flavorFact {
	flavor := choose(p, "flavor", p.q.Flavor, p.facts.flavors, func(f flavorFact) (string, string) { return f.ID, f.Name })
	if flavor != nil {
		p.out.FlavorID, p.out.FlavorName = flavor.ID, flavor.Name
		p.out.VCPUs, p.out.RAMMiB, p.out.DiskGiB = flavor.VCPUs, flavor.RAMMiB, flavor.DiskGiB
	}
	return flavor
}

// fit compares what the image needs with what the flavor or the boot volume
// offers. The disk of the flavor does not matter when a volume is booted from,
// and a disk of 0 is as large as the image.
func (p *planner) fit(image imageFact, flavor flavorFact) {
	if flavor.RAMMiB < image.MinRAMMiB {
		p.problem("flavor %q has %d MiB of memory, but image %q needs %d: choose a larger flavor", flavor.Name, flavor.RAMMiB, image.Name, image.MinRAMMiB)
	}
	needs := max(image.MinDiskGiB, image.sizeGiB())
	switch {
	case p.q.BootVolumeGiB > 0 && p.q.BootVolumeGiB < needs:
		p.problem("the boot volume of %d GiB is too small for image %q, which needs %d GiB: ask for a larger one", p.q.BootVolumeGiB, image.Name, needs)
	case p.q.BootVolumeGiB == 0 && flavor.DiskGiB > 0 && flavor.DiskGiB < needs:
		p.problem("flavor %q has a disk of %d GiB, but image %q needs %d: choose a larger flavor, or boot from a volume", flavor.Name, flavor.DiskGiB, image.Name, needs)
	}
}

func (p *planner) networks() {
	for _, wanted := range p.q.Networks {
		n := choose(p, "network", wanted, p.facts.networks, func(n networkFact) (string, string) { return n.ID, n.Name })
		if n == nil {
			continue
		}
		if !n.HasSubnet {
			p.problem("network %q (%s) has no subnet, so its ports get no address: add one, or choose another network", n.Name, n.ID)
		}
		p.out.Networks = append(p.out.Networks, NetworkRef{n.ID, n.Name})
	}
}

func (p *planner) externalNetwork() {
	var external []networkFact
	for _, n := range p.facts.networks {
		if n.External {
			external = append(external, n)
		}
	}
	naming := func(n networkFact) (string, string) { return n.ID, n.Name }
	switch {
	case p.q.ExternalNetwork == "":
	case p.q.ExternalNetwork != AutoNetwork:
		if n := choose(p, "external network", p.q.ExternalNetwork, external, naming); n != nil {
			p.out.ExternalNetwork = NetworkRef{n.ID, n.Name}
		}
	case len(external) == 1:
		p.out.ExternalNetwork = NetworkRef{external[0].ID, external[0].Name}
	case len(external) == 0:
		p.problem("there is no external network to take a floating IP from: ask whoever runs the cloud, or do without a floating IP")
	default:
		p.problem("there are several external networks: name one of %s", quoteAll(namesOf(external, naming)))
	}
}

func (p *planner) keyAndZone() {
	if key := p.q.KeyName; key != "" && !hasName(p.keys, key) {
		p.problem("key pair %q does not exist for this user%s: create it with \"openstack keypair create\"", key, suggest(key, p.keys))
	}
	if zone := p.q.AvailabilityZone; zone != "" && !hasName(p.zones, zone) {
		p.problem("availability zone %q does not exist or is not available%s: known are %s", zone, suggest(zone, p.zones), quoteAll(p.zones))
	}
}

func (p *planner) volumeTypes() {
	for i, wanted := range p.q.VolumeTypes {
		known := func(t volumeTypeFact) bool { return t.ID == wanted || t.Name == wanted }
		if slices.Contains(p.q.VolumeTypes[:i], wanted) || slices.ContainsFunc(p.types, known) {
			continue
		}
		names := namesOf(p.types, func(t volumeTypeFact) (string, string) { return t.ID, t.Name })
		p.problem("there is no volume type %q%s", wanted, advice(wanted, names))
	}
}
