// Package sagatest exists so that "nothing is ever left behind" is a test and
// not a claim: it runs a flow through everything that can go wrong, at every
// task, and compares what the world holds afterwards with what it should hold.
//
// It needs no change in the flow. One call in a test does it all:
//
//	func TestBooking(t *testing.T) {
//		sagatest.Prove(t, sagatest.Flow{Workflow: Book, Input: trip},
//			sagatest.Start{Name: "clean", Open: openClean})
//	}
//
// where openClean opens a fresh [World]: something that knows the activities
// and can say, without going through them, what exists.
//
// # What is tried
//
// The flow runs once undisturbed. Every activity seen in that run is a point,
// so that a new task cannot be forgotten. Then, for every [Start], every point
// and every [Mishap], a fresh world is opened and the mishap happens at the
// point; besides, a sample of pairs of mishaps happens in one run. It all runs
// in the SDK's test environment, whose clock jumps, so that hours of retries
// take milliseconds.
//
// # What is checked
//
//   - The run failed where the mishap was, and for that reason; or it did not
//     fail, where the mishap was one to be overcome.
//   - A reverted run left the world as it was, and the same request succeeds
//     afterwards. A committed one created of each kind what the undisturbed
//     run created, and the flow that deletes it, if given, leaves nothing.
//   - An undo that never works makes the run STUCK, with exactly the tasks
//     waiting that must wait, and the run finishes once the undo works.
//   - The mishap happened, and all points had one.
//
// # What a failure says
//
// A failed case is run a second time, one activity after the other, with an
// inventory taken around each. So the report can say which activity created what
// was left, which [Bug] that points to, what happened in which order, and how
// to run the one case alone.
//
// It imports package saga and nothing else of this module, so that flows outside of it
// can be proved too.
package sagatest
