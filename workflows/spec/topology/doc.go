// Package topology exists because a network and a project both ask for networks: the
// request, its validation, and the tasks that create a network with its parts.
//
// It may import what spec may, and spec.
package topology
