// Package guestbook exists to be read and copied by those who write a flow of their
// own: a guest checks in at a small house. docs/writing-a-flow.md walks through it.
// Like any code of a user it imports novaflow/saga and the Temporal SDK, and nothing
// under novaflow/internal.
//
// house.go is the service, which knows nothing of flows. tasks.go has the activities,
// each next to its undo. checkin.go is the flow. The test proves that a check-in
// either happens whole or leaves nothing.
package guestbook
