// Package workflows exists so that a worker and a command find every change of a cloud in
// one list. A flow is a value in the package of its resource, such as server.Create: one
// file each, with its request, what it creates, what it locks, and its tasks in order.
//
// A flow decides nothing about services: how a resource is found, created and deleted is
// written in activities. A flow only says which tasks there are and what data runs
// between them. It knows no HTTP.
//
// This package may import the packages of the flows, spec, activities and saga. The
// packages of the flows import spec and never each other.
package workflows
