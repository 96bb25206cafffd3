// Package network exists so that every change of a network can be read on one screen: a
// file a flow.
//
// It may import activities, saga, workflows/spec and workflows/spec/topology, but no
// other package of flows.
package network
