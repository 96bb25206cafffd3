// Package host exists so that what administrators do to a hypervisor can be read on one
// screen.
//
// It may import activities, saga and workflows/spec, but no other package of flows.
package host
