package store

import (
	"time"

	"go.uber.org/zap"
)

// Options say which cloud to open. The zero value is a cloud in memory whose servers are
// ready at the first look.
type Options struct {
	// File is the journal; "" keeps everything in memory only.
	File string
	// BuildTime is how long a server takes to become ACTIVE; volumes take a
	// quarter of it. 0: the next request sees it ready.
	BuildTime time.Duration
	// DeleteTime is how long a server takes to be deleted; volumes take a quarter.
	DeleteTime time.Duration
	// ReclaimInterval is how long deleted servers are kept as SOFT_DELETED; 0
	// keeps none, which is nova's default.
	ReclaimInterval time.Duration
	// TokenLife is how long a token is valid; 0 means 12 hours.
	TokenLife time.Duration
	// ClockSkew is how much the cloud's clock is ahead; negative: behind.
	ClockSkew time.Duration
	// Quotas replace defaults by OpenStack's names (instances, cores, ram,
	// port, floatingip, volumes, gigabytes ...); -1 means no limit.
	Quotas map[string]int
	// Hosts is how many hosts there are, each with 256 vCPUs, 128 GiB and
	// 4 TiB; 0 means 3.
	Hosts int
	// PublicCIDR and PrivateCIDR are the ranges of the two networks; ""
	// means 203.0.113.0/24 and 10.10.0.0/16. They matter only for a new cloud.
	PublicCIDR, PrivateCIDR string
	// NoTraps leaves the traps out of a new cloud.
	NoTraps bool
	// Logger gets a debug line for each call; nil means none.
	Logger *zap.Logger
}
