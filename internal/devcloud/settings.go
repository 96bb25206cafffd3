package devcloud

import (
	"crypto/rand"
	"maps"
	"time"
)

// Settings are what can be changed while the cloud runs. Those left out of a
// PUT /devcloud/settings stay as they are; durations are text such as "2s".
type Settings struct {
	// BuildTime is how long a server takes to become ACTIVE; volumes a quarter.
	BuildTime Duration `json:"build_time"`
	// DeleteTime is how long a server takes to go; volumes a quarter.
	DeleteTime Duration `json:"delete_time"`
	// ReclaimInterval is how long servers that were deleted are kept, with all that
	// they have, as SOFT_DELETED: nova's reclaim_instance_interval. 0 keeps none.
	ReclaimInterval Duration `json:"reclaim_interval,omitempty"`
	// TokenLife is how long tokens given from now on are valid.
	TokenLife Duration `json:"token_life"`
	// ClockSkew is how much the cloud's clock is ahead; negative: behind.
	ClockSkew Duration `json:"clock_skew"`
	// Hosts is how many hosts new servers can be placed on.
	Hosts int `json:"hosts"`
	// Zones are the availability zones that the hosts are dealt out to in turn;
	// none means the one zone nova.
	Zones []string `json:"zones,omitempty"`
	// Routers is how new routers are made where nobody asks for it: "" on one host,
	// "ha" on several of which one serves (neutron's l3_ha), "distributed" on all
	// (router_distributed). It changes whom neutron calls the owner of their ports.
	Routers string `json:"routers,omitempty"`
	// Quotas are those of every project that was not given one of its own,
	// by OpenStack's names; -1 means no limit.
	Quotas map[string]int `json:"quotas"`
}

// Duration is a time.Duration that is text in JSON.
type Duration time.Duration

// MarshalText writes it as time.Duration does.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText reads what time.ParseDuration does.
func (d *Duration) UnmarshalText(b []byte) error {
	v, err := time.ParseDuration(string(b))
	*d = Duration(v)
	return err
}

// state is the one row of the cloud's own: settings and what tokens depend on.
type state struct {
	meta
	Settings
	TokenKey   []byte          `json:"token_key"`
	TokensFrom time.Time       `json:"tokens_from,omitzero"` // older ones are not valid
	Revoked    map[string]bool `json:"revoked,omitempty"`    // audit ids
	Serial     int             `json:"serial,omitempty"`     // the last number given to something
	Services   []computeState  `json:"services,omitempty"`   // of hosts, by index; those after the last are as they were made
}

// newState makes the row of a new cloud, with a key of its own for tokens.
func (c *Store) newState() {
	key := make([]byte, 32)
	rand.Read(key) //nolint:errcheck // it never fails
	c.state = &state{meta: meta{ID: "settings"}, TokenKey: key}
	c.settings.put(c.state)
}

// saveState records a change of the cloud's own row.
func (c *Store) saveState() { c.settings.put(c.state) }

// number gives out the next of the cloud's serial numbers.
func (c *Store) number() int {
	c.state.Serial++
	c.saveState()
	return c.state.Serial
}

func (s *state) keys() []string { return nil }

// defaultQuotas are those of the real cloud devcloud is compared with.
var defaultQuotas = map[string]int{
	"instances": 200, "cores": 400, "ram": 819200, "key_pairs": 100, "server_groups": 50, "server_group_members": 50, "metadata_items": 128,
	"network": 100, "subnet": 100, "subnetpool": 500, "port": 500, "router": 50, "floatingip": 100, "rbac_policy": 10,
	"security_group": 100, "security_group_rule": 1000,
	"volumes": 200, "snapshots": 100, "gigabytes": 4000, "per_volume_gigabytes": -1, "backups": 10, "backup_gigabytes": 1000, "groups": 10,
	"image_size_total": -1, "image_count_total": -1,
}

// quotaSet is what a project was given instead of the settings' quotas.
type quotaSet struct {
	meta
	Limits map[string]int `json:"limits"`
}

func (s *quotaSet) keys() []string { return nil }

func (c *Store) limit(project, resource string) int {
	if s, ok := c.quotas.get(project); ok {
		if n, ok := s.Limits[resource]; ok {
			return n
		}
	}
	if n, ok := c.state.Quotas[resource]; ok {
		return n
	}
	return defaultQuotas[resource]
}

func (c *Store) setLimits(project string, limits map[string]int) {
	s, ok := c.quotas.get(project)
	if !ok {
		s = &quotaSet{meta: meta{ID: project}}
	}
	merged := maps.Clone(s.Limits)
	if merged == nil {
		merged = map[string]int{}
	}
	maps.Copy(merged, limits)
	s.Limits = merged
	c.quotas.put(s)
}

// dropLimits gives the project the default for those resources again.
func (c *Store) dropLimits(project string, resources []string) {
	if s, ok := c.quotas.get(project); ok {
		kept := maps.Clone(s.Limits)
		for _, r := range resources {
			delete(kept, r)
		}
		s.Limits = kept
		c.quotas.put(s)
	}
}

// usedOf returns what the project uses of a resource that has no table of its own.
func (c *Store) usedOf(project, resource string) int { return c.used[project][resource] }

// eachUse calls f for each resource that a project has used.
func (c *Store) eachUse(f func(project, resource string, n int)) {
	for project, resources := range c.used {
		for resource, n := range resources {
			f(project, resource, n)
		}
	}
}

// use adds n to what the project uses of a resource.
func (c *Store) use(project, resource string, n int) {
	if c.used[project] == nil {
		c.used[project] = map[string]int{}
	}
	c.used[project][resource] += n
}

// exceeds says whether n more, on top of what is used, is beyond the quota.
func (c *Store) exceeds(project, resource string, used, n int) bool {
	limit := c.limit(project, resource)
	return limit >= 0 && used+n > limit
}

// applyOptions makes the options hold from now on. Quotas that were set in an
// earlier life of the cloud stay when the options name none.
func (c *Store) applyOptions() {
	s, o := c.state, c.options
	s.BuildTime, s.DeleteTime, s.TokenLife, s.Hosts = Duration(o.BuildTime), Duration(o.DeleteTime), Duration(o.TokenLife), o.Hosts
	s.ClockSkew, s.ReclaimInterval = Duration(o.ClockSkew), Duration(o.ReclaimInterval)
	c.skew.Store(int64(o.ClockSkew))
	if s.TokenLife == 0 {
		s.TokenLife = Duration(12 * time.Hour)
	}
	if s.Hosts == 0 {
		s.Hosts = 3
	}
	if o.Quotas != nil {
		s.Quotas = maps.Clone(o.Quotas)
	}
	c.settings.put(s)
}

// Settings returns those in force, with all quotas.
func (c *Store) Settings() Settings {
	c.Lock()
	defer c.Unlock()
	return c.currentSettings()
}

func (c *Store) currentSettings() Settings {
	s := c.state.Settings
	s.Quotas = maps.Clone(defaultQuotas)
	maps.Copy(s.Quotas, c.state.Quotas)
	return s
}

// setSettings puts settings in force.
func (c *Store) setSettings(s Settings) {
	c.state.Settings = s
	c.skew.Store(int64(s.ClockSkew))
	c.saveState()
}
