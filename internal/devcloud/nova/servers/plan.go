package servers

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/google/uuid"

	"novaflow/internal/devcloud/api"
	"novaflow/internal/devcloud/neutron"
	"novaflow/internal/devcloud/nova/compute"
)

// plan is what a valid request for a server amounts to.
type plan struct {
	nets    []networkRequest
	groups  []string
	devices []blockDevice
}

// planServer checks a request against the content of the cloud.
func (c builder) planServer(q *api.Request, s *compute.Server, in *createRequest) (*plan, error) {
	p := &plan{devices: in.Mappings}
	if err := c.planFlavor(s, in); err != nil {
		return nil, err
	}
	if s.Zone != "" && !slices.Contains(c.Zones(), s.Zone) {
		return nil, api.Fail(http.StatusBadRequest, "The requested availability zone is not available")
	}
	if _, ok := c.Keypairs.Get(compute.KeypairID(q.Tok.User, in.Key)); in.Key != "" && !ok {
		return nil, api.Fail(http.StatusBadRequest, "Invalid key_name provided.")
	}
	if _, ok := c.Groups.Get(s.Group); s.Group != "" && !ok {
		return nil, api.Fail(http.StatusBadRequest, "Instance group %s could not be found.", s.Group)
	}
	if err := c.planBoot(q, s, in); err != nil {
		return nil, err
	}
	if err := c.planNetworks(q, p, in); err != nil {
		return nil, err
	}
	if err := c.serverQuota(s); err != nil {
		return nil, err
	}
	return p, nil
}

// serverQuota refuses a server if the project's quota does not allow it.
func (c *Servers) serverQuota(s *compute.Server) error {
	for _, res := range []struct {
		name string
		n    int
	}{{"instances", 1}, {"cores", s.Flavor.VCPUs}, {"ram", s.Flavor.RAM}} {
		used := c.Usage(s.Project, res.name)
		if c.Exceeds(s.Project, res.name, used, res.n) {
			return api.Fail(http.StatusForbidden, "Quota exceeded for %s: Requested %d, but already used %d of %d %s",
				res.name, res.n, used, c.Limit(s.Project, res.name), res.name)
		}
	}
	return nil
}

func (c builder) planFlavor(s *compute.Server, in *createRequest) error {
	ref := strings.Trim(string(in.Flavor), `"`)
	ref = ref[strings.LastIndex(ref, "/")+1:]
	f, ok := c.Flavors.Get(ref)
	if !ok {
		return api.Fail(http.StatusBadRequest, "Flavor %s could not be found.", ref)
	}
	s.Flavor = *f
	return nil
}

// planBoot finds out what the server boots from.
func (c builder) planBoot(q *api.Request, s *compute.Server, in *createRequest) error {
	boots := slices.IndexFunc(in.Mappings, func(b blockDevice) bool { return b.boots() })
	s.Image = in.Image[strings.LastIndex(in.Image, "/")+1:]
	if s.Image == "" && boots < 0 {
		return api.Fail(http.StatusBadRequest, "Missing imageRef attribute")
	}
	if s.Image != "" && boots >= 0 && in.Mappings[boots].Destination == "volume" {
		s.Image = ""
	}
	if boots >= 0 && in.Mappings[boots].Source == "image" && in.Mappings[boots].Destination == "local" {
		s.Image = in.Mappings[boots].UUID
	}
	if s.Image != "" {
		if err := c.checkImage(q, s.Image, &s.Flavor); err != nil {
			return err
		}
	}
	for i := range in.Mappings {
		if err := c.checkDevice(q, &in.Mappings[i]); err != nil {
			return err
		}
	}
	return nil
}

func (c *Servers) checkImage(q *api.Request, id string, f *compute.Flavor) error {
	im, ok := c.glance.Images.Get(id)
	if !ok || !im.Visible(q) {
		return api.Fail(http.StatusBadRequest, "Can not find requested image")
	}
	switch {
	case im.Status != "active":
		return api.Fail(http.StatusBadRequest, "Image %s is not active.", id)
	case f.RAM < im.MinRAM:
		return api.Fail(http.StatusBadRequest, "Flavor's memory is too small for requested image.")
	case f.Disk > 0 && f.Disk < im.MinDisk:
		return api.Fail(http.StatusBadRequest, "The created instance's disk would be too small.")
	case f.Disk > 0 && int64(f.Disk)<<30 < im.Size:
		return api.Fail(http.StatusBadRequest,
			"Flavor's disk is too small for requested image. Flavor disk is %d bytes, image is %d bytes.",
			int64(f.Disk)<<30, im.Size)
	}
	return nil
}

func (c builder) checkDevice(q *api.Request, b *blockDevice) error {
	switch b.Source {
	case "volume":
		v, ok := c.cinder.Volumes.Get(b.UUID)
		if !ok || !q.Sees(v.Project) {
			return api.Fail(http.StatusBadRequest, "Block Device Mapping is Invalid: failed to get volume %s.", b.UUID)
		}
		if v.Status != "available" {
			return api.Fail(http.StatusBadRequest,
				"Invalid volume: Invalid input received: Invalid volume: Volume %s status must be available or "+
					"downloading to reserve, but the current status is %s. (HTTP 400) (Request-ID: %s)", v.ID, v.Status,
				q.ID)
		}
		if b.boots() && !v.Bootable {
			return api.Fail(http.StatusBadRequest, "Block Device %s is not bootable.", v.ID)
		}
	case "image":
		if im, ok := c.glance.Images.Get(b.UUID); !ok || !im.Visible(q) {
			return api.Fail(http.StatusBadRequest, "Block Device Mapping is Invalid: failed to get image %s.", b.UUID)
		}
		if b.Destination == "volume" && api.ReadNumber(b.Size) < 1 {
			return api.Fail(http.StatusBadRequest,
				"Block Device Mapping is Invalid: Images with destination_type 'volume' need to have a non-zero size "+
					"specified")
		}
	case "blank":
		if b.Destination == "volume" && api.ReadNumber(b.Size) < 1 {
			return api.Fail(http.StatusBadRequest,
				"Block Device Mapping is Invalid: Blank volumes (source: 'blank', dest: 'volume') need to have "+
					"non-zero size")
		}
	case "snapshot":
		if sn, ok := c.cinder.Snapshots.Get(b.UUID); !ok || !q.Sees(sn.Project) {
			return api.Fail(http.StatusBadRequest, "Block Device Mapping is Invalid: failed to get snapshot %s.",
				b.UUID)
		}
	default:
		return api.Fail(http.StatusBadRequest,
			"Invalid input for field/attribute source_type. Value: %s. '%s' is not one of ['volume', 'image', "+
				"'snapshot', 'blank']", b.Source, b.Source)
	}
	return nil
}

func (c builder) planNetworks(q *api.Request, p *plan, in *createRequest) error {
	for _, g := range in.Groups {
		found := c.neutron.SecGroups.Find("project="+q.Tok.Project, "name="+g.Name)
		if sg, ok := c.neutron.SecGroups.Get(g.Name); ok && q.Sees(sg.Project) {
			found = []*neutron.SecGroup{sg}
		}
		if len(found) == 0 {
			return api.Fail(http.StatusBadRequest, "Unable to find security_group with name or id '%s'", g.Name)
		}
		if len(found) > 1 {
			return api.Fail(http.StatusConflict,
				"Multiple security groups found matching '%s'. Use an ID to be more specific.", g.Name)
		}
		p.groups = append(p.groups, found[0].ID)
	}
	switch text := strings.Trim(string(in.Networks), `"`); {
	case text == "none":
		return nil
	case text == "auto" || text == "" || text == "null" || bytes.Equal(in.Networks, []byte("[]")):
		return c.planAuto(q, p)
	}
	if err := json.Unmarshal(in.Networks, &p.nets); err != nil {
		return badNetworks(in.Networks)
	}
	made := 0
	for _, n := range p.nets {
		if err := c.checkNet(q, n, in.Networks); err != nil {
			return err
		}
		if n.Port == "" {
			made++
		}
	}
	if c.Exceeds(q.Tok.Project, "port", c.neutron.Ports.Count("project="+q.Tok.Project), made) && made > 0 {
		return api.Fail(http.StatusForbidden, "Maximum number of ports exceeded")
	}
	return nil
}

func badNetworks(raw json.RawMessage) error {
	return api.Fail(http.StatusBadRequest, "Invalid input for field/attribute networks. Value: %s. %s is not valid "+
		"under any of the given schemas", api.QuotePython(raw), api.QuotePython(raw))
}

// planAuto chooses the project's only network. Without one the server gets no port.
func (c builder) planAuto(q *api.Request, p *plan) error {
	var own []*neutron.Network
	for _, n := range c.neutron.Networks.Find() {
		if !n.External && (n.Shared || n.Project == q.Tok.Project) {
			own = append(own, n)
		}
	}
	if len(own) > 1 {
		return api.Fail(http.StatusConflict, "Multiple possible networks found, use a Network ID to be more specific.")
	}
	for _, n := range own {
		p.nets = append(p.nets, networkRequest{UUID: n.ID})
	}
	return nil
}

func (c *Servers) checkNet(q *api.Request, n networkRequest, raw json.RawMessage) error {
	if n.Port != "" {
		port, ok := c.neutron.Ports.Get(n.Port)
		if !ok || !port.Visible(c.neutron, q) {
			return api.Fail(http.StatusBadRequest, "Port id %s could not be found.", n.Port)
		}
		if port.Device != "" {
			return api.Fail(http.StatusConflict, "Port %s is still in use.", n.Port)
		}
		return nil
	}
	if _, err := uuid.Parse(n.UUID); err != nil {
		return badNetworks(raw)
	}
	net, ok := c.neutron.Networks.Get(n.UUID)
	if !ok || !net.Visible(c.neutron, q) {
		return api.Fail(http.StatusBadRequest, "Network %s could not be found.", n.UUID)
	}
	if net.External && !net.Shared && !q.Sees(net.Project) {
		return api.Fail(http.StatusForbidden, "It is not allowed to create an interface on external network %s", n.UUID)
	}
	if c.neutron.Subnets.Count("network_id="+net.ID) == 0 {
		return api.Fail(http.StatusBadRequest, "Network %s requires a subnet in order to boot instances on.", n.UUID)
	}
	return nil
}
