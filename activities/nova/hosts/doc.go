// Package hosts exists so that an administrator's flows can empty hosts and move
// running servers. Nova starts such moves and may give them up: each server's outcome
// is a result.
//
// It may import nova, the other services and the internal packages of activities.
package hosts
