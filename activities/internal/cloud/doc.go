// Package cloud exists so that activities reach one cloud safely: credentials stay on
// the worker, every request can be traced, and every failed call has a class that says
// whether it may be repeated.
//
// It reads clouds.yaml, logs in, finds the services in the catalog, and has the one table
// of errors for all of them. It imports no other package of activities.
package cloud
