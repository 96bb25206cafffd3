package servers

import (
	"net/http"
	"slices"
	"strings"

	"novaflow/internal/devcloud/api"
	"novaflow/internal/devcloud/nova/compute"
)

// plan is the outcome of checking a request for a server: what to build.
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
	if _, ok := c.Keypairs.Get(compute.KeypairID(q.Token.User, in.Key)); in.Key != "" && !ok {
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
