package store

import (
	"time"
)

// Clock returns the time of the cloud's clock. That clock may be wrong:
// Settings.ClockSkew says by how much. All times that clients see follow it: the Date of
// answers, when objects were created, until when tokens are valid. Durations do not
// follow it, so no server is ready sooner or later when the clock is set.
func (c *Store) Clock() time.Time { return c.ByClock(NowUTC()) }

// ByClock returns what the cloud's clock shows at an instant.
func (c *Store) ByClock(t time.Time) time.Time { return t.Add(time.Duration(c.skew.Load())) }

// Quarter returns the time that volumes take, given the time that servers take.
func (c *Store) Quarter(d Duration) time.Duration { return time.Duration(d) / 4 }

// NowUTC returns the real time.
func NowUTC() time.Time { return time.Now().UTC() }
