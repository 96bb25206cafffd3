// Package guestbook is a flow of a user's own, for a service of a user's own: a
// guest checks in at a small house. It exists to be read and copied;
// docs/writing-a-flow.md walks through it.
//
// house.go is the service, which knows nothing of flows. tasks.go has the
// activities, each next to its undo. checkin.go is the flow. The test proves
// that a check-in either happens whole or leaves nothing.
package guestbook
