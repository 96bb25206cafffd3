// Package workflows exists so that every change novaflow makes to a cloud can be
// read on one screen: one file per flow, with its input, what it makes, what
// it holds, and its tasks in order.
//
// A flow here decides nothing about services: how a thing is found, made and
// taken back is written in package activities, next to each other. A flow only
// says which tasks there are and what data runs between them.
package workflows
