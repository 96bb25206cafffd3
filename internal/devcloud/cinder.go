package devcloud

import (
	"net/http"
	"slices"
	"strings"
)

// Cinder serves the volume API.
type Cinder struct {
	*Store
	glance    *Glance
	volumes   *table[*volume]
	snapshots *table[*snapshot]

	// onDetached is called when a detachment that a server asked for has ended.
	onDetached func(server, volume string)
}

func newCinder(s *Store, glance *Glance) *Cinder {
	c := &Cinder{
		Store: s, glance: glance,
		volumes:   newTable(s, "volume", func() *volume { return &volume{} }),
		snapshots: newTable(s, "snapshot", func() *snapshot { return &snapshot{} }),
	}
	s.onDue("volume", c.ripenVolume)
	s.onDue("snapshot", snapshotAPI{c}.ripenSnapshot)
	return c
}

// deriveVolumes computes what projects use from the volumes and snapshots.
func (c *Cinder) deriveVolumes() {
	for _, v := range c.volumes.find() {
		c.use(v.Project, "gigabytes", v.Size)
	}
	for _, s := range c.snapshots.find() {
		c.use(s.Project, "gigabytes", s.Size)
	}
}

// The last volume microversion of the Zed release.
const cinderMax = 70

func (c *Cinder) cinderRoutes() []route {
	return slices.Concat([]route{
		openRoute("GET ^/{$}", http.StatusMultipleChoices, cinderVersions),
		newRoute("GET ^/v3", http.StatusOK, cinderVersions),
		newRoute("GET /types", http.StatusOK, volumeTypes),
		newRoute("GET /types/{id}", http.StatusOK, showVolumeType),
		newRoute("GET /extensions", http.StatusOK, empty("extensions")),
		newRoute("GET /os-availability-zone", http.StatusOK, volumeZones),
		newRoute("GET /limits", http.StatusOK, c.volumeLimits),
		newRoute("GET /os-quota-sets/{project}", http.StatusOK, c.volumeQuotas),
		newRoute("GET /os-quota-sets/{project}/defaults", http.StatusOK, c.volumeDefaults),
		newRoute("PUT /os-quota-sets/{project}", http.StatusOK, c.setVolumeQuotas),
		newRoute("DELETE /os-quota-sets/{project}", http.StatusOK, c.dropVolumeQuotas),
	}, c.volumeRoutes(), snapshotAPI{c}.snapshotRoutes())
}

func volumeZones(*request) (any, error) {
	return obj{"availabilityZoneInfo": []obj{{"zoneName": "nova", "zoneState": obj{"available": true}}}}, nil
}

func cinderVersions(q *request) (any, error) {
	q.header.Set("OpenStack-API-Version", "volume 3.0")
	return obj{"versions": []obj{{"id": "v3.0", "status": "CURRENT", "version": "3.70", "min_version": "3.0", "updated": "2022-08-31T00:00:00Z",
		"links":       []obj{{"rel": "describedby", "type": "text/html", "href": "https://docs.openstack.org/"}, {"rel": "self", "href": q.host() + "/volume/v3/"}},
		"media-types": []obj{{"base": "application/json", "type": "application/vnd.openstack.volume+json;version=3"}}}}}, nil
}

func cinderVersion(q *request) error {
	text := microversion(q.Header, "volume")
	return q.version(text, "volume", 3, 0, cinderMax, func(string) {
		q.header.Set("Vary", "OpenStack-API-Version")
		q.header.Set("X-Compute-Request-Id", q.id)
	})
}

// volumeType is the only one there is.
const volumeType = "__DEFAULT__"

var volumeTypeID = "05d40b6a-f86e-402b-b13b-37f4b4c5d213"

func volumeTypeView() obj {
	return obj{"id": volumeTypeID, "name": volumeType, "is_public": true, "description": "Default Volume Type", "extra_specs": obj{},
		"os-volume-type-access:is_public": true}
}

func volumeTypes(*request) (any, error) { return obj{"volume_types": []obj{volumeTypeView()}}, nil }

func showVolumeType(q *request) (any, error) {
	switch id := q.PathValue("id"); id {
	case "default", volumeTypeID:
		v := volumeTypeView()
		delete(v, "os-volume-type-access:is_public")
		return obj{"volume_type": v}, nil
	default:
		return nil, fail(http.StatusNotFound, "Volume type %s could not be found.", id)
	}
}

var volumeResources = []string{"volumes", "per_volume_gigabytes", "snapshots", "gigabytes", "backups", "backup_gigabytes", "groups"}

// ofVolumeType reports whether a limit is for one type of volumes. devcloud accepts and
// forgets those.
func ofVolumeType(resource string) bool { return strings.HasSuffix(resource, "_"+volumeType) }

// volumeUsage returns what the project uses of a resource of cinder.
func (c *Cinder) volumeUsage(project, resource string) int {
	key := "project=" + project
	switch resource {
	case "volumes":
		return c.volumes.count(key)
	case "snapshots":
		return c.snapshots.count(key)
	}
	return c.usedOf(project, resource)
}

func (c *Cinder) volumeLimits(q *request) (any, error) {
	p := q.tok.Project
	return obj{"limits": obj{"rate": []obj{}, "absolute": obj{
		"maxTotalVolumes": c.limit(p, "volumes"), "maxTotalSnapshots": c.limit(p, "snapshots"), "maxTotalVolumeGigabytes": c.limit(p, "gigabytes"),
		"maxTotalBackups": c.limit(p, "backups"), "maxTotalBackupGigabytes": c.limit(p, "backup_gigabytes"), "totalVolumesUsed": c.volumeUsage(p, "volumes"),
		"totalGigabytesUsed": c.volumeUsage(p, "gigabytes"), "totalSnapshotsUsed": c.volumeUsage(p, "snapshots"), "totalBackupsUsed": 0, "totalBackupGigabytesUsed": 0}}}, nil
}

// volumeQuotaView renders each limit by show, those by volume type too.
func (c *Cinder) volumeQuotaView(project string, show func(resource string, limit int) any) obj {
	v := obj{}
	for _, r := range volumeResources {
		v[r] = show(r, c.limit(project, r))
	}
	for _, r := range []string{"volumes", "gigabytes", "snapshots"} {
		v[r+"_"+volumeType] = show(r, -1)
	}
	return v
}

func (c *Cinder) volumeQuotas(q *request) (any, error) {
	p := q.PathValue("project")
	if !q.sees(p) {
		return nil, q.forbid("volume_extension:quotas:show")
	}
	show := plainLimit
	if u := q.URL.Query().Get("usage"); u == "True" || u == "true" || u == "1" {
		show = func(r string, n int) any { return obj{"limit": n, "in_use": c.volumeUsage(p, r), "reserved": 0} }
	}
	v := c.volumeQuotaView(p, show)
	v["id"] = p
	return obj{"quota_set": v}, nil
}

func (c *Cinder) volumeDefaults(q *request) (any, error) {
	v := c.volumeQuotaView("", plainLimit)
	v["id"] = q.PathValue("project")
	return obj{"quota_set": v}, nil
}

func (c *Cinder) setVolumeQuotas(q *request) (any, error) {
	if !q.tok.Admin {
		return nil, q.forbid("volume_extension:quotas:update")
	}
	limits, err := q.limitsIn(volumeResources, ofVolumeType)
	if err != nil {
		return nil, err
	}
	for r, n := range limits {
		// cinder lets gigabytes go below what is used, but not counts
		if used := c.volumeUsage(q.PathValue("project"), r); n >= 0 && n < used && r != "gigabytes" {
			return nil, fail(http.StatusBadRequest, "Quota %s limit must be equal or greater than existing resources. Current usage is %d and the requested limit is %d.", r, used, n)
		}
	}
	c.setLimits(q.PathValue("project"), limits)
	return obj{"quota_set": c.volumeQuotaView(q.PathValue("project"), plainLimit)}, nil
}

func (c *Cinder) dropVolumeQuotas(q *request) (any, error) {
	if !q.tok.Admin {
		return nil, q.forbid("volume_extension:quotas:delete")
	}
	c.dropLimits(q.PathValue("project"), volumeResources)
	return nil, nil
}

// volumeQuota says 413 when one more volume of the size is beyond the quota.
func (c *Cinder) volumeQuota(project string, size int) error {
	if c.exceeds(project, "volumes", c.volumeUsage(project, "volumes"), 1) {
		return fail(http.StatusRequestEntityTooLarge, "VolumeLimitExceeded: Maximum number of volumes allowed (%d) exceeded for quota 'volumes'.", c.limit(project, "volumes"))
	}
	return c.gigabyteQuota(project, size)
}

func (c *Cinder) gigabyteQuota(project string, size int) error {
	if used := c.volumeUsage(project, "gigabytes"); c.exceeds(project, "gigabytes", used, size) {
		return fail(http.StatusRequestEntityTooLarge, "VolumeSizeExceedsAvailableQuota: Requested volume or snapshot exceeds allowed gigabytes quota. Requested %dG, quota is %dG and %dG has been consumed.",
			size, c.limit(project, "gigabytes"), used)
	}
	return nil
}
