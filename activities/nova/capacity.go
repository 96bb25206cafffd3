package nova

import (
	"strings"

	"novaflow/activities/internal/cloud"
)

// noCapacity are nova's words, in any case, for a server that fits on no host.
// With another flavor or in another zone there may be capacity.
var noCapacity = []string{
	"no valid host",                      // the scheduler found none
	"exceeded maximum number of retries", // the hosts that it found were full by then
	"exceeded max scheduling attempts",   // the same, in older versions
	"insufficient compute resources",     // the last of them said so itself
}

// LacksCapacity reports whether a server failed for lack of capacity, which another
// flavor or zone may have: by the type of the activity's error and its message.
func LacksCapacity(kind, message string) bool {
	switch kind {
	case string(cloud.Quota):
		return true
	case cloud.ServerError:
		message = strings.ToLower(message)
		for _, words := range noCapacity {
			if strings.Contains(message, words) {
				return true
			}
		}
	}
	return false
}
