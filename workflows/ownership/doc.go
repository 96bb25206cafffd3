// Package ownership exists because some flows are about marks, whatever the resource is:
// to adopt a resource, to release it, and to delete what belongs to no run any more.
//
// It may import activities, saga and workflows/spec, but no other package of flows.
package ownership
