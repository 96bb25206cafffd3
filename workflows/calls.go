package workflows

import (
	_ "embed"
	"encoding/json"
)

//go:embed calls.json
var callsText []byte

// Calls returns the API calls that an activity may make, such as "neutron POST /ports",
// sorted; nil for an activity that is not novaflow's. They are what the activity was seen
// to do in the tests of this package, whatever the cloud did.
func Calls(activity string) []string {
	var calls map[string][]string
	if err := json.Unmarshal(callsText, &calls); err != nil {
		panic(err) // it is part of this package
	}
	return calls[activity]
}
