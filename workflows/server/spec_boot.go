package server

import (
	"slices"
	"strings"

	"novaflow/activities/nova"
	"novaflow/workflows/spec"
)

// VolumeSpec asks for a blank data volume, or for an existing volume.
type VolumeSpec struct {
	// an existing one, by name or id: it is never deleted, and has no other fields
	Volume string `json:"volume,omitempty"`
	Size   int    `json:"size,omitempty"` // GiB
	Type   string `json:"type,omitempty"` // "" is the cloud's default
}

// checkBoot reports what is wrong with what the server boots from.
func (s CreateSpec) checkBoot(bad spec.Report) {
	var sources []string
	for source, given := range map[string]string{"image": s.Image, "snapshot": s.Snapshot, "volume": s.BootFrom} {
		if strings.TrimSpace(given) != "" {
			sources = append(sources, source)
		}
	}
	slices.Sort(sources)
	switch len(sources) {
	case 0:
		bad("image: missing: give an image, a volume snapshot or a volume to boot from")
	case 1:
	default:
		bad("boot: a server boots from one source, not from %s: give one of them", strings.Join(sources, " and "))
	}
	switch {
	case s.BootVolume < 0:
		bad("boot volume: %d GiB is no size", s.BootVolume)
	case s.BootFrom != "" && (s.BootVolume > 0 || s.BootType != ""):
		bad("boot volume: volume %q exists, so none is created: leave size and type out", s.BootFrom)
	case s.BootType != "" && s.BootVolume == 0 && s.Snapshot == "":
		bad("boot volume: it has a type but no size: without a size, the server boots from the image itself")
	}
}

// checkVolumes reports what is wrong with the data volumes.
func (s CreateSpec) checkVolumes(bad spec.Report) {
	for i, v := range s.Volumes {
		switch {
		case v.Volume != "" && (v.Size != 0 || v.Type != ""):
			bad("volume %d: %q exists and is used as it is: give no size or type for it", i, v.Volume)
		case v.Volume == "" && v.Size <= 0:
			bad("volume %d: %d GiB is no size", i, v.Size)
		case v.Volume != "" && (v.Volume == s.BootFrom || slices.ContainsFunc(s.Volumes[:i], v.sameVolume)):
			bad("volume %d: %q is another volume of the server already", i, v.Volume)
		}
	}
}

// sameVolume reports whether another entry is for the same existing volume.
func (v VolumeSpec) sameVolume(other VolumeSpec) bool { return other.Volume == v.Volume }

// bootsFromNewVolume reports whether the run creates a volume to boot from.
func (s CreateSpec) bootsFromNewVolume() bool { return s.BootVolume > 0 || s.Snapshot != "" }

// placement is a flavor and a zone that a server is tried with.
type placement struct {
	Flavor int    `json:"flavor"` // 0 is the spec's flavor, 1 its first fallback
	Zone   string `json:"zone"`
}

// placements returns the combinations to be tried, in order: all zones with a flavor
// before the next flavor, because what a server is matters more than where.
func (s CreateSpec) placements() (all []placement) {
	for flavor := range 1 + len(s.FallbackFlavors) {
		for _, zone := range append([]string{s.AvailabilityZone}, s.FallbackZones...) {
			all = append(all, placement{flavor, zone})
		}
	}
	return all
}

// mostPlacements bounds how many combinations a run tries.
const mostPlacements = 100

// checkPlacing reports what is wrong with flavors, zones and the server group.
func (s CreateSpec) checkPlacing(bad spec.Report) {
	spec.CheckList(bad, "fallback flavor", s.FallbackFlavors)
	spec.CheckList(bad, "fallback zone", s.FallbackZones)
	if slices.Contains(s.FallbackFlavors, s.Flavor) && s.Flavor != "" {
		bad("fallback flavor: %q is the flavor that is tried first", s.Flavor)
	}
	if slices.Contains(s.FallbackZones, s.AvailabilityZone) && s.AvailabilityZone != "" {
		bad("fallback zone: %q is the zone that is tried first", s.AvailabilityZone)
	}
	if len(s.FallbackZones) > 0 && s.AvailabilityZone == "" {
		bad("fallback zone: give the availability zone that is tried first")
	}
	if n := len(s.placements()); n > mostPlacements {
		bad("flavors and availability zones: %d combinations are too many to try: %d at most", n, mostPlacements)
	}
	if s.ServerGroup != "" && s.GroupPolicy != "" {
		bad("server group: %q exists and has a policy: give either a group or the policy of a new one", s.ServerGroup)
	}
	if s.GroupPolicy != "" && !slices.Contains(nova.Policies, s.GroupPolicy) {
		bad("server group policy: %q is not one of %s", s.GroupPolicy, strings.Join(nova.Policies, ", "))
	}
}
