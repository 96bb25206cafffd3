package guestbook

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"novaflow/saga"
	"novaflow/saga/sagatest"
)

// houseWorld is a house as sagatest sees it.
type houseWorld struct{ *House }

func (w houseWorld) Register(env *testsuite.TestWorkflowEnvironment) {
	env.RegisterWorkflow(CheckIn)
	env.RegisterActivity(&Staff{House: w.House})
}

func (w houseWorld) Inventory() (things []sagatest.Resource) {
	for _, t := range w.All() {
		things = append(things, sagatest.Resource{Kind: t.Kind, ID: t.ID, State: t.Name, Mark: t.Note})
	}
	return things
}

var ada = Arrival{Guest: "Ada", Rooms: []string{"1", "2"}}

// Whatever fails, is cancelled or repeated, at any task: the guest has checked in, or
// the house is as it was.
func TestACheckInHappensWholeOrNotAtAll(t *testing.T) {
	sagatest.Prove(t, sagatest.Flow{Workflow: CheckIn, Input: ada, Check: checkedIn},
		sagatest.Start{Name: "empty house", Open: open(NewHouse)},
		sagatest.Start{Name: "first room taken", Open: openTaken("1")},
		sagatest.Start{Name: "house full", Open: openTaken("1", "2"), Refuses: true},
	)
}

func open(house func(...string) *House) func(testing.TB) sagatest.World {
	return func(testing.TB) sagatest.World { return houseWorld{house()} }
}

// openTaken opens a house in which another guest has some of the rooms.
func openTaken(rooms ...string) func(testing.TB) sagatest.World {
	return func(t testing.TB) sagatest.World {
		h := NewHouse()
		for _, room := range rooms {
			_, err := h.Create(Room, room, "Grace")
			require.NoError(t, err)
		}
		return houseWorld{h}
	}
}

// checkedIn fails unless the stay is complete.
func checkedIn(_ sagatest.World, result sagatest.Result) error {
	var s Stay
	if err := result(&s); err != nil {
		return err
	}
	entry := fmt.Sprintf("Ada, room %s, with breakfast", s.Room)
	if !slices.Contains(ada.Rooms, s.Room) || s.Key == "" || s.Entry != entry {
		return fmt.Errorf("something is missing: %+v", s)
	}
	return nil
}

// playCheckIn runs one check-in in a house.
func playCheckIn(h *House, in Arrival) *testsuite.TestWorkflowEnvironment {
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestWorkflowEnvironment()
	houseWorld{h}.Register(env)
	env.ExecuteWorkflow(CheckIn, in)
	return env
}

func TestARoomWithABrokenLockIsGivenBackForTheNext(t *testing.T) {
	h := NewHouse("1")
	env := playCheckIn(h, ada)
	require.NoError(t, env.GetWorkflowError())
	var stay Stay
	require.NoError(t, env.GetWorkflowResult(&stay))
	require.Equal(t, "2", stay.Room)
	require.Len(t, h.All(), 4, "room, key, breakfast and entry, and nothing of room 1")
}

func TestARefusedCheckInSaysWhy(t *testing.T) {
	h := NewHouse("1", "2")
	env := playCheckIn(h, ada)
	var refused *temporal.ApplicationError
	require.ErrorAs(t, env.GetWorkflowError(), &refused)
	var why saga.Reverted
	require.NoError(t, refused.Details(&why))
	require.Equal(t, "Broken", why.Type)
	require.Equal(t, "room 2: no key fits the lock", why.Cause)
	require.Empty(t, h.All())
}

func TestWhoIsNotHungryGetsNoBreakfast(t *testing.T) {
	h := NewHouse()
	env := playCheckIn(h, Arrival{Guest: "Nobody Hungry", Rooms: []string{"1"}})
	require.NoError(t, env.GetWorkflowError())
	var stay Stay
	require.NoError(t, env.GetWorkflowResult(&stay))
	require.Equal(t, "Nobody Hungry, room 1", stay.Entry)
	require.Len(t, h.All(), 3)
}

// A mistake in a flow should not wait for the first run.
func TestTheFlowIsRight(t *testing.T) {
	require.NoError(t, saga.Check(Flows()...))
}
