// Package keystone exists so that an administrator's flows can create projects with
// quotas and roles in steps that may be repeated, lost or reverted.
//
// It may import the internal packages of activities, neutron, glance and cinder.
package keystone
