// Package attach exists so that flows can attach volumes and ports to servers, detach
// them, and reserve those that a user supplies, and can revert each of these.
//
// It imports nova, the other services and the internal packages of activities.
package attach
