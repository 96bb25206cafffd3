package store

import (
	"time"
)

// Clock is the time as the cloud has it. Its clock may be wrong: Settings.ClockSkew
// says by how much. All that clients are told follows it: the Date of answers,
// when things were made, until when tokens are valid. How long things take
// does not, so that setting the clock makes no server ready sooner or later.
func (c *Store) Clock() time.Time { return c.ByClock(NowUTC()) }

// ByClock is what the cloud's clock shows at an instant.
func (c *Store) ByClock(t time.Time) time.Time { return t.Add(time.Duration(c.skew.Load())) }

// Quarter is what volumes take of the time that servers take.
func (c *Store) Quarter(d Duration) time.Duration { return time.Duration(d) / 4 }

func NowUTC() time.Time { return time.Now().UTC() }
