package cinder

import (
	"net/http"
	"strings"

	"novaflow/internal/devcloud/api"
)

var volumeResources = []string{"volumes", "per_volume_gigabytes", "snapshots", "gigabytes", "backups",
	"backup_gigabytes", "groups"}

// ofVolumeType reports whether a limit is for one type of volumes. devcloud accepts and
// forgets those.
func ofVolumeType(resource string) bool { return strings.HasSuffix(resource, "_"+volumeType) }

// Usage returns what the project uses of a resource of cinder.
func (c *Cinder) Usage(project, resource string) int {
	key := "project=" + project
	switch resource {
	case "volumes":
		return c.Volumes.Count(key)
	case "snapshots":
		return c.Snapshots.Count(key)
	}
	return c.Used(project, resource)
}

func (c *Cinder) volumeLimits(q *api.Request) (any, error) {
	p := q.Token.Project
	return obj{"limits": obj{"rate": []obj{}, "absolute": obj{
		"maxTotalVolumes": c.Limit(p, "volumes"), "maxTotalSnapshots": c.Limit(p, "snapshots"),
		"maxTotalVolumeGigabytes": c.Limit(p, "gigabytes"),
		"maxTotalBackups":         c.Limit(p, "backups"), "maxTotalBackupGigabytes": c.Limit(p, "backup_gigabytes"),
		"totalVolumesUsed":   c.Usage(p, "volumes"),
		"totalGigabytesUsed": c.Usage(p, "gigabytes"), "totalSnapshotsUsed": c.Usage(p, "snapshots"),
		"totalBackupsUsed": 0, "totalBackupGigabytesUsed": 0}}}, nil
}

// volumeQuotaView renders each limit with show, including those by volume type.
func (c *Cinder) volumeQuotaView(project string, show func(resource string, limit int) any) obj {
	v := obj{}
	for _, r := range volumeResources {
		v[r] = show(r, c.Limit(project, r))
	}
	for _, r := range []string{"volumes", "gigabytes", "snapshots"} {
		v[r+"_"+volumeType] = show(r, -1)
	}
	return v
}

func (c *Cinder) volumeQuotas(q *api.Request) (any, error) {
	p := q.PathValue("project")
	if !q.Sees(p) {
		return nil, q.Forbid("volume_extension:quotas:show")
	}
	show := api.PlainLimit
	if u := q.URL.Query().Get("usage"); u == "True" || u == "true" || u == "1" {
		show = func(r string, n int) any { return obj{"limit": n, "in_use": c.Usage(p, r), "reserved": 0} }
	}
	v := c.volumeQuotaView(p, show)
	v["id"] = p
	return obj{"quota_set": v}, nil
}

func (c *Cinder) volumeDefaults(q *api.Request) (any, error) {
	v := c.volumeQuotaView("", api.PlainLimit)
	v["id"] = q.PathValue("project")
	return obj{"quota_set": v}, nil
}

func (c *Cinder) setVolumeQuotas(q *api.Request) (any, error) {
	if !q.Token.Admin {
		return nil, q.Forbid("volume_extension:quotas:update")
	}
	limits, err := q.ReadLimits(volumeResources, ofVolumeType)
	if err != nil {
		return nil, err
	}
	for r, n := range limits {
		// cinder lets gigabytes go below what is used, but not counts
		if used := c.Usage(q.PathValue("project"), r); n >= 0 && n < used && r != "gigabytes" {
			return nil, api.Fail(http.StatusBadRequest,
				"Quota %s limit must be equal or greater than existing resources. Current usage is %d and the "+
					"requested limit is %d.", r, used, n)
		}
	}
	c.SetLimits(q.PathValue("project"), limits)
	return obj{"quota_set": c.volumeQuotaView(q.PathValue("project"), api.PlainLimit)}, nil
}

func (c *Cinder) dropVolumeQuotas(q *api.Request) (any, error) {
	if !q.Token.Admin {
		return nil, q.Forbid("volume_extension:quotas:delete")
	}
	c.DropLimits(q.PathValue("project"), volumeResources)
	return nil, nil
}

// CheckVolumeQuota refuses one more volume of the size if the quota does not allow it.
func (c *Cinder) CheckVolumeQuota(project string, size int) error {
	if c.Exceeds(project, "volumes", c.Usage(project, "volumes"), 1) {
		return api.Fail(http.StatusRequestEntityTooLarge,
			"VolumeLimitExceeded: Maximum number of volumes allowed (%d) exceeded for quota 'volumes'.",
			c.Limit(project, "volumes"))
	}
	return c.CheckGigabytes(project, size)
}

// CheckGigabytes refuses that many more GiB if the quota does not allow them.
func (c *Cinder) CheckGigabytes(project string, size int) error {
	if used := c.Usage(project, "gigabytes"); c.Exceeds(project, "gigabytes", used, size) {
		return api.Fail(http.StatusRequestEntityTooLarge,
			"VolumeSizeExceedsAvailableQuota: Requested volume or snapshot exceeds allowed gigabytes quota. "+
				"Requested %dG, quota is %dG and %dG has been consumed.",
			size, c.Limit(project, "gigabytes"), used)
	}
	return nil
}
