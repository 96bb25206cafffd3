// Package plan exists so that a request for a server, or for a change of its volumes and
// ports, is looked up as a whole before its first effect. It says what the names in the
// request stand for, or every problem at once, and asks a server whether it is ready.
//
// It imports nova, nova/attach, the other services and the internal packages of
// activities.
package plan
