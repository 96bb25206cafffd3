package guestbook

import (
	"fmt"

	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"novaflow/saga"
)

// Arrival is the input of CheckIn.
type Arrival struct {
	Guest string   `json:"guest"`
	Rooms []string `json:"rooms"` // that the guest accepts, the best first
}

// Stay is the result of CheckIn.
type Stay struct {
	Room  string `json:"room"`
	Key   string `json:"key"`   // id
	Entry string `json:"entry"` // as the guest book has it
}

// CheckIn gives a guest a room with a key and, if wanted, a breakfast, and writes a
// line into the guest book.
//
// The invariant: the guest has all of it, or the house is as it was.
func CheckIn(ctx workflow.Context, in Arrival) (Stay, error) { return checkIn.Run(ctx, in) }

var checkIn = saga.Define("check-in", buildCheckIn)

// buildCheckIn builds the flow. Its tasks, in the order in which they can start:
//
//	guest
//	lodging/room, lodging/key    with the next room, if one fails
//	breakfast                    if the guest wants one
//	entry
func buildCheckIn(in Arrival) (*saga.Flow, saga.Ref[Stay]) {
	f := saga.NewFlow("check-in")
	guest := saga.Add(f, "guest", findGuest, saga.Value(in.Guest))

	lodging, name := saga.ForEach(f, "lodging", in.Rooms)
	request := saga.From2(guest, name, func(g Guest, room string) Request {
		return Request{Guest: g.Name, Room: room}
	})
	room := saga.Add(lodging, "room", reserveRoom, request)
	key := saga.Add(lodging, "key", cutKey, request, saga.After(room))

	breakfast := saga.Add(f, "breakfast", orderBreakfast, saga.From2(guest, room, func(g Guest, room Item) Request {
		return Request{Guest: g.Name, Room: room.Name}
	}), saga.When(guest, func(g Guest) bool { return g.Breakfast }))

	line := saga.From2(room, saga.Optional(breakfast), func(room Item, breakfast *Item) string {
		if breakfast == nil {
			return fmt.Sprintf("%s, room %s", in.Guest, room.Name)
		}
		return fmt.Sprintf("%s, room %s, with breakfast", in.Guest, room.Name)
	})
	entry := saga.Add(f, "entry", writeEntry, line)

	return f, saga.From3(room, key, entry, func(room, key, entry Item) Stay {
		return Stay{Room: room.Name, Key: key.ID, Entry: entry.Name}
	})
}

// Register registers the flow and its activities with a worker, and the workflow
// that reverts runs which have ended.
func Register(r worker.Registry, s *Staff) {
	r.RegisterWorkflow(CheckIn)
	r.RegisterActivity(s)
	saga.Register(r, Flows()...)
	saga.RegisterRevert(r, saga.Options{})
}

// Flows lists the flows of this package, each with an input to try it with.
func Flows() []saga.Example {
	return []saga.Example{checkIn.With(Arrival{Guest: "Ada", Rooms: []string{"1", "2"}})}
}
