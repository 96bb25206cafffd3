// Package volume exists so that every change of a volume can be read on one screen: a
// file a flow, with its request, what it creates, what it locks and its tasks in order.
//
// It may import activities, saga and workflows/spec, but no other package of flows.
package volume
