package store

import (
	"maps"
)

// defaultQuotas are the quotas of the real cloud that devcloud is compared with.
var defaultQuotas = map[string]int{
	"instances": 200, "cores": 400, "ram": 819200, "key_pairs": 100, "metadata_items": 128,
	"server_groups": 50, "server_group_members": 50,

	"network": 100, "subnet": 100, "subnetpool": 500, "port": 500, "router": 50, "floatingip": 100,
	"security_group": 100, "security_group_rule": 1000, "rbac_policy": 10,

	"volumes": 200, "snapshots": 100, "gigabytes": 4000, "per_volume_gigabytes": -1,
	"backups": 10, "backup_gigabytes": 1000, "groups": 10,

	"image_size_total": -1, "image_count_total": -1,
}

// QuotaSet is a project's own quotas, where they differ from those of the settings.
type QuotaSet struct {
	Meta
	Limits map[string]int `json:"limits"`
}

// Keys implements Object.
func (s *QuotaSet) Keys() []string { return nil }

// Limit returns the quota of the project for a resource; -1 means no limit.
func (c *Store) Limit(project, resource string) int {
	if s, ok := c.Quotas.Get(project); ok {
		if n, ok := s.Limits[resource]; ok {
			return n
		}
	}
	if n, ok := c.State.Quotas[resource]; ok {
		return n
	}
	return defaultQuotas[resource]
}

// SetLimits gives the project quotas of its own.
func (c *Store) SetLimits(project string, limits map[string]int) {
	s, ok := c.Quotas.Get(project)
	if !ok {
		s = &QuotaSet{Meta: Meta{ID: project}}
	}
	merged := maps.Clone(s.Limits)
	if merged == nil {
		merged = map[string]int{}
	}
	maps.Copy(merged, limits)
	s.Limits = merged
	c.Quotas.Put(s)
}

// DropLimits gives the project the default quotas for those resources again.
func (c *Store) DropLimits(project string, resources []string) {
	if s, ok := c.Quotas.Get(project); ok {
		kept := maps.Clone(s.Limits)
		for _, r := range resources {
			delete(kept, r)
		}
		s.Limits = kept
		c.Quotas.Put(s)
	}
}

// Used returns what the project uses of a resource that has no table of its own.
func (c *Store) Used(project, resource string) int { return c.used[project][resource] }

// EachUse calls f for each resource that a project has used.
func (c *Store) EachUse(f func(project, resource string, n int)) {
	for project, resources := range c.used {
		for resource, n := range resources {
			f(project, resource, n)
		}
	}
}

// Use adds n to what the project uses of a resource.
func (c *Store) Use(project, resource string, n int) {
	if c.used[project] == nil {
		c.used[project] = map[string]int{}
	}
	c.used[project][resource] += n
}

// Exceeds reports whether n more, on top of what is used, are beyond the quota.
func (c *Store) Exceeds(project, resource string, used, n int) bool {
	limit := c.Limit(project, resource)
	return limit >= 0 && used+n > limit
}
