package store

import (
	"crypto/rand"
	"maps"
	"time"
)

// Settings can be changed while the cloud runs. Those left out of a PUT
// /devcloud/settings stay as they are; durations are text such as "2s".
type Settings struct {
	// BuildTime is how long a server takes to become ACTIVE; volumes a quarter.
	BuildTime Duration `json:"build_time"`
	// DeleteTime is how long a server takes to be deleted; volumes a quarter.
	DeleteTime Duration `json:"delete_time"`
	// ReclaimInterval is how long servers that were deleted are kept, with all that
	// they have, as SOFT_DELETED: nova's reclaim_instance_interval. 0 keeps none.
	ReclaimInterval Duration `json:"reclaim_interval,omitempty"`
	// TokenLife is how long tokens issued from now on are valid.
	TokenLife Duration `json:"token_life"`
	// ClockSkew is how much the cloud's clock is ahead; negative: behind.
	ClockSkew Duration `json:"clock_skew"`
	// Hosts is how many hosts new servers can be placed on.
	Hosts int `json:"hosts"`
	// Zones are the availability zones that the hosts are dealt out to in turn;
	// none means the one zone nova.
	Zones []string `json:"zones,omitempty"`
	// Routers is the kind of new routers: "" are on one host, "ha" on several of which
	// one serves (neutron's l3_ha), "distributed" on all (router_distributed). It decides
	// what neutron calls the owner of their ports.
	Routers string `json:"routers,omitempty"`
	// Quotas are those of every project that has none of its own, by OpenStack's
	// names; -1 means no limit.
	Quotas map[string]int `json:"quotas"`
}

// Duration is a time.Duration that is text in JSON.
type Duration time.Duration

// MarshalText formats the duration as time.Duration does.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText reads what time.ParseDuration does.
func (d *Duration) UnmarshalText(b []byte) error {
	v, err := time.ParseDuration(string(b))
	*d = Duration(v)
	return err
}

// State is the only row of the cloud itself: settings, and what the validity of tokens
// depends on.
type State struct {
	Meta
	Settings
	TokenKey   []byte          `json:"token_key"`
	TokensFrom time.Time       `json:"tokens_from,omitzero"` // older ones are not valid
	Revoked    map[string]bool `json:"revoked,omitempty"`    // audit ids
	Serial     int             `json:"serial,omitempty"`     // the last serial number in use
	// Services are those of the hosts, by index. Hosts after the last are in service.
	Services []ComputeState `json:"services,omitempty"`
}

// CreateState creates the row of a new cloud, with a key of its own for tokens.
func (c *Store) CreateState() {
	key := make([]byte, 32)
	rand.Read(key) //nolint:errcheck // it never fails
	c.State = &State{Meta: Meta{ID: "settings"}, TokenKey: key}
	c.settings.Put(c.State)
}

// SaveState records a change of the cloud's own row.
func (c *Store) SaveState() { c.settings.Put(c.State) }

// NextNumber gives out the next of the cloud's serial numbers.
func (c *Store) NextNumber() int {
	c.State.Serial++
	c.SaveState()
	return c.State.Serial
}

// Keys implements Object.
func (s *State) Keys() []string { return nil }

// ApplyOptions puts the options in force. Quotas that were set earlier stay if the
// options name none.
func (c *Store) ApplyOptions() {
	s, o := c.State, c.Options
	s.BuildTime, s.DeleteTime = Duration(o.BuildTime), Duration(o.DeleteTime)
	s.ReclaimInterval, s.TokenLife = Duration(o.ReclaimInterval), Duration(o.TokenLife)
	s.ClockSkew, s.Hosts = Duration(o.ClockSkew), o.Hosts
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
	c.settings.Put(s)
}

// Settings returns the settings in force, with all quotas.
func (c *Store) Settings() Settings {
	c.Lock()
	defer c.Unlock()
	return c.CurrentSettings()
}

// CurrentSettings returns the settings in force, with all quotas. The caller holds the
// lock.
func (c *Store) CurrentSettings() Settings {
	s := c.State.Settings
	s.Quotas = maps.Clone(defaultQuotas)
	maps.Copy(s.Quotas, c.State.Quotas)
	return s
}

// SetSettings puts settings in force.
func (c *Store) SetSettings(s Settings) {
	c.State.Settings = s
	c.skew.Store(int64(s.ClockSkew))
	c.SaveState()
}
