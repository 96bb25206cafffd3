// Package project exists so that every change of a project can be read on one screen: a
// file a flow, with its request, what it creates, what it locks and its tasks in order.
//
// It may import activities, saga, workflows/spec and workflows/spec/topology, but no
// other package of flows.
package project
