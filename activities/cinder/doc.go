// Package cinder exists so that flows can change volumes and their snapshots in steps
// that may be repeated, lost or reverted.
//
// It may import the internal packages of activities, neutron and glance.
package cinder
