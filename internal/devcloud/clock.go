package devcloud

import "time"

// clock is the time as the cloud has it. Its clock may be wrong: Settings.ClockSkew
// says by how much. All that clients are told follows it: the Date of answers,
// when things were made, until when tokens are valid. How long things take
// does not, so that setting the clock makes no server ready sooner or later.
func (c *Store) clock() time.Time { return c.byClock(nowUTC()) }

// byClock is what the cloud's clock shows at an instant.
func (c *Store) byClock(t time.Time) time.Time { return t.Add(time.Duration(c.skew.Load())) }
